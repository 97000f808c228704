"""What the database holds, as a whole: every version with what hangs on it, every blob that one names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from app.storage.entities import (
    BlobDeletionEntity,
    DatasetEntity,
    EventEntity,
    JobEntity,
    RecordRevisionEntity,
    RenderingEntity,
    State,
    VersionEntity,
    VersionTableEntity,
)

_Part = TypeVar("_Part", VersionTableEntity, RecordRevisionEntity, JobEntity)


@dataclass(frozen=True, slots=True)
class NamedBlob:
    """A blob as the database knows it; `owner` says whose it is, `row_count` is known of canonical tables."""

    sha256: str
    size: int
    owner: str
    row_count: int | None = None


@dataclass(frozen=True, slots=True)
class WholeVersion:
    """A version with everything that hangs on it.

    `renderings` are (table, format) by record; `deeds` the actions that the journal has of it.
    """

    name: str
    version: VersionEntity
    tables: list[VersionTableEntity]
    records: list[RecordRevisionEntity]
    renderings: dict[int, set[tuple[str, str]]]
    open_jobs: list[JobEntity]
    deeds: set[str]


def list_named_blobs(session: Session) -> dict[str, NamedBlob]:
    """Return by hash every blob that a version which was not withdrawn has."""
    return {blob.sha256: blob for blob in (*_renderings(session), *_uploads(session), *_tables(session))}


def list_withdrawn_blobs(session: Session) -> set[str]:
    """Return the hashes of what withdrawn versions had, no other has, and no queue waits to delete."""
    hashes: set[str] = set()
    withdrawn = col(VersionEntity.state) == State.WITHDRAWN
    hashes.update(session.execute(sa.select(col(VersionEntity.upload_sha256)).where(withdrawn)).scalars())
    for entity in (VersionTableEntity, RenderingEntity):
        statement = (
            sa.select(col(entity.sha256))
            .join(VersionEntity, col(entity.version_id) == col(VersionEntity.id))
            .where(withdrawn)
        )
        hashes.update(session.execute(statement).scalars())
    queued = set(session.exec(select(BlobDeletionEntity.sha256)))
    return hashes - queued - set(list_named_blobs(session))


def _uploads(session: Session) -> Iterator[NamedBlob]:
    statement = _living(col(VersionEntity.upload_sha256), col(VersionEntity.upload_size))
    for name, number, key, sha256, size in session.execute(statement):
        yield NamedBlob(sha256, size, f"{describe_version(name, number, key)} upload")


def _tables(session: Session) -> Iterator[NamedBlob]:
    table = VersionTableEntity
    statement = _living(col(table.name), col(table.sha256), col(table.size), col(table.row_count)).join(
        table, col(table.version_id) == col(VersionEntity.id)
    )
    for name, number, key, title, sha256, size, row_count in session.execute(statement):
        yield NamedBlob(sha256, size, f"{describe_version(name, number, key)} {title}", row_count)


def _renderings(session: Session) -> Iterator[NamedBlob]:
    made = RenderingEntity
    columns = (col(made.table_name), col(made.format), col(made.sha256), col(made.size))
    statement = _living(*columns).join(made, col(made.version_id) == col(VersionEntity.id))
    for name, number, key, table, suffix, sha256, size in session.execute(statement):
        yield NamedBlob(sha256, size, f"{describe_version(name, number, key)} {table}.{suffix}")


def _living(*columns: Mapped[str] | Mapped[int]) -> sa.Select[*tuple[object, ...]]:
    return (
        sa.select(col(DatasetEntity.name), col(VersionEntity.number), col(VersionEntity.id), *columns)
        .join_from(DatasetEntity, VersionEntity, col(VersionEntity.dataset_id) == col(DatasetEntity.id))
        .where(col(VersionEntity.state) != State.WITHDRAWN)
    )


def describe_version(name: str, number: int | None, key: int | None) -> str:
    """Return a version as `name/v/2`, or before it has a number as `name (version_id 7)`."""
    return f"{name}/v/{number}" if number else f"{name} (version_id {key})"


def load_versions(session: Session) -> list[WholeVersion]:
    """Return every version of every dataset."""
    tables = _by_version(session.exec(select(VersionTableEntity)))
    records = _by_version(session.exec(select(RecordRevisionEntity)))
    jobs = _by_version(session.exec(select(JobEntity).where(col(JobEntity.finished_at).is_(None))))
    renderings: dict[int, dict[int, set[tuple[str, str]]]] = defaultdict(lambda: defaultdict(set))
    for made in session.exec(select(RenderingEntity)):
        renderings[made.version_id][made.record_id].add((made.table_name, made.format))
    deeds: dict[int, set[str]] = defaultdict(set)
    for version_id, action in session.exec(select(EventEntity.version_id, EventEntity.action)):
        deeds[version_id or 0].add(action)
    statement = (
        select(DatasetEntity.name, VersionEntity)
        .join(VersionEntity, col(VersionEntity.dataset_id) == DatasetEntity.id)
        .order_by(col(DatasetEntity.name), col(VersionEntity.id))
    )
    return [
        WholeVersion(name, version, tables[key], records[key], renderings[key], jobs[key], deeds[key])
        for name, version in session.exec(statement)
        for key in [version.id or 0]
    ]


def _by_version(rows: Iterable[_Part]) -> dict[int, list[_Part]]:
    found: dict[int, list[_Part]] = defaultdict(list)
    for row in rows:
        found[row.version_id].append(row)
    return found
