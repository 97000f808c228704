from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.context import RenderContext
from app.formats.jsonld import term_name
from app.formats.losses import Losses
from app.formats.registry import WRITERS, render_table
from app.model.distribution import TABLE_FORMATS, Format, find_format
from app.model.table import Table
from app.model.table_schema import Field, FieldType, TableSchema
from app.model.value import LEXICAL_FORMS, Row, Value, read_value

characters = st.characters(exclude_categories=["Cc", "Cs", "Cn"]) | st.sampled_from("\n\t\",;='<>&_")
texts = st.text(characters, min_size=1, max_size=20)
items = st.text(characters, min_size=1, max_size=5).filter(
    lambda text: ";" not in text and text == text.strip()
)
times = st.times().map(lambda time: time.replace(microsecond=0))
datetimes = st.datetimes().map(lambda time: time.replace(microsecond=0))
VALUES: dict[FieldType, st.SearchStrategy[Any]] = {
    FieldType.STRING: texts,
    FieldType.INTEGER: st.integers(-(10**18) + 1, 10**18 - 1),
    FieldType.NUMBER: st.from_regex(LEXICAL_FORMS[FieldType.NUMBER][0], fullmatch=True)
    .map(Decimal)
    .filter(lambda number: not (number.is_zero() and number.is_signed())),
    FieldType.BOOLEAN: st.booleans(),
    FieldType.DATE: st.dates(),
    FieldType.TIME: times | times.map(lambda time: time.replace(second=0)),
    FieldType.DATETIME: datetimes,
    FieldType.YEARMONTH: st.from_regex(LEXICAL_FORMS[FieldType.YEARMONTH][0], fullmatch=True),
    FieldType.LIST: st.lists(items, min_size=1, max_size=4).map(tuple),
}


@st.composite
def tables(draw: st.DrawFn) -> Table:
    names = draw(st.lists(texts.filter(lambda name: name != "ID"), unique=True, max_size=8))
    types = draw(st.lists(st.sampled_from(FieldType), min_size=len(names), max_size=len(names)))
    schema = TableSchema.from_descriptor(
        {
            "name": "random",
            "version": "1.0.0",
            "title": "",
            "idPath": "random",
            "fields": [
                {"name": "ID", "type": "string"},
                *({"name": name, "type": kind.value} for name, kind in zip(names, types, strict=True)),
            ],
        }
    )
    columns = [texts, *(st.none() | VALUES[kind] for kind in types)]
    rows: list[Row] = draw(st.lists(st.tuples(*columns), max_size=5))
    return Table("random", draw(texts), "", schema, len(rows), lambda: iter(rows))


def render(table: Table, suffix: str, context: RenderContext) -> bytes:
    found = find_format(suffix)
    assert found is not None
    target = io.BytesIO()
    losses = render_table(table, found, context, target)
    assert losses == Losses() or suffix == "sjis.csv"
    return target.getvalue()


def read_back(field: Field, value: Any) -> Value:  # noqa: ANN401 - whatever the reader's types are
    """Return the typed value of what a foreign reader gives for a cell."""
    match value:
        case list():
            return tuple(value)
        case str():
            return read_value(field, value)
        case float():
            return Decimal(repr(value))
        case dt.datetime() if field.type is FieldType.DATE:
            return value.date()
        case _:
            typed: Value = value
            return typed


def typed(schema: TableSchema, rows: Iterable[Iterable[Any]]) -> list[Row]:
    return [
        tuple(read_back(field, value) for field, value in zip(schema.fields, row, strict=True))
        for row in rows
    ]


def read_csv(table: Table, context: RenderContext) -> list[list[str]]:
    text = render(table, "csv", context).decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == list(table.schema.field_names)
    excel = render(table, "bom.csv", context).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(excel, newline=""))) == [header, *rows]
    return rows


def read_xlsx(table: Table, context: RenderContext) -> list[tuple[Any, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(render(table, "xlsx", context))).worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    assert header == table.schema.field_names
    return rows


def read_json(table: Table, context: RenderContext) -> Iterator[list[Any]]:
    rows = json.loads(render(table, "json", context), parse_float=Decimal)
    lines = render(table, "jsonl", context).decode().split("\n")[:-1]
    assert [json.loads(line, parse_float=Decimal) for line in lines] == rows
    for row in rows:
        assert list(row) == list(table.schema.field_names)
        yield list(row.values())


def read_jsonld(table: Table, context: RenderContext) -> list[list[Any]]:
    nodes = json.loads(render(table, "jsonld", context))["@graph"]
    return [[node.get(term_name(field)) for field in table.schema.fields] for node in nodes]


def read_parquet(table: Table, context: RenderContext) -> list[list[Any]]:
    rows = pq.read_table(io.BytesIO(render(table, "parquet", context))).to_pylist()
    return [list(row.values()) for row in rows]


@pytest.mark.parametrize("reader", [read_csv, read_xlsx, read_json, read_jsonld, read_parquet])
@settings(max_examples=25, deadline=None)
@given(table=tables())
def test_every_format_gives_the_typed_rows_back(reader: Any, table: Table, context: RenderContext) -> None:  # noqa: ANN401 - readers differ in what they give
    assert typed(table.schema, reader(table, context)) == list(table.rows())


def test_every_format_of_a_table_has_a_writer() -> None:
    assert list(WRITERS) == [entry.suffix for entry in TABLE_FORMATS]


@pytest.mark.parametrize("entry", TABLE_FORMATS, ids=lambda entry: entry.suffix)
def test_the_same_input_gives_the_same_bytes(entry: Format, table: Table, context: RenderContext) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    render_table(table, entry, context, first)
    render_table(table, entry, context, second)
    assert first.getvalue() == second.getvalue() != b""


def test_losses_reach_the_caller(context: RenderContext) -> None:
    schema = TableSchema.from_descriptor(
        {"name": "one", "version": "1.0.0", "title": "", "fields": [{"name": "名称"}]}
    )
    table = Table("one", "", "", schema, 1, lambda: iter([("🍣",)]))
    sjis = find_format("sjis.csv")
    assert sjis is not None
    assert render_table(table, sjis, context, io.BytesIO()).count == 1
