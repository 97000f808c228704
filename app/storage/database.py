"""The database: SQLite in the data folder, or PostgreSQL by URL.

Readers see a snapshot; writers come one after the other, so that the journal's chain has one end.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from app.errors import ConflictError, OperatorError
from app.storage.data_folder import DataFolder

_LOCK_WAIT_SECONDS = 60
_KEEPALIVE = {"idle": 30, "interval": 10, "count": 3}  # the server misses a vanished machine in a minute
_WRONG_URL = "SHISAKU_DATABASE_URL には postgresql:// で始まる接続先を指定してください。"
_MIGRATION_LOCK = 7_305_101  # any constant: names our lock among PostgreSQL's advisory locks


class Database:
    """Sessions on one database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._reader = (
            engine if self.is_sqlite else engine.execution_options(isolation_level="REPEATABLE READ")
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one state of the database; nothing of it is kept."""
        with Session(self._reader) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session that writes alone; it is committed at the end, or rolled back on an error."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            if not self.is_sqlite:
                session.connection().exec_driver_sql("LOCK TABLE event IN EXCLUSIVE MODE")
            yield session

    @contextmanager
    def hold(self, name: str, *, wait: bool) -> Iterator[bool]:
        """Hold a lock over all processes on this database, for work too long for one transaction.

        Gives False if another holds it and `wait` is off. It belongs to the living: the system, or
        PostgreSQL, lets go of it when its holder dies, so no clock decides.
        """
        held = self._hold_file(name, wait) if self.is_sqlite else self._hold_advisory(name, wait)
        with held as is_ours:
            yield is_ours

    @contextmanager
    def _hold_file(self, name: str, wait: bool) -> Iterator[bool]:
        with Path(str(self._engine.url.database)).with_name(f"{name}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                is_ours = True
            except BlockingIOError:
                is_ours = False
            yield is_ours

    @contextmanager
    def _hold_advisory(self, name: str, wait: bool) -> Iterator[bool]:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for setting, value in _KEEPALIVE.items():
                connection.exec_driver_sql(f"SET tcp_keepalives_{setting} = {value}")
            key, lock = sa.func.hashtext(name), sa.func
            take = lock.pg_advisory_lock(key) if wait else lock.pg_try_advisory_lock(key)
            is_ours = connection.execute(sa.select(take)).scalar_one() is not False
            try:
                yield is_ours
            finally:
                if is_ours:
                    connection.execute(sa.select(lock.pg_advisory_unlock(key)))

    def head(self) -> int:
        """Return the number of the journal's last event; it moves with everything that changes state.

        Asked at every request, so without a session.
        """
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("SELECT max(seq) FROM event")
            row = cursor.fetchone()
            cursor.close()
        finally:
            connection.close()
        return int(row[0] or 0) if row else 0

    def revision(self) -> str:
        """Return the number of the last migration that the tables have seen."""
        with self._engine.connect() as connection:
            return str(MigrationContext.configure(connection).get_current_revision())

    def dispose(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def open_database(url: str, folder: DataFolder) -> Database:
    """Connect, and bring the tables up to date; raises OperatorError if the database can't be had."""
    engine = _make_engine(url, folder.database)
    try:
        with folder.lock("migration"):
            _migrate(engine)
    except sa.exc.DatabaseError as error:
        engine.dispose()
        raise OperatorError(f"データベースに接続できません（{error.orig}）。") from error
    return Database(engine)


def fill_database(url: str, folder: DataFolder, revision: str, fill: Callable[[sa.Connection], None]) -> None:
    """Make the tables of a revision if there are none, fill them, bring them up to date; all or nothing.

    Raises OperatorError if the database can't be had or if this program does not know the revision, and
    ConflictError if the tables are there as of another one. What `fill` raises undoes everything.
    """
    engine = _make_engine(url, folder.database)
    try:
        with folder.lock("migration"), engine.execution_options(writes=True).begin() as connection:
            _lock_migrations(connection)
            found = MigrationContext.configure(connection).get_current_revision()
            if found not in (None, revision):
                raise ConflictError(
                    f"データベースに、別の版（{found}）の表がすでにあります。空にしてください。"
                )
            command.upgrade(_alembic_config(connection=connection), revision)
            fill(connection)
            command.upgrade(_alembic_config(connection=connection), "head")
    except CommandError as error:
        raise OperatorError(f"このプログラムより新しい版のデータです（{revision}）。") from error
    except sa.exc.DatabaseError as error:
        raise OperatorError(f"データベースに書き込めません（{error.orig}）。") from error
    finally:
        engine.dispose()


def find_last_hash(url: str, folder: DataFolder) -> str | None:
    """Return the hash of the journal's last event in a database, or None if it has none; change nothing.

    Raises OperatorError if the database can't be had, or if its tables are not ours.
    """
    engine = _make_engine(url, folder.database)
    try:
        with engine.connect() as connection:
            tables = sa.inspect(connection).get_table_names()
            if not tables:
                return None
            last = "SELECT hash FROM event ORDER BY seq DESC LIMIT 1"
            return connection.execute(sa.text(last)).scalar_one_or_none()
    except sa.exc.DatabaseError as error:
        raise OperatorError(f"データベースを読めません（{error.orig}）。") from error
    finally:
        engine.dispose()


def _make_engine(url: str, path: Path) -> sa.Engine:
    if url:
        return sa.create_engine(_read_url(url), pool_pre_ping=True)
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": _LOCK_WAIT_SECONDS})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _read_url(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise OperatorError(_WRONG_URL) from error
    if parsed.drivername.partition("+")[0] != "postgresql":
        raise OperatorError(_WRONG_URL)
    return parsed.set(drivername="postgresql+psycopg")


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _begin_sqlite
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    # A reader that turns writer half way fails with "locked"; a writer that says so at once waits its turn.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: sa.Engine) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        _lock_migrations(connection)
        command.upgrade(_alembic_config(connection=connection), "head")


def _lock_migrations(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))


def _alembic_config(**attributes: Any) -> Config:  # noqa: ANN401  # Alembic's attributes hold anything
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
