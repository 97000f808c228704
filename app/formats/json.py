"""JSON and JSON Lines: one object per row, one row per line, in the order of the schema.

Numbers are written digit by digit as they are in the canonical CSV and never pass through a float; dates and
times are their ISO texts, several values an array, an empty cell null.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import BinaryIO

from app.model.table import Table
from app.model.table_schema import Field, TableSchema
from app.model.value import Row, Value, write_value

encode_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""The compact JSON text of a plain value, with Japanese as it is."""


def write_json(table: Table, target: BinaryIO) -> None:
    """Write a table as an array of objects."""
    write_array("[", encode_rows(table), "]", target)


def write_jsonl(table: Table, target: BinaryIO) -> None:
    """Write a table as one object per line."""
    target.writelines(f"{row}\n".encode() for row in encode_rows(table))


def write_array(opening: str, items: Iterable[str], closing: str, target: BinaryIO) -> None:
    """Write JSON texts as the elements of an array, one per line, between an opening and a closing text."""
    target.write(f"{opening}\n".encode())
    separator = ""
    for item in items:
        target.write(f"{separator}{item}".encode())
        separator = ",\n"
    target.write(f"\n{closing}\n".encode())


def encode_rows(table: Table) -> Iterator[str]:
    """Give each row of a table as the text of a JSON object."""
    return map(row_encoder(table.schema), table.rows())


def row_encoder(schema: TableSchema) -> Callable[[Row], str]:
    """Return the function that gives a row under a schema as the text of a JSON object."""
    names = [encode_json(field.name) for field in schema.fields]

    def encode(row: Row) -> str:
        cells = zip(names, schema.fields, row, strict=True)
        return "{" + ",".join(f"{name}:{encode_cell(field, value)}" for name, field, value in cells) + "}"

    return encode


def encode_cell(field: Field, value: Value) -> str:
    """Return the JSON text of a typed cell."""
    match value:
        case None:
            return "null"
        case bool() | int() | Decimal():
            return write_value(field, value)
        case tuple():
            return encode_json(value)
        case _:
            return encode_json(write_value(field, value))


class JsonText(str):
    """A text that is JSON already."""

    __slots__ = ()


def join_json(value: object) -> str:
    """Return the JSON text of plain values among which are JSON texts, as they are, in dicts and lists."""
    match value:
        case JsonText():
            return value
        case dict():
            return (
                "{" + ", ".join(f"{encode_json(key)}: {join_json(item)}" for key, item in value.items()) + "}"
            )
        case list():
            return "[" + ", ".join(map(join_json, value)) + "]"
        case _:
            return encode_json(value)
