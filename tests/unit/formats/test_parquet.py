from __future__ import annotations

import io

import pyarrow.parquet as pq

from app.formats.context import RenderContext
from app.formats.parquet import ROWS_PER_GROUP, write_parquet
from app.model.table import Table
from app.model.table_schema import TableSchema


def test_columns_have_exact_types(table: Table, context: RenderContext) -> None:
    target = io.BytesIO()
    write_parquet(table, context, target)
    schema = pq.read_schema(target)
    assert {field.name: str(field.type) for field in schema} == {
        "ID": "string",
        "名称": "string",
        "件数": "int64",
        "率": "decimal128(38, 18)",
        "有無": "bool",
        "日付": "date32[day]",
        "時刻": "time32[ms]",  # Parquet's coarsest
        "日時": "timestamp[ms]",
        "年月": "string",
        "状態": "list<element: string>",
        "読取": "string",
        "施策_ID": "string",
        "上位_ID": "string",
    }


def test_columns_and_file_carry_their_meaning(table: Table, context: RenderContext) -> None:
    target = io.BytesIO()
    write_parquet(table, context, target)
    schema = pq.read_schema(target)
    assert schema.field("ID").metadata[b"title_en"] == b"identifier"
    assert schema.field("名称").metadata[b"description"].decode() == "施策の名称"
    assert schema.metadata[b"license"] == b"https://creativecommons.org/licenses/by/4.0/"
    assert schema.metadata[b"source"] == b"https://data.example.jp/dataset/sample-plan"


def test_rows_are_grouped(context: RenderContext) -> None:
    schema = TableSchema.from_descriptor(
        {"name": "one", "version": "1.0.0", "title": "", "fields": [{"name": "値", "type": "integer"}]}
    )
    count = ROWS_PER_GROUP + 1
    target = io.BytesIO()
    write_parquet(
        Table("one", "", "", schema, count, lambda: iter([(n,) for n in range(count)])), context, target
    )
    metadata = pq.read_metadata(target)
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [ROWS_PER_GROUP, 1]


def test_a_table_without_rows_keeps_its_columns(schema: TableSchema, context: RenderContext) -> None:
    target = io.BytesIO()
    write_parquet(Table("sample", "", "", schema, 0, lambda: iter(())), context, target)
    assert pq.read_table(target).num_rows == 0
    assert pq.read_schema(target).names == list(schema.field_names)
