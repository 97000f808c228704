"""Row files: one immutable SQLite file per table of a version, for questions about its rows.

data   one row per row of the table, its rowid the row's number from 1; the columns are `c0`, `c1`, … in the
       order of the schema, and for each number also `r…`, the nearest REAL, to sort and compare by
l…     for each list, its items one by one with the number of their row
meta   the schema's name and version, and the column names as JSON

Cells are kept as they can be had back exactly: integers as INTEGER, booleans as 0 and 1, all else as its
canonical text (`model.value.write_value`), empty cells as NULL.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from app.model.table import Table
from app.model.table_schema import Field, FieldType, TableSchema
from app.model.value import Row, Value, read_value, write_value

_Stored: TypeAlias = str | int | float | None

ROW_NUMBER = "_id"
"""The column that CKAN adds before a table's own: the row's number from 1."""

_LIKE_SPECIAL = re.compile(r"([\\%_])")
_ESCAPED = r"\\\1"
_USUAL_FILTERS = frozenset({"ID", "全国地方公共団体コード", "年度"})
_MOST_FRACTION_DIGITS = 18  # of a number's lexical form
# All that decides the bytes is set, so that they don't hang on how a SQLite was built. The file is finished
# before it gets its name, so it needs no journal and no fsync of SQLite's.
_WRITER_PRAGMAS = (
    "page_size = 4096",
    "encoding = 'UTF-8'",
    "auto_vacuum = NONE",
    "secure_delete = ON",
    "journal_mode = OFF",
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "cache_size = -16000",
)


def write_row_file(table: Table, path: Path) -> None:
    """Write the row file of a table, in place of whatever is at `path`.

    The same rows under the same schema give the same bytes, as long as SQLite is the same. Memory stays
    bounded whatever the number of rows.
    """
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in _WRITER_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        _write_meta(connection, table.schema)
        _write_rows(connection, table)
        for place, field in enumerate(table.schema.fields):
            if field.type is FieldType.LIST:
                _write_items(connection, place, field)
            elif _is_usual_filter(table.schema, field):
                connection.execute(f"CREATE INDEX c{place}_index ON data (c{place})")
        connection.execute("COMMIT")


@dataclass(frozen=True, slots=True)
class RowQuery:
    """Which rows, which of their columns, and in which order.

    `filters` are a column and the typed values of which a cell must have one; each of `words` must be
    somewhere in a row; `order` is columns, each descending or not, empty cells as the greatest; `columns` are
    those wanted. The row's number is the column `_id`.
    """

    columns: tuple[str, ...]
    filters: tuple[tuple[str, tuple[Value, ...]], ...] = ()
    words: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    is_distinct: bool = False


class RowFile:
    """The rows of one row file, as `open_row_file` gives them.

    Filters are typed values by column name, all of which must hold: a cell equals the value; a list holds
    all items of the value; None means an empty cell. A column that the schema has not raises KeyError.
    """

    def __init__(self, connection: sqlite3.Connection, schema: TableSchema) -> None:
        self._connection = connection
        self._fields = schema.fields
        self._places = {field.name: place for place, field in enumerate(schema.fields)}

    def list_rows(self, filters: Mapping[str, Value], after: int, limit: int) -> Iterator[tuple[int, Row]]:
        """Yield (row number, typed row) in the table's order: at most `limit`, from the one after `after`."""
        columns = ", ".join(f"c{place}" for place in range(len(self._fields)))
        where, values = self._where(filters)
        statement = f"SELECT rowid, {columns} FROM data WHERE {where} AND rowid > ? ORDER BY rowid LIMIT ?"  # noqa: S608  # only c0, c1, …
        for number, *cells in self._connection.execute(statement, (*values, after, limit)):
            yield number, tuple(map(_load, self._fields, cells))

    def count(self, filters: Mapping[str, Value]) -> int:
        """Return how many rows the filters leave."""
        where, values = self._where(filters)
        statement = f"SELECT count(*) FROM data WHERE {where}"  # noqa: S608  # only c0, c1, …
        return int(self._connection.execute(statement, values).fetchone()[0])

    def select(self, query: RowQuery, offset: int, limit: int | None) -> Iterator[Row]:
        """Yield the wanted columns of the rows that a query asks for; raises KeyError for other columns."""
        keys = [self._order_by(column, is_descending) for column, is_descending in query.order]
        keys += [] if query.is_distinct else ["rowid"]
        statement, values = self._select(query)
        order = f" ORDER BY {', '.join(keys)}" if keys else ""
        page = f"{statement}{order} LIMIT ? OFFSET ?"
        fields = [None if column == ROW_NUMBER else self._field(column) for column in query.columns]
        for cells in self._connection.execute(page, (*values, -1 if limit is None else limit, offset)):
            yield tuple(
                cell if field is None else _load(field, cell)
                for field, cell in zip(fields, cells, strict=True)
            )

    def count_selected(self, query: RowQuery) -> int:
        """Return how many rows a query asks for."""
        statement, values = self._select(query)
        counted = f"SELECT count(*) FROM ({statement})"  # noqa: S608  # only c0, c1, …
        return int(self._connection.execute(counted, values).fetchone()[0])

    def _select(self, query: RowQuery) -> tuple[str, list[_Stored]]:
        conditions, values = ["1"], []
        for name, wanted in query.filters:
            found = [self._equals(name, value) for value in wanted]
            conditions.append(f"({' OR '.join(condition for condition, _ in found) or '0'})")
            values += [value for _, bound in found for value in bound]
        whole = " || ' ' || ".join(f"coalesce(c{place}, '')" for place in range(len(self._fields)))
        for word in query.words:
            conditions.append(f"({whole}) LIKE ? ESCAPE '\\'")
            values.append(f"%{re.sub(_LIKE_SPECIAL, _ESCAPED, word)}%")
        columns = ", ".join(map(self._column, query.columns))
        distinct = "DISTINCT " if query.is_distinct else ""
        return f"SELECT {distinct}{columns} FROM data WHERE {' AND '.join(conditions)}", values  # noqa: S608  # only c0, c1, …

    def _equals(self, name: str, value: Value) -> tuple[str, list[_Stored]]:
        if name == ROW_NUMBER:
            return "rowid = ?", [value if isinstance(value, int) else None]
        return _condition(self._places[name], self._field(name), value)

    def _field(self, name: str) -> Field:
        return self._fields[self._places[name]]

    def _column(self, name: str) -> str:
        return "rowid" if name == ROW_NUMBER else f"c{self._places[name]}"

    def _order_by(self, name: str, is_descending: bool) -> str:
        column = self._column(name)
        if name != ROW_NUMBER and self._field(name).type is FieldType.NUMBER:
            column = f"r{self._places[name]}"
        direction = "DESC" if is_descending else "ASC"
        return f"{column} IS NULL {direction}, {column} {direction}"

    def _where(self, filters: Mapping[str, Value]) -> tuple[str, list[_Stored]]:
        conditions, values = ["1"], []
        for name, value in filters.items():
            place = self._places[name]
            condition, bound = _condition(place, self._fields[place], value)
            conditions.append(condition)
            values += bound
        return " AND ".join(conditions), values


@contextmanager
def open_row_file(path: Path, schema: TableSchema) -> Iterator[RowFile]:
    """Open a row file for reading; raises ValueError if it was written under another schema."""
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        written = connection.execute("SELECT schema_name, schema_version, columns FROM meta").fetchone()
        if written != _describe(schema):
            raise ValueError(f"the row file is one of {written}, not of {schema.name} {schema.version}")
        yield RowFile(connection, schema)


def _write_meta(connection: sqlite3.Connection, schema: TableSchema) -> None:
    connection.execute("CREATE TABLE meta (schema_name TEXT, schema_version TEXT, columns TEXT)")
    connection.execute("INSERT INTO meta VALUES (?, ?, ?)", _describe(schema))


def _describe(schema: TableSchema) -> tuple[str, str, str]:
    return schema.name, schema.version, json.dumps(schema.field_names, ensure_ascii=False)


def _write_rows(connection: sqlite3.Connection, table: Table) -> None:
    fields = table.schema.fields
    numbers = [place for place, field in enumerate(fields) if field.type is FieldType.NUMBER]
    columns = [f"c{place} {_column_type(field)}" for place, field in enumerate(fields)]
    columns += [f"r{place} REAL" for place in numbers]
    connection.execute(f"CREATE TABLE data ({', '.join(columns)})")
    statement = f"INSERT INTO data VALUES ({', '.join('?' * len(columns))})"  # noqa: S608  # only marks
    connection.executemany(
        statement,
        ((*map(_store, fields, row), *(_nearest(row[place]) for place in numbers)) for row in table.rows()),
    )


def _column_type(field: Field) -> str:
    return "INTEGER" if field.type in (FieldType.INTEGER, FieldType.BOOLEAN) else "TEXT"


def _store(field: Field, value: Value) -> _Stored:
    match value:
        case None | str():
            return value
        case int():
            return int(value)
        case _:
            return write_value(field, value)


def _load(field: Field, stored: _Stored) -> Value:
    match stored:
        case str():
            return read_value(field, stored)
        case int() if field.type is FieldType.BOOLEAN:
            return bool(stored)
        case int() | None:
            return stored
        case _:
            raise ValueError(f"{field.name} holds {stored!r}, which no row file of ours does")


def _nearest(value: Value) -> float | None:
    return float(value) if isinstance(value, Decimal) else None


def _write_items(connection: sqlite3.Connection, place: int, field: Field) -> None:
    connection.execute(f"CREATE TABLE l{place} (item TEXT, row INTEGER)")
    cells = connection.execute(f"SELECT rowid, c{place} FROM data WHERE c{place} IS NOT NULL")  # noqa: S608  # only c0, c1, …
    connection.executemany(
        f"INSERT INTO l{place} VALUES (?, ?)",  # noqa: S608  # only l0, l1, …
        ((item, row) for row, text in cells for item in text.split(field.delimiter)),
    )
    connection.execute(f"CREATE INDEX l{place}_index ON l{place} (item, row)")


def _is_usual_filter(schema: TableSchema, field: Field) -> bool:
    keys = {*schema.primary_key, *(name for key in schema.foreign_keys for name in key.fields)}
    return bool(field.enum) or field.name in _USUAL_FILTERS | keys


def _condition(place: int, field: Field, value: Value) -> tuple[str, list[_Stored]]:
    match value:
        case None:
            return f"c{place} IS NULL", []
        case tuple():
            holds = f"rowid IN (SELECT row FROM l{place} WHERE item = ?)"  # noqa: S608  # only l0, l1, …
            return " AND ".join([holds] * len(value)), [*value]
        case Decimal():
            texts = _list_equal_texts(value)
            return f"c{place} IN ({', '.join('?' * len(texts))})", [*texts]
        case _:
            return f"c{place} = ?", [_store(field, value)]


def _list_equal_texts(number: Decimal) -> list[str]:
    """Every lexical form of one number: 12.5, 12.50, … are equal and each comes back as it was written."""
    shortest = format(number, "f")
    if "." in shortest:
        shortest = shortest.rstrip("0").removesuffix(".")
    whole, _, fraction = shortest.partition(".")
    longer = range(len(fraction) + 1, _MOST_FRACTION_DIGITS + 1)
    return [shortest, *(f"{whole}.{fraction:0<{digits}}" for digits in longer)]
