from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from app.formats.context import RenderContext
from app.model.organization import License, Organization
from app.model.record import Contact, Record, Source, TableRecord
from app.model.table import Table
from app.model.table_schema import TableSchema
from app.model.value import Row

PLAN = "https://w3id.org/shisaku/plan#"


@pytest.fixture(scope="session")
def record() -> Record:
    return Record(
        title="見本計画",
        title_en="Sample plan",
        description="見本の計画です。",
        publisher="shisaku",
        local_government_code="131156",
        keywords=("見本", "計画"),
        themes=("GOVE",),
        period_start=dt.date(2022, 4, 1),
        period_end=dt.date(2025, 3, 31),
        frequency="ANNUAL",
        contact=Contact(name="運営者", url="https://example.jp/contact"),
        sources=(Source(title="見本計画（PDF）", publisher="見本区", url="https://example.jp/plan.pdf"),),
        unofficial=True,
        tables=(
            TableRecord(
                name="sample", title="見本", description="", schema_name="sample", schema_version="1.0.0"
            ),
        ),
    )


@pytest.fixture(scope="session")
def context(record: Record) -> RenderContext:
    return RenderContext(
        base="https://data.example.jp",
        dataset="sample-plan",
        version=3,
        record=record,
        license=License("CC-BY-4.0", "表示 4.0", "https://creativecommons.org/licenses/by/4.0/", "CC_BY_4_0"),
        publisher=Organization("shisaku", "", "カタログ運営者", "Operator", "", ""),
        approved_at=dt.datetime(2026, 4, 1, 9, 30, 15, tzinfo=dt.timezone(dt.timedelta(hours=9))),
        id_paths={"measures": "measure"},
    )


@pytest.fixture(scope="session")
def schema() -> TableSchema:
    return TableSchema.from_descriptor(
        {
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "name": "sample",
            "version": "1.0.0",
            "title": "見本",
            "title_en": "Sample",
            "description": "すべての型の列をもつ表",
            "rdfType": f"{PLAN}Sample",
            "idPath": "sample",
            "fields": [
                {
                    "name": "ID",
                    "type": "string",
                    "title_en": "identifier",
                    "constraints": {"required": True, "unique": True, "pattern": "^[0-9A-Za-z-]+$"},
                    "rdfProperty": "http://purl.org/dc/terms/identifier",
                },
                {"name": "名称", "type": "string", "description": "施策の名称"},
                {"name": "件数", "type": "integer", "constraints": {"minimum": 0}},
                {"name": "率", "type": "number", "rdfProperty": f"{PLAN}rate"},
                {"name": "有無", "type": "boolean"},
                {"name": "日付", "type": "date"},
                {"name": "時刻", "type": "time", "format": "%H:%M"},
                {"name": "日時", "type": "datetime"},
                {"name": "年月", "type": "yearmonth"},
                {"name": "状態", "type": "list", "delimiter": ";", "itemType": "string"},
                {"name": "読取", "type": "string", "constraints": {"enum": ["明示", "推定"]}},
                {"name": "施策_ID", "type": "string", "rdfProperty": f"{PLAN}ofMeasure"},
                {"name": "上位_ID", "type": "string"},
            ],
            "primaryKey": ["ID"],
            "missingValues": [""],
            "foreignKeys": [
                {"fields": ["施策_ID"], "reference": {"resource": "measures", "fields": ["ID"]}},
                {"fields": ["上位_ID"], "reference": {"resource": "", "fields": ["ID"]}},
            ],
        }
    )


@pytest.fixture(scope="session")
def rows() -> tuple[Row, ...]:
    return (
        (
            "a-1",
            "窓口のデジタル化",
            1200,
            Decimal("12.50"),
            True,
            dt.date(2026, 4, 1),
            dt.time(9, 0),
            dt.datetime(2026, 4, 1, 9, 0, 5),  # noqa: DTZ001 - a cell's time has no zone
            "2026-04",
            ("検討", "実施"),
            "明示",
            "m-1",
            None,
        ),
        ("a-2", "1行目,\n「2行目」", *[None] * 10, "a-1"),
    )


@pytest.fixture(scope="session")
def table(schema: TableSchema, rows: tuple[Row, ...]) -> Table:
    return Table("sample", "見本", "", schema, len(rows), lambda: iter(rows))
