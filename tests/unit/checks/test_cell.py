from __future__ import annotations

from typing import Any

import pytest

from app.checks.cell import check_cell
from app.checks.place import Cell
from app.model.report import Finding
from app.model.table_schema import TableSchema
from app.tables.constraints import ConstraintJudge

CODE = "全国地方公共団体コード"


def _check(field: dict[str, Any], text: str) -> tuple[Finding, ...]:
    descriptor = {"name": "test", "version": "1.0.0", "title": "試験", "fields": [{"name": "列", **field}]}
    schema = TableSchema.from_descriptor(descriptor)
    return check_cell(Cell("a.csv", 2, schema.fields[0], text), ConstraintJudge(schema), 100)


INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
DATE = {"type": "date"}
TIME = {"type": "time", "format": "%H:%M"}
YEARMONTH = {"type": "yearmonth"}
BOOLEAN = {"type": "boolean"}
LIST = {"type": "list", "delimiter": ";"}
ID = {"constraints": {"pattern": "^[0-9A-Za-z-]+$"}}


@pytest.mark.parametrize(
    ("field", "text", "rule"),
    [
        (INTEGER, "1200", None),
        (INTEGER, "", None),
        (INTEGER, "１２", "full-width"),
        (INTEGER, "abc", "lexical-form"),
        (INTEGER, "1_000", "lexical-form"),
        (INTEGER, "００１", "lexical-form"),
        (INTEGER, " 1", "lexical-form"),
        (NUMBER, "35.6", None),
        (NUMBER, "NaN", "lexical-form"),
        (NUMBER, "３５．６", "full-width"),
        (DATE, "2024-01-09", None),
        (DATE, "2024-1-9", "lexical-form"),
        (DATE, "2024-02-30", "lexical-form"),
        (DATE, "令和6年1月9日", "lexical-form"),
        (TIME, "09:00", None),
        (TIME, "9:00", "lexical-form"),
        (TIME, "０９：００", "full-width"),
        (YEARMONTH, "2024-04", None),
        (YEARMONTH, "2024-13", "lexical-form"),
        (BOOLEAN, "true", None),
        (BOOLEAN, "TRUE", "lexical-form"),
        (LIST, "甲;乙", None),
        (LIST, "甲;;乙", "lexical-form"),
        (ID, "131016-a", None),
        (ID, "１３１０１６", "full-width"),
        (ID, "第1", "constraint-pattern"),
        (ID, "a\n", "constraint-pattern"),
        ({"constraints": {"required": True}}, "", "constraint-required"),
        ({"constraints": {"enum": ["有", "無"]}}, "有", None),
        ({"constraints": {"enum": ["有", "無"]}}, "あり", "constraint-enum"),
        ({**INTEGER, "constraints": {"minimum": 1900}}, "190", "constraint-minimum"),
        ({**INTEGER, "constraints": {"maximum": 2200}}, "20240", "constraint-maximum"),
        ({"constraints": {"minLength": 2}}, "a", "constraint-min-length"),
        ({"constraints": {"maxLength": 2}}, "abc", "constraint-max-length"),
        (TIME, "09:00:30", "constraint-type"),
        ({}, "ふつうの文\nと改行", None),
        ({}, "タブ\tは字", None),
        ({}, "a\x00b", "control-character"),
        ({}, "a\x1bb", "control-character"),
        ({}, "a\u202eb", "control-character"),
        ({}, "\ufeffa", "control-character"),
        ({}, "字" * 100, None),
        ({}, "字" * 101, "cell-too-long"),
        ({}, "前 後", None),
        ({}, " 前", "surrounding-blank"),
        ({}, "後\u3000", "surrounding-blank"),
        ({}, "=1+1", "formula-text"),
        ({}, "@sum", "formula-text"),
        ({}, "+a", "formula-text"),
        ({}, "-a", "formula-text"),
        (LIST, "=a;b", "formula-text"),
        ({}, "-", None),
        ({}, "-12.5%", None),
        ({}, "+81-3-5253-5111", None),
        (INTEGER, "-5", None),
        ({"name": CODE}, "131016", None),
        ({"name": CODE}, "", None),
        ({"name": CODE}, "131017", "local-government-code"),
        ({"name": CODE}, "13101", "local-government-code"),
        ({"name": CODE, "constraints": {"pattern": "^[0-9]{6}$"}}, "13101", "constraint-pattern"),
        ({}, "131017", None),
    ],
)
def test_a_cell_gives_the_finding_of_the_first_rule_it_breaks(
    field: dict[str, Any], text: str, rule: str | None
) -> None:
    found = _check(field, text)
    assert [finding.rule for finding in found] == ([rule] if rule else [])
    assert all((finding.table, finding.row) == ("a.csv", 2) for finding in found)


@pytest.mark.parametrize(
    ("field", "text", "right"),
    [
        (INTEGER, "１２", "12"),
        (INTEGER, "1,200", "1200"),
        (INTEGER, "００１", "1"),
        (INTEGER, "▲5", "-5"),
        (INTEGER, "-007", "-7"),
        (NUMBER, "+0.50", "0.50"),
        (DATE, "2024/1/9", "2024-01-09"),
        (DATE, "２０２４年１月９日", "2024-01-09"),
        (YEARMONTH, "2024年4月", "2024-04"),
        (TIME, "9時30分", "09:30"),
        (BOOLEAN, "TRUE", "true"),
        (LIST, "甲、乙; 丙;", "甲;乙;丙"),
        (ID, "Ａ－１", "A-1"),
    ],
)
def test_mend_says_the_right_form_where_it_can_be_told(field: dict[str, Any], text: str, right: str) -> None:
    (finding,) = _check(field, text)
    assert f"「{right}」" in finding.mend


@pytest.mark.parametrize(("field", "text"), [(INTEGER, "約10"), (DATE, "2024-02-30"), (NUMBER, "NaN")])
def test_mend_says_the_rule_where_the_value_cannot_be_told(field: dict[str, Any], text: str) -> None:
    (finding,) = _check(field, text)
    assert "「" not in finding.mend


def test_full_width_digits_are_named_as_such() -> None:
    (finding,) = _check(INTEGER, "１２")
    assert "全角の数字です" in finding.why


def test_each_broken_constraint_is_told() -> None:
    found = _check({"constraints": {"pattern": "^[a-z]+$", "maxLength": 2}}, "ABC")
    assert {finding.rule for finding in found} == {"constraint-pattern", "constraint-max-length"}
