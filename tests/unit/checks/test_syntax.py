from __future__ import annotations

import pytest

from app.checks.rules import RULES
from app.checks.syntax import check_line_ends, check_syntax
from app.tables.delimited import RecordFault, UnreadableRecord


@pytest.mark.parametrize("fault", RecordFault)
def test_a_broken_record_is_told_with_its_row(fault: RecordFault) -> None:
    (finding,) = check_syntax("a.csv", UnreadableRecord(7, fault))
    assert (finding.rule, finding.row) == (fault.value, 7)
    assert finding.rule in RULES


@pytest.mark.parametrize(
    ("line_ends", "value"),
    [
        (set(), None),
        ({"\r\n"}, None),
        ({"\n"}, None),
        ({"\n", "\r\n"}, "CRLF・LF"),
        ({"\n", "\r\n", "\r"}, "CRLF・LF・CR"),
    ],
)
def test_line_ends_of_several_kinds_are_told(line_ends: set[str], value: str | None) -> None:
    assert [finding.value for finding in check_line_ends("a.csv", line_ends)] == ([value] if value else [])
