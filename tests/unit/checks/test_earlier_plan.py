from __future__ import annotations

import pytest

from app.checks.earlier_plan import check_earlier_plan, list_earlier_fields
from app.checks.place import Record
from app.model.report import Severity
from app.settings import HOUSE
from app.vocabulary.schemas import SchemaRegistry

SCHEMAS = SchemaRegistry(HOUSE / "vocab")
ROWS = {("measure", "old-m1"): "131156", ("measure", "other-m1"): "131121", ("plan", "old"): "131156"}


def find_ward(kind: str, identifier: str, ward: str) -> str | None:
    assert ward == "131156"
    return ROWS.get((kind, identifier))


def check(schema: str, text: str) -> list[tuple[str, Severity, str]]:
    (field,) = list_earlier_fields(SCHEMAS.get_schema(schema))
    record = Record("a.csv", 2, {"全国地方公共団体コード": "131156", field.name: text})
    found = list(check_earlier_plan(record, field, find_ward))
    assert all((entry.row, entry.column, entry.value) == (2, field.name, text) for entry in found)
    return [(entry.rule, entry.severity, entry.why) for entry in found]


@pytest.mark.parametrize(
    ("schema", "text"), [("plan-plans", "old"), ("plan-measures", "old-m1"), ("plan-plans", "")]
)
def test_what_the_municipality_has_in_another_dataset_is_no_finding(schema: str, text: str) -> None:
    assert check(schema, text) == []


def test_what_no_dataset_has_asks_for_a_look() -> None:
    found = check("plan-measures", "old-m1;old-m9;old-m9")
    assert [entry[:2] for entry in found] == [("earlier-plan", Severity.WARN)]
    assert found[0][2].startswith("「old-m9」という施策が")


def test_what_another_municipality_has_stops_a_release() -> None:
    found = check("plan-measures", "other-m1")
    assert [entry[:2] for entry in found] == [("earlier-plan-ward", Severity.BLOCK)]
    assert "131121" in found[0][2]


def test_a_measure_is_no_plan() -> None:
    assert [entry[0] for entry in check("plan-plans", "old-m1")] == ["earlier-plan"]


def test_a_table_of_no_plan_has_no_such_column() -> None:
    assert list_earlier_fields(SCHEMAS.get_schema("plan-glossary")) == []
