"""Canonical CSV back into typed rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, TextIO

from app.model.table_schema import TableSchema
from app.model.value import Row, read_value
from app.tables.delimited import lift_cell_limit


def read_canonical(open_text: Callable[[], TextIO], schema: TableSchema) -> Iterator[Row]:
    """Yield the typed rows of a canonical CSV: comma, LF, a header, columns in the schema's order.

    `open_text` opens the text afresh, as UTF-8 with `newline=""`. Raises ValueError at a row that the schema
    does not fit, which no file of ours has.
    """
    lift_cell_limit()
    with open_text() as text:
        records = csv.reader(text, strict=True)
        header = next(records, None)
        if header is None or tuple(header) != schema.field_names:
            raise ValueError(f"columns {header}, not those of {schema.name} {schema.version}")
        for cells in records:
            yield tuple(read_value(field, cell) for field, cell in zip(schema.fields, cells, strict=True))


def count_rows(file: BinaryIO) -> int:
    """Return how many rows a canonical CSV has, its header aside; `file` stays open."""
    lift_cell_limit()
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
    try:
        return sum(1 for _ in csv.reader(text)) - 1
    finally:
        text.detach()
