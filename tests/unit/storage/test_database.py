from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from app.errors import OperatorError
from app.settings import HOUSE, Settings
from app.storage.data_folder import DataFolder
from app.storage.database import open_database
from app.storage.installation import Installation, open_installation
from app.storage.journal import find_broken_event
from tests.conftest import BASE

FOUR_WRITERS = """
import datetime as dt, os, sys
from pathlib import Path
from app.model.actor import Actor
from app.settings import Settings
from app.storage.installation import open_installation
from app.storage.journal import append_event
settings = Settings(data_dir=Path(sys.argv[1]), database_url=sys.argv[2])
def write(name):
    installation = open_installation(settings)
    for number in range(200):
        with installation.database.writing() as session:
            append_event(session, at=dt.datetime.now(dt.UTC), actor=Actor(name), action=f"test:{number}",
                         dataset="", version_id=None, details={})
    installation.close()
writers = []
for number in range(4):
    writers.append(os.fork())
    if not writers[-1]:
        write(f"writer-{number}")
        os._exit(0)
sys.exit(any([os.waitpid(writer, 0)[1] for writer in writers]))
"""
"""Four processes of one start: what each would import, they have already."""


def test_the_migrations_make_the_tables_of_the_models(either_installation: Installation) -> None:
    with either_installation.database.reading() as session:
        context = MigrationContext.configure(
            session.connection(), opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, SQLModel.metadata)
        assert [entry for entry in differences if "search_index" not in str(entry)] == []


def test_four_processes_that_start_and_write_at_once_lose_nothing(tmp_path: Path, database_url: str) -> None:
    """The first start of all four: each migrates, each writes 200 times."""
    command = [sys.executable, "-c", FOUR_WRITERS, str(tmp_path / "data"), database_url]
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    settings = Settings(data_dir=tmp_path / "data", database_url=database_url)
    opened = open_installation(settings, served_at=BASE)
    assert find_broken_event(opened.database) is None
    with opened.database.reading() as session:
        written = session.connection().exec_driver_sql(
            "SELECT actor, count(DISTINCT action) FROM event GROUP BY actor"
        )
        assert sorted(tuple(row) for row in written) == [(f"writer-{number}", 200) for number in range(4)]
    opened.close()


def test_a_reader_keeps_what_it_sees_while_a_writer_commits(either_installation: Installation) -> None:
    installation = either_installation
    with installation.database.writing() as session:
        session.connection().exec_driver_sql("INSERT INTO blob_deletion VALUES ('a')")
    with installation.database.reading() as reader:
        count = "SELECT count(*) FROM blob_deletion"
        assert reader.connection().exec_driver_sql(count).scalar() == 1
        with installation.database.writing() as session:
            session.connection().exec_driver_sql("INSERT INTO blob_deletion VALUES ('b')")
        assert reader.connection().exec_driver_sql(count).scalar() == 1
    with installation.database.reading() as reader:
        assert reader.connection().exec_driver_sql(count).scalar() == 2


def test_sqlite_is_durable_and_keeps_its_references(installation: Installation) -> None:
    with installation.database.reading() as session:
        settings = {
            name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize(
    "url",
    [
        "mysql://localhost/shisaku",
        "sqlite:///other.sqlite3",
        "nonsense",
        "postgresql://localhost:port/shisaku",
        "postgresqlite://localhost/shisaku",
    ],
)
def test_a_database_of_another_kind_is_refused_in_words(tmp_path: Path, url: str) -> None:
    with pytest.raises(OperatorError, match="SHISAKU_DATABASE_URL"):
        open_database(url, DataFolder(tmp_path / "data"))


def test_a_server_that_does_not_answer_is_an_error_of_the_operator(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="データベースに接続できません"):
        open_database("postgresql://127.0.0.1:1/shisaku?connect_timeout=5", DataFolder(tmp_path / "data"))


def test_a_file_that_is_no_database_is_an_error_of_the_operator(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.database.write_bytes(b"this is not a database file, but long enough to look at" * 20)
    with pytest.raises(OperatorError):
        open_database("", folder)
