from __future__ import annotations

from typing import Any

import pytest

from app.errors import OperatorError
from app.model.table_schema import TableSchema
from app.tables.constraints import ConstraintJudge


def _judge(field: dict[str, Any]) -> ConstraintJudge:
    descriptor = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "name": "test",
        "version": "1.0.0",
        "title": "試験",
        "title_en": "test",
        "rdfType": "https://example.org/Thing",
        "idPath": "thing",
        "fields": [{"name": "x", "rdfProperty": "https://example.org/x", **field}],
    }
    return ConstraintJudge(TableSchema.from_descriptor(descriptor))


@pytest.mark.parametrize(
    ("field", "good", "bad", "fault"),
    [
        ({"constraints": {"required": True}}, "a", "", "required"),
        ({"constraints": {"enum": ["有", "無"]}}, "有", "あり", "enum"),
        ({"constraints": {"pattern": "^[a-z]+$"}}, "ab", "aB", "pattern"),
        ({"constraints": {"pattern": "^[a-z]+$"}}, "ab", "ab\n", "pattern"),
        ({"constraints": {"minLength": 2}}, "ab", "a", "minLength"),
        ({"constraints": {"maxLength": 2}}, "ab", "abc", "maxLength"),
        ({"type": "integer", "constraints": {"minimum": 1900}}, "1900", "1899", "minimum"),
        ({"type": "integer", "constraints": {"maximum": 2200}}, "2200", "2201", "maximum"),
        ({"type": "time", "format": "%H:%M"}, "09:00", "09:00:30", "type"),
        ({"type": "list", "delimiter": ";", "constraints": {"minLength": 2}}, "a;b", "a", "minLength"),
        ({"type": "yearmonth", "constraints": {"minimum": "2020-01"}}, "2020-01", "2019-12", "minimum"),
    ],
)
def test_a_broken_constraint_is_named(field: dict[str, Any], good: str, bad: str, fault: str) -> None:
    judge = _judge(field)
    assert judge.find_faults("x", good) == ()
    assert judge.find_faults("x", bad) == (fault,)


def test_a_cell_may_break_several_constraints() -> None:
    judge = _judge({"constraints": {"pattern": "^[a-z]+$", "maxLength": 2}})
    assert sorted(judge.find_faults("x", "ABC")) == ["maxLength", "pattern"]


def test_a_schema_that_frictionless_refuses_is_the_operators_fault() -> None:
    with pytest.raises(OperatorError, match=r"test 1\.0\.0"):
        _judge({"type": "list", "constraints": {"enum": ["a"]}})
