from __future__ import annotations

import pytest

from app.checks.dialect import check_dialect


@pytest.mark.parametrize(
    ("encoding", "delimiter", "rules"),
    [
        ("", ",", []),
        ("utf-8", "\t", []),
        ("Shift_JIS", ";", []),
        ("latin-9", ",", ["encoding-unknown"]),
        ("utf-8", "、", ["delimiter-unknown"]),
        ("utf-8", "", ["delimiter-unknown"]),
        ("utf-8", ",,", ["delimiter-unknown"]),
        ("?", '"', ["encoding-unknown", "delimiter-unknown"]),
    ],
)
def test_only_known_encodings_and_delimiters_pass(encoding: str, delimiter: str, rules: list[str]) -> None:
    assert [finding.rule for finding in check_dialect("a.csv", encoding, delimiter)] == rules
