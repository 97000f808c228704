"""The stored DCAT records of listed datasets, by name: what the pages of the RDF feed are joined from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.model.distribution import DATASET_FORMATS
from app.storage.entities import DatasetEntity, RecordRevisionEntity, RenderingEntity, VersionEntity
from app.storage.releases import is_listed, join_releases

_NTRIPLES = DATASET_FORMATS[1].suffix


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A dataset's name, and the hash and size in bytes of its stored N-Triples."""

    name: str
    sha256: str
    size: int


def list_records(
    session: Session, now: dt.datetime, *, after: str, offset: int, limit: int
) -> list[FeedRecord]:
    """Return the records of listed datasets, in the order of names, from the one after `after`.

    Raises LookupError if one has no record: a list without it would be short.
    """
    name = col(DatasetEntity.name)
    page = _records(now).where(name > after).order_by(name).offset(offset).limit(limit)
    return [_build(row) for row in session.execute(page)]


def list_records_back(session: Session, now: dt.datetime, *, until: str, limit: int) -> list[FeedRecord]:
    """Return the records of listed datasets from `until` backwards; raises LookupError."""
    name = col(DatasetEntity.name)
    page = _records(now).where(name <= until).order_by(name.desc()).limit(limit)
    return [_build(row) for row in session.execute(page)]


def _records(now: dt.datetime) -> sa.Select[str, str, int]:
    is_record = sa.and_(
        col(RenderingEntity.version_id) == VersionEntity.id,
        col(RenderingEntity.record_id) == RecordRevisionEntity.id,
        col(RenderingEntity.table_name) == "",
        col(RenderingEntity.format) == _NTRIPLES,
    )
    joined = join_releases(now).where(is_listed(now)).join(RenderingEntity, is_record, isouter=True)
    return joined.with_only_columns(
        col(DatasetEntity.name), col(RenderingEntity.sha256), col(RenderingEntity.size)
    )


def _build(row: sa.Row[str, str, int]) -> FeedRecord:
    name, sha256, size = row
    if sha256 is None:
        raise LookupError(f"{name} has no stored record")
    return FeedRecord(name, sha256, size)


def list_changes(
    session: Session, now: dt.datetime, *, offset: int, limit: int
) -> list[tuple[str, dt.datetime]]:
    """Return the names of listed datasets in order, each with the time of its last change."""
    name, version, record = (
        col(DatasetEntity.name),
        col(VersionEntity.effective_at),
        col(RecordRevisionEntity.effective_at),
    )
    listed = join_releases(now).where(is_listed(now)).with_only_columns(name, version, record)
    rows = session.execute(listed.order_by(name).offset(offset).limit(limit))
    return [(row[0], max(row[1], row[2])) for row in rows]
