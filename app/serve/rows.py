"""Rows of a table: a page of those that equality filters leave, from a cursor on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.errors import RequestError, TableNotFound
from app.formats.json import row_encoder
from app.model.release import Release, ReleasedTable
from app.model.table_schema import TableSchema
from app.model.value import Row, Value, read_value
from app.serve.catalogue import Reader, get_release, get_release_version
from app.storage import releases
from app.storage.rowfile import open_row_file

DEFAULT_ROWS = 100
MAX_ROWS = 1000
MAX_PAGE_CHARACTERS = 5_000_000
"""A page ends after the row that passes this, so that long cells don't make it endless."""

_HASH_DIGITS = 16
_ROW_NUMBER_DIGITS = 18


@dataclass(frozen=True, slots=True)
class RowsPage:
    """A part of a table's rows.

    `rows` are the texts of JSON objects, the same as in the table's `.json`; `total` is how many rows the
    filters leave in the whole table; `next_cursor` is None on the last page.
    """

    release: Release
    table: ReleasedTable
    rows: tuple[str, ...]
    total: int
    next_cursor: str | None


def list_rows(
    reader: Reader,
    name: str,
    table: str,
    *,
    filters: Mapping[str, str],
    cursor: str | None = None,
    limit: int = DEFAULT_ROWS,
    number: int | None = None,
) -> RowsPage:
    """Return at most `limit` rows of a dataset's table, in the table's order.

    `filters` gives texts by column name, all of which must hold: the cell has the same value (12.50 is 12.5);
    a cell of several values holds the one given, or all of those given with the column's delimiter; an empty
    text means an empty cell. `cursor` is the `next_cursor` of the page before; `number` asks for an earlier
    version. Raises DatasetNotFound, VersionNotFound, TableNotFound; RequestError for a column that the table
    has not, a text that is none of its values, and a cursor of other rows.
    """
    release = get_release(reader, name) if number is None else get_release_version(reader, name, number)
    released = release.find_table(table)
    if released is None:
        raise TableNotFound(release.name, table)
    schema = reader.schemas.get_schema(released.record.schema_name, released.record.schema_version)
    wanted = {column: _read_filter(schema, column, text) for column, text in filters.items()}
    after = 0 if cursor is None else _read_cursor(cursor, released)
    with reader.installation.database.reading() as session:
        sha256 = releases.get_row_file(session, release, table, reader.now)
    with reader.installation.blobs.local(sha256) as path, open_row_file(path, schema) as file:
        total = file.count(wanted) if wanted else released.row_count
        rows, last = _take_page(schema, file.list_rows(wanted, after, limit + 1), limit)
    following = None if last is None else _write_cursor(last, released)
    return RowsPage(release, released, rows, total, following)


def _read_filter(schema: TableSchema, column: str, text: str) -> Value:
    field = schema.find_field(column)
    if field is None:
        known = "、".join(schema.field_names)
        raise RequestError(column, f"「{column}」という列はありません。絞り込める列: {known}")
    try:
        return read_value(field, text)
    except ValueError as error:
        raise RequestError(column, f"列「{column}」の値は、{error}で指定してください。") from error


def _take_page(
    schema: TableSchema, found: Iterable[tuple[int, Row]], limit: int
) -> tuple[tuple[str, ...], int | None]:
    encode = row_encoder(schema)
    rows: list[str] = []
    characters = last = 0
    for number, row in found:
        if len(rows) == limit or characters > MAX_PAGE_CHARACTERS:
            return tuple(rows), last
        rows.append(encode(row))
        characters += len(rows[-1])
        last = number
    return tuple(rows), None


def _write_cursor(row_number: int, table: ReleasedTable) -> str:
    return f"{row_number}-{table.sha256[:_HASH_DIGITS]}"


def _read_cursor(cursor: str, table: ReleasedTable) -> int:
    row_number, _, digits = cursor.partition("-")
    if not (row_number.isascii() and row_number.isdigit() and len(row_number) <= _ROW_NUMBER_DIGITS):
        raise RequestError("cursor", "cursor には、前の答えの next にある値をそのまま指定してください。")
    if digits != table.sha256[:_HASH_DIGITS]:
        raise RequestError(
            "cursor", "この cursor は、いまの版の表のものではありません。はじめから読み直してください。"
        )
    return int(row_number)
