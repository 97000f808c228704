from __future__ import annotations

import pytest

from app.checks.record_width import check_blank_row, check_record_width


@pytest.mark.parametrize(("cells", "is_blank"), [(["", "x"], False), (["", ""], True), ([], True)])
def test_a_row_without_any_text_is_blank(cells: list[str], is_blank: bool) -> None:
    assert [finding.rule for finding in check_blank_row("a.csv", 4, cells)] == ["blank-row"] * is_blank


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "2", "3"], []),
        (["1", "2"], ["1、2"]),
        (["1", "2", "3", "4", "5"], ["4、5"]),
        (["1", "2", "3", ""], [""]),
    ],
)
def test_a_row_is_as_wide_as_the_header(cells: list[str], values: list[str]) -> None:
    found = list(check_record_width("a.csv", 4, cells, 3))
    assert [finding.value for finding in found] == values
    assert all((finding.rule, finding.row) == ("record-width", 4) for finding in found)
