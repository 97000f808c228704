"""A canonical table over its stored CSV."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

from app.model.record import TableRecord
from app.model.table import Table
from app.model.table_schema import TableSchema
from app.tables.canonical import read_canonical


def open_table(
    described: TableRecord, schema: TableSchema, row_count: int, open_blob: Callable[[], BinaryIO]
) -> Table:
    """Return the table of a record whose canonical CSV `open_blob` opens; rows are read on each pass."""

    def open_text() -> io.TextIOWrapper:
        return io.TextIOWrapper(open_blob(), encoding="utf-8", newline="")

    return Table(
        name=described.name,
        title=described.title,
        description=described.description,
        schema=schema,
        row_count=row_count,
        rows=lambda: read_canonical(open_text, schema),
    )
