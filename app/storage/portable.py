"""Rows of all tables as JSON lines, the same from SQLite and PostgreSQL, and back into either."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from app.errors import OperatorError
from app.storage.data_folder import DataFolder
from app.storage.database import fill_database, find_last_hash
from app.storage.entities import EventEntity, UtcDateTime
from app.storage.search import clear_search

_BATCH = 500  # rows: what a statement may hold in memory

Lines = Iterator[str]


def list_table_names() -> list[str]:
    """Return our tables, but no derived ones, in an order in which each comes after those it refers to."""
    tables = SQLModel.metadata.sorted_tables
    return [table.name for table in tables if not table.info.get("is_derived")]


def export_rows(session: Session, table: str) -> Lines:
    """Yield the rows of a table, one JSON object each."""
    rows = session.execute(sa.select(SQLModel.metadata.tables[table]).execution_options(yield_per=_BATCH))
    for row in rows.mappings():
        yield json.dumps(dict(row), ensure_ascii=False, default=_write_time)


def import_rows(
    connection: sa.Connection, read_lines: Callable[[str], Iterable[str]], tables: list[str]
) -> None:
    """Put rows into tables that are there and hold something else or nothing, in place of that.

    The columns are those that the database has, so rows exported by an earlier release fit the tables as
    that release left them.
    """
    reflected = _reflect(connection, tables)
    clear_search(connection)
    for name in reversed(tables):
        connection.execute(sa.delete(reflected.tables[name]))
    for name in tables:
        table = reflected.tables[name]
        times = {column.name for column in table.columns if isinstance(column.type, UtcDateTime)}
        rows = (_read_row(line, times) for line in read_lines(name))
        while batch := list(islice(rows, _BATCH)):
            connection.execute(sa.insert(table), batch)
        _continue_numbers(connection, table)


def count_rows(connection: sa.Connection, table: str) -> int:
    """Return how many rows a table has."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(sa.table(table))).scalar_one())


def _reflect(connection: sa.Connection, tables: list[str]) -> sa.MetaData:
    metadata = sa.MetaData()

    @sa.event.listens_for(metadata, "column_reflect")
    def _keep_utc(_inspector: object, _table: object, column: dict[str, Any]) -> None:
        if isinstance(column["type"], sa.DateTime):
            column["type"] = UtcDateTime()

    metadata.reflect(connection, only=tables)
    return metadata


def _write_time(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    raise TypeError(f"{type(value)} has no portable form")


def _read_row(line: str, times: set[str]) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(line)
    return row | {name: dt.datetime.fromisoformat(row[name]) for name in times if row[name] is not None}


def _continue_numbers(connection: sa.Connection, table: sa.Table) -> None:
    """Let the next row get the next number: PostgreSQL does not learn from numbers that were given."""
    keys = list(table.primary_key)
    if connection.dialect.name != "postgresql" or len(keys) != 1 or not isinstance(keys[0].type, sa.Integer):
        return
    last = sa.func.max(keys[0])
    sequence = sa.func.pg_get_serial_sequence(table.name, keys[0].name)
    connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 1), last.is_not(None))))


def copy_database(session: Session, url: str, folder: DataFolder, revision: str) -> int:
    """Put all rows that a session sees into the database at `url`, in one commit; return how many.

    Raises OperatorError if not every row arrived.
    """
    tables = list_table_names()
    total = 0

    def fill(connection: sa.Connection) -> None:
        nonlocal total
        import_rows(connection, lambda name: export_rows(session, name), tables)
        for name in tables:
            sent, arrived = count_rows(session.connection(), name), count_rows(connection, name)
            if sent != arrived:
                raise OperatorError(f"表 {name} の{sent:,}行のうち、{arrived:,}行だけが届きました。")
            total += arrived

    fill_database(url, folder, revision, fill)
    return total


def knows_history(session: Session, url: str, folder: DataFolder) -> bool:
    """Tell whether the database at `url` is empty or holds a state that this one once had.

    Each event holds the hash of all before it, so it is enough that the last one there is known here.
    """
    last = find_last_hash(url, folder)
    return (
        last is None or session.exec(select(EventEntity).where(EventEntity.hash == last)).first() is not None
    )
