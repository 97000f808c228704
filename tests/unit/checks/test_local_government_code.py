from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.checks.local_government_code import check_local_government_code
from app.checks.place import Cell
from app.model.code import check_digit
from app.model.table_schema import Field, FieldType

CODES = [
    "131016",
    "131032",
    "131041",
    "131083",
    "131105",
    "131199",
    "131202",
    "130001",
    "122033",
    "122319",
    "222127",
    "112038",
    "011002",
    "092011",
    "462209",
    "132110",
]


def _mends(text: str, column: str = "全国地方公共団体コード") -> list[str]:
    cell = Cell("a.csv", 2, Field(column, FieldType.STRING, column), text)
    return [finding.mend for finding in check_local_government_code(cell)]


@pytest.mark.parametrize("code", CODES)
def test_official_codes_pass(code: str) -> None:
    assert _mends(code) == []


@given(st.integers(1000, 47999).map(lambda number: f"{number:05}"))
def test_one_last_digit_of_ten_is_right(digits: str) -> None:
    right = [digit for digit in "0123456789" if not _mends(digits + digit)]
    assert right == [check_digit(digits)]


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("131017", "「131016」"),
        ("13101", "「131016」"),
        ("11002", "「011002」"),
        ("１３１０１６", "6桁"),
        ("131016\n", "6桁"),
        ("杉並区", "6桁"),
        ("480002", "総務省"),
    ],
)
def test_a_wrong_code_is_told_with_the_likely_right_one(text: str, suggestion: str) -> None:
    (mend,) = _mends(text)
    assert suggestion in mend


def test_no_code_is_suggested_where_none_can_be_meant() -> None:
    assert "「" not in _mends("480002")[0]


def test_other_columns_are_left_alone() -> None:
    assert _mends("131017", column="番号") == []


def test_the_column_of_the_standard_datasets_is_checked_too() -> None:
    assert len(_mends("131017", column="都道府県コード又は市区町村コード")) == 1
