from __future__ import annotations

from app.checks.bounds import check_cell_length, check_column_count, check_has_rows, check_row_count
from app.checks.place import Cell
from app.model.table_schema import Field, FieldType


def test_columns_up_to_the_bound_pass_and_one_more_does_not() -> None:
    assert list(check_column_count("a.csv", 500, 500)) == []
    (finding,) = check_column_count("a.csv", 501, 500)
    assert (finding.rule, finding.row) == ("too-many-columns", 1)
    assert "501列" in finding.why


def test_the_first_row_beyond_the_bound_is_told_once() -> None:
    found = [finding for row in range(2, 9) for finding in check_row_count("a.csv", row, 3)]
    assert [(finding.rule, finding.row) for finding in found] == [("too-many-rows", 5)]


def test_a_cell_up_to_the_bound_passes_and_a_longer_one_is_cut_in_the_report() -> None:
    field = Field("備考", FieldType.STRING, "備考")
    assert list(check_cell_length(Cell("a.csv", 2, field, "字" * 1000), 1000)) == []
    (finding,) = check_cell_length(Cell("a.csv", 2, field, "字" * 1001), 1000)
    assert (finding.rule, finding.row, finding.column) == ("cell-too-long", 2, "備考")
    assert finding.value == "字" * 200 + "…"


def test_a_table_without_rows_gets_a_warning() -> None:
    assert list(check_has_rows("a.csv", 1)) == []
    assert [finding.rule for finding in check_has_rows("a.csv", 0)] == ["no-rows"]
