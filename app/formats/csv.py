"""CSV in UTF-8: the canonical form of a table, and the same for Excel.

Source of the form: RFC 4180, with LF instead of CRLF in the canonical form: one header row, comma, quotes
only where a cell needs them, and line breaks inside cells as LF.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from app.model.table import Table
from app.model.table_schema import TableSchema
from app.model.value import Row, write_value


def write_csv(table: Table, target: BinaryIO) -> None:
    """Write the canonical CSV of a table: UTF-8, LF."""
    write_csv_rows(table.schema, table.rows(), target)


def write_csv_rows(schema: TableSchema, rows: Iterable[Row], target: BinaryIO) -> int:
    """Write typed rows as canonical CSV and return how many there were."""
    count = 0
    with open_text(target, "utf-8") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(schema.field_names)
        for row in rows:
            writer.writerow(_cells(schema, row))
            count += 1
    return count


def write_bom_csv(table: Table, target: BinaryIO) -> None:
    """Write a table as Excel opens it by double-click: UTF-8 with byte order mark, CRLF."""
    target.write(codecs.BOM_UTF8)
    with open_text(target, "utf-8") as text:
        csv.writer(text, lineterminator="\r\n").writerows(list_cells(table))


def list_cells(table: Table) -> Iterator[list[str]]:
    """Give the header row and then each row of a table as canonical texts."""
    yield list(table.schema.field_names)
    for row in table.rows():
        yield _cells(table.schema, row)


@contextmanager
def open_text(target: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    """Open a binary file as text with line breaks as written; the file stays open afterwards."""
    text = io.TextIOWrapper(target, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()


def _cells(schema: TableSchema, row: Row) -> list[str]:
    return [write_value(field, value) for field, value in zip(schema.fields, row, strict=True)]
