"""Versions as their makers see them: drafts, their tables and reports, and the step to approved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.model.actor import Actor
from app.model.distribution import dataset_id
from app.model.record import Record
from app.storage.entities import (
    DatasetEntity,
    RecordRevisionEntity,
    RenderingEntity,
    State,
    VersionEntity,
    VersionTableEntity,
)
from app.storage.search import drop_search_entries_of


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version with its tables and the newest revision of its record; None if its metadata have faults."""

    dataset: DatasetEntity
    version: VersionEntity
    tables: tuple[VersionTableEntity, ...]
    revision: RecordRevisionEntity | None

    @property
    def version_id(self) -> int:
        """The version's key, known since it was stored."""
        if self.version.id is None:
            raise ValueError("the version was not stored yet")
        return self.version.id


def find_dataset(session: Session, name: str) -> DatasetEntity | None:
    """Return a dataset by name, whether or not anything of it is effective."""
    return session.exec(select(DatasetEntity).where(DatasetEntity.name == name)).first()


def find_same_upload(session: Session, name: str, sha256: str) -> StoredVersion | None:
    """Return the newest version of a dataset that was made from these very bytes, or None."""
    return _find_version(session, name, VersionEntity.upload_sha256 == sha256)


def find_newest_in(session: Session, name: str, *states: State) -> StoredVersion | None:
    """Return a dataset's newest version in one of these states, or None.

    One that was uploaded before a version that was approved since is out of date, and is not returned.
    """
    approved = aliased(VersionEntity)
    is_out_of_date = (
        sa.select(col(approved.id))
        .where(
            col(approved.dataset_id) == VersionEntity.dataset_id,
            col(approved.number).is_not(None),
            col(approved.id) > col(VersionEntity.id),
        )
        .exists()
    )
    return _find_version(session, name, sa.and_(col(VersionEntity.state).in_(states), ~is_out_of_date))


def list_subjects(session: Session) -> list[tuple[str, str]]:
    """Return (dataset name, code of the municipality it is or was about) of all datasets, in order."""
    statement = (
        sa.select(col(DatasetEntity.name), col(RecordRevisionEntity.local_government_code))
        .join(RecordRevisionEntity, col(RecordRevisionEntity.dataset_id) == DatasetEntity.id)
        .distinct()
        .order_by(col(DatasetEntity.name), col(RecordRevisionEntity.local_government_code))
    )
    return [(name, code) for name, code in session.execute(statement)]


def find_last_change(session: Session, dataset: DatasetEntity, until: dt.datetime) -> dt.datetime | None:
    """Return the last time, up to `until`, at which readers saw a dataset change, or None.

    An act that was done after `until` shows that the clock was set back; its time counts too.
    """
    versions = select(sa.func.max(VersionEntity.effective_at)).where(
        VersionEntity.dataset_id == dataset.id,
        col(VersionEntity.state).in_([State.APPROVED, State.WITHDRAWN]),
        sa.or_(col(VersionEntity.effective_at) <= until, col(VersionEntity.approved_at) > until),
    )
    records = select(sa.func.max(RecordRevisionEntity.effective_at)).where(
        RecordRevisionEntity.dataset_id == dataset.id,
        sa.or_(col(RecordRevisionEntity.effective_at) <= until, col(RecordRevisionEntity.created_at) > until),
    )
    times = [session.exec(statement).one() for statement in (versions, records)]
    return max((time for time in times if time), default=None)


def find_numbered(session: Session, name: str, number: int) -> StoredVersion | None:
    """Return a dataset's version of that number, or None."""
    return _find_version(session, name, VersionEntity.number == number)


def find_newest_version(session: Session, name: str) -> StoredVersion | None:
    """Return a dataset's newest version in whatever state, or None."""
    return _find_version(session, name, sa.true())


def is_approving(session: Session, dataset: DatasetEntity) -> bool:
    """Tell whether renderings of some version of the dataset are in the making."""
    statement = select(VersionEntity.id).where(
        VersionEntity.dataset_id == dataset.id, VersionEntity.state == State.APPROVING
    )
    return session.exec(statement).first() is not None


def list_approving(session: Session) -> list[VersionEntity]:
    """Return the versions whose renderings are in the making."""
    return list(session.exec(select(VersionEntity).where(VersionEntity.state == State.APPROVING)))


def list_rendered(session: Session) -> list[tuple[str, int, int]]:
    """Return (dataset name, version id, record id) of all that is rendered, withdrawn versions aside."""
    statement = (
        sa.select(col(DatasetEntity.name), col(VersionEntity.id), col(RenderingEntity.record_id))
        .join(VersionEntity, col(VersionEntity.dataset_id) == DatasetEntity.id)
        .join(RenderingEntity, col(RenderingEntity.version_id) == VersionEntity.id)
        .where(col(VersionEntity.state) == State.APPROVED)
        .distinct()
        .order_by(col(DatasetEntity.name), col(VersionEntity.id), col(RenderingEntity.record_id))
    )
    return [(name, version_id, record_id) for name, version_id, record_id in session.execute(statement)]


def get_version(session: Session, name: str, version_id: int, record_id: int | None = None) -> StoredVersion:
    """Return a version by its key, with the newest revision of its record or the named one.

    Raises LookupError.
    """
    found = _find_version(session, name, VersionEntity.id == version_id)
    if found is None:
        raise LookupError(f"no version {version_id} of {name}")
    if record_id is None:
        return found
    return replace(found, revision=session.get(RecordRevisionEntity, record_id))


def list_unreleased_versions(
    session: Session, dataset: DatasetEntity, now: dt.datetime
) -> list[VersionEntity]:
    """Return a dataset's versions that are not effective yet, newest first."""
    waiting = sa.and_(col(VersionEntity.state) == State.APPROVED, col(VersionEntity.effective_at) > now)
    statement = (
        select(VersionEntity)
        .where(
            VersionEntity.dataset_id == dataset.id,
            sa.or_(waiting, col(VersionEntity.state).in_([State.DRAFT, State.SUBMITTED, State.APPROVING])),
        )
        .order_by(col(VersionEntity.id).desc())
    )
    return list(session.exec(statement))


def add_dataset(
    session: Session, name: str, organization: str, actor: Actor, now: dt.datetime
) -> DatasetEntity:
    """Make a dataset of that name for an organization, or return the one there is."""
    found = find_dataset(session, name)
    if found is None:
        found = DatasetEntity(
            id=dataset_id(name),
            name=name,
            organization=organization,
            created_at=now,
            created_by=actor.name,
        )
        session.add(found)
        session.flush()
    return found


def add_record(
    session: Session, dataset: DatasetEntity, version_id: int, record: Record, actor: Actor, now: dt.datetime
) -> RecordRevisionEntity:
    """Add the next revision of a dataset's record, not effective yet."""
    last = session.exec(
        select(sa.func.max(RecordRevisionEntity.number)).where(RecordRevisionEntity.dataset_id == dataset.id)
    ).one()
    revision = RecordRevisionEntity(
        dataset_id=dataset.id,
        version_id=version_id,
        number=(last or 0) + 1,
        body=record.model_dump_json(),
        publisher=record.publisher,
        local_government_code=record.local_government_code,
        themes="".join(f";{theme}" for theme in record.themes) + ";",
        created_at=now,
        created_by=actor.name,
        retire_at=record.retire_at,
    )
    session.add(revision)
    session.flush()
    return revision


def next_number(session: Session, dataset: DatasetEntity) -> int:
    """Return the number that the dataset's next approved version gets."""
    last = session.exec(
        select(sa.func.max(VersionEntity.number)).where(VersionEntity.dataset_id == dataset.id)
    ).one()
    return (last or 0) + 1


def list_renderings(session: Session, stored: StoredVersion) -> list[RenderingEntity]:
    """Return the renderings that a version has so far under its record."""
    if stored.revision is None:
        return []
    return list(
        session.exec(
            select(RenderingEntity).where(
                RenderingEntity.version_id == stored.version_id,
                RenderingEntity.record_id == stored.revision.id,
            )
        )
    )


def keep_renderings(
    session: Session, revision: RecordRevisionEntity, renderings: Sequence[RenderingEntity]
) -> None:
    """Put renderings under a record beside those of other tables, in place of the same ones made before."""
    for rendering in renderings:
        rendering.record_id = key_of(revision)
        session.merge(rendering)


def drop_renderings(session: Session, version: VersionEntity) -> None:
    """Forget all renderings of a version and what it was to be found by; the blobs stay."""
    drop_search_entries_of(session, version)
    session.execute(sa.delete(RenderingEntity).where(col(RenderingEntity.version_id) == version.id))


def replace_renderings(
    session: Session, version_id: int, revision: RecordRevisionEntity, renderings: Sequence[RenderingEntity]
) -> None:
    """Put the renderings of a version under a record in place of those it had."""
    session.execute(
        sa.delete(RenderingEntity).where(
            col(RenderingEntity.version_id) == version_id,
            col(RenderingEntity.record_id) == key_of(revision),
        )
    )
    keep_renderings(session, revision, renderings)


def key_of(revision: RecordRevisionEntity) -> int:
    """Return a record's key; raises ValueError if it was not stored yet."""
    if revision.id is None:
        raise ValueError("the record was not stored yet")
    return revision.id


def _find_version(
    session: Session, name: str, condition: sa.ColumnElement[bool] | bool
) -> StoredVersion | None:
    statement = (
        select(DatasetEntity, VersionEntity)
        .join(VersionEntity, col(VersionEntity.dataset_id) == DatasetEntity.id)
        .where(DatasetEntity.name == name, condition)
        .order_by(col(VersionEntity.id).desc())
        .limit(1)
    )
    found = session.exec(statement).first()
    if found is None:
        return None
    dataset, version = found
    tables = session.exec(
        select(VersionTableEntity)
        .where(VersionTableEntity.version_id == version.id)
        .order_by(col(VersionTableEntity.position))
    )
    revision = session.exec(
        select(RecordRevisionEntity)
        .where(RecordRevisionEntity.version_id == version.id)
        .order_by(col(RecordRevisionEntity.number).desc())
    ).first()
    return StoredVersion(dataset, version, tuple(tables), revision)
