from __future__ import annotations

import pytest

from app.checks.header import check_header, column_letters
from app.model.table_schema import TableSchema

SCHEMA = TableSchema.from_descriptor(
    {
        "name": "test",
        "version": "1.0.0",
        "title": "施設",
        "fields": [{"name": "ID"}, {"name": "名称"}, {"name": "計画_ID"}],
    }
)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["ID", "名称", "計画_ID"], []),
        (["計画_ID", "ID", "名称"], []),
        (["ID", "名称"], [["計画_ID", "header-missing"]]),
        (["ID", "名称", "計画_ID", "x", "x"], [["x", "header-duplicate"], ["x", "header-extra"]]),
        (["ID", "名称", "計画_ID", "ID"], [["ID", "header-duplicate"]]),
        (["ID", "", "名称", " ", "計画_ID"], [["B列", "header-blank"], ["D列", "header-blank"]]),
        (["ＩＤ", "名称", "計画_ID"], [["ID", "header-missing"], ["ＩＤ", "header-extra"]]),
        (["題名"], [["", "header-unknown"]]),
        (["ID;名称;計画_ID"], [["", "header-unknown"]]),
        ([], [["", "header-unknown"]]),
    ],
)
def test_faults_of_a_header(header: list[str], expected: list[list[str]]) -> None:
    found = list(check_header("a.csv", header, SCHEMA))
    assert [[finding.column, finding.rule] for finding in found] == expected
    assert all(finding.row == 1 for finding in found)


def test_a_look_alike_of_a_missing_column_is_named() -> None:
    missing, extra = check_header("a.csv", ["ＩＤ", "名称", "計画_ID"], SCHEMA)
    assert "「ＩＤ」はよく似た別の文字です" in missing.why
    assert extra.mend == "「ID」に書き直してください。"


def test_another_delimiter_is_guessed_when_the_header_is_one_cell() -> None:
    (finding,) = check_header("a.csv", ["ID;名称;計画_ID"], SCHEMA)
    assert "コンマ以外の文字で区切られている" in finding.why


@pytest.mark.parametrize(("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_have_the_letters_of_a_spreadsheet(index: int, letters: str) -> None:
    assert column_letters(index) == letters
