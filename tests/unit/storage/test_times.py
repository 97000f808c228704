from __future__ import annotations

import datetime as dt
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import app.storage
from app.storage.data_folder import DataFolder
from app.storage.database import open_database
from app.storage.installation import Installation
from app.storage.releases import latest_change, next_change
from tests.conftest import START, PackageMaker, publish_folder

INDEXES = {"ix_version_effective_at", "ix_record_revision_effective_at", "ix_record_revision_retire_at"}


def list_indexes(connection: sa.Connection) -> set[str | None]:
    inspector = sa.inspect(connection)
    return {
        index["name"] for table in ("version", "record_revision") for index in inspector.get_indexes(table)
    }


def test_a_database_of_the_version_before_gets_the_indexes(tmp_path: Path, database_url: str) -> None:
    folder = DataFolder(tmp_path / "data")
    url = database_url.replace("postgresql:", "postgresql+psycopg:") or f"sqlite:///{folder.database}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(app.storage.__file__).parent / "migrations"))
        config.set_main_option("path_separator", "os")
        command.upgrade(config, "0002")
        assert not INDEXES & list_indexes(connection)
    engine.dispose()
    database = open_database(database_url, folder)
    with database.reading() as session:
        assert list_indexes(session.connection()) >= INDEXES
    database.dispose()


def test_the_last_and_the_next_change_are_found_without_reading_every_version(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package("a1"))
    statements: list[str] = []
    with installation.database.reading() as session:
        engine = session.get_bind()
        sa.event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
        assert latest_change(session, START + dt.timedelta(hours=1)) == START
        assert next_change(session, START - dt.timedelta(hours=1)) == START
        asked = [text for text in statements if text.startswith("SELECT m")]
        plans = [
            row[-1]
            for text in asked
            for row in session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {text}", tuple("2026-01-01" for _ in range(text.count("?")))
            )
        ]
    assert len(asked) == 6
    assert [plan for plan in plans if not plan.startswith("SEARCH")] == []
