"""Jobs in the database: begun in the commit of the act that wants them, listed, and found when due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.errors import JobNotFound
from app.model.actor import Actor
from app.storage.entities import DatasetEntity, JobEntity, JobKind, VersionEntity


def add_job(
    session: Session,
    kind: JobKind,
    *,
    dataset: str,
    version_id: int,
    actor: Actor,
    steps: int,
    now: dt.datetime,
) -> int:
    """Begin a job in the writer's transaction and return its number; it is due at once."""
    job = JobEntity(
        kind=kind,
        dataset=dataset,
        version_id=version_id,
        actor=actor.name,
        steps=steps,
        begun_at=now,
        due_at=now,
    )
    session.add(job)
    session.flush()
    return job.id or 0


def get_job(session: Session, job_id: int) -> JobEntity:
    """Return a job by its number; raises JobNotFound."""
    job = session.get(JobEntity, job_id)
    if job is None:
        raise JobNotFound(job_id)
    return job


def find_due_job(session: Session, now: dt.datetime) -> int | None:
    """Return the number of the job that has waited longest for its next step, or None if none is due."""
    statement = (
        select(JobEntity.id)
        .where(col(JobEntity.finished_at).is_(None), col(JobEntity.due_at) <= now)
        .order_by(col(JobEntity.due_at), col(JobEntity.id))
        .limit(1)
    )
    return session.exec(statement).first()


def close_jobs(session: Session, version_id: int, now: dt.datetime) -> None:
    """Finish the jobs of a version as they are: the act that wanted them was taken back."""
    session.execute(
        sa.update(JobEntity)
        .where(col(JobEntity.version_id) == version_id, col(JobEntity.finished_at).is_(None))
        .values(finished_at=now)
    )


def list_jobs(
    session: Session,
    *,
    finished: bool = False,
    organizations: Sequence[str] | None = None,
    job_id: int | None = None,
    limit: int = 100,
) -> list[tuple[JobEntity, int | None]]:
    """Return unfinished jobs, or with `finished` all, newest first, each with its version's number.

    With `organizations` only those about their datasets, with `job_id` only that one.
    """
    conditions: list[sa.ColumnElement[bool]] = [
        sa.true() if finished else col(JobEntity.finished_at).is_(None)
    ]
    if organizations is not None:
        conditions.append(col(DatasetEntity.organization).in_(organizations))
    if job_id is not None:
        conditions.append(col(JobEntity.id) == job_id)
    statement = (
        select(JobEntity, VersionEntity.number)
        .join(VersionEntity, col(VersionEntity.id) == JobEntity.version_id)
        .join(DatasetEntity, col(DatasetEntity.id) == VersionEntity.dataset_id)
        .where(*conditions)
        .order_by(col(JobEntity.id).desc())
        .limit(limit)
    )
    return list(session.exec(statement))
