from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.model.table_schema import TableSchema
from app.settings import HOUSE
from app.tables.constraints import ConstraintJudge
from app.vocabulary.schemas import SchemaRegistry

VOCAB = HOUSE / "vocab"
REGISTRY = SchemaRegistry(VOCAB)


def read_table(name: str) -> list[dict[str, str]]:
    with (VOCAB / "standards" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


STANDARDS = read_table("standards.csv")


def get_schema(standard: dict[str, str]) -> TableSchema:
    return REGISTRY.get_schema(standard["schema"], standard["version"])


def test_the_committed_schemas_are_those_that_the_field_table_makes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "scripts/make_schemas", str(tmp_path)], cwd=HOUSE, check=True)
    made = sorted(tmp_path.rglob("*.json"))
    assert len(made) == len(STANDARDS)
    for path in made:
        committed = VOCAB / "schemas" / path.relative_to(tmp_path)
        assert committed.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda row: f"{row['schema']}-{row['version']}")
def test_an_example_row_breaks_no_rule_of_its_schema(standard: dict[str, str]) -> None:
    schema = get_schema(standard)
    judge = ConstraintJudge(schema)
    faults = {field.name: judge.find_faults(field.name, field.example) for field in schema.fields}
    assert {name: found for name, found in faults.items() if found} == {}


def test_every_field_is_described_and_named_once() -> None:
    for standard in STANDARDS:
        schema = get_schema(standard)
        assert len(set(schema.field_names)) == len(schema.fields)
        assert all(field.description for field in schema.fields)


def test_a_value_is_required_only_where_the_current_standard_says_so() -> None:
    rows = {(row["schema"], row["version"], row["name"]): row for row in read_table("fields.csv")}
    for standard in STANDARDS:
        schema = get_schema(standard)
        for field in schema.fields:
            row = rows[schema.name, schema.version, field.name]
            is_certain = standard["generation"] == "standard" and row["mark"] == "必須"
            assert not field.required or is_certain, (schema.name, field.name)
    assert json.loads((VOCAB / "schemas/aed/2.0.0.json").read_text(encoding="utf-8"))["fields"][11]["name"]


def test_every_field_of_the_table_has_a_source() -> None:
    assert [row for row in read_table("fields.csv") if not row["evidence"] or not row["confidence"]] == []
