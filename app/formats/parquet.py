"""Parquet: exact types, row groups of bounded size.

Numbers are decimal128(38, 18) in every version of a table, so that files of different versions and wards
have one type; year-months are strings.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from app.formats.context import RenderContext
from app.model.table import Table
from app.model.table_schema import Field, FieldType

ROWS_PER_GROUP = 50_000
_TYPES = {
    FieldType.STRING: pa.string(),
    FieldType.INTEGER: pa.int64(),
    FieldType.NUMBER: pa.decimal128(38, 18),
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.DATE: pa.date32(),
    FieldType.TIME: pa.time32("s"),
    FieldType.DATETIME: pa.timestamp("s"),
    FieldType.YEARMONTH: pa.string(),
    FieldType.LIST: pa.list_(pa.string()),
}


def write_parquet(table: Table, context: RenderContext, target: BinaryIO) -> None:
    """Write a table as Parquet, with titles, source and licence in its metadata."""
    schema = pa.schema([_column(field) for field in table.schema.fields], _metadata(table, context))
    with pq.ParquetWriter(target, schema, compression="snappy") as writer:
        for group in _list_groups(table, schema):
            writer.write_batch(group, row_group_size=ROWS_PER_GROUP)


def _list_groups(table: Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    rows = table.rows()
    while group := list(islice(rows, ROWS_PER_GROUP)):
        columns = zip(*group, strict=True)
        arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
        yield pa.record_batch(arrays, schema=schema)


def _column(field: Field) -> pa.Field:
    metadata = {"title": field.title, "title_en": field.title_en, "description": field.description}
    kept = {key: text for key, text in metadata.items() if text}
    return pa.field(field.name, _TYPES[field.type], metadata=kept)


def _metadata(table: Table, context: RenderContext) -> dict[str, str]:
    return {
        "title": f"{context.record.title} {table.title}",
        "description": table.description,
        "publisher": context.publisher.title,
        "license": context.license.url,
        "source": context.dataset_page,
    }
