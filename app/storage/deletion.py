"""Blobs that must go: queued in the commit that withdraws them, deleted when nothing else refers to them."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.errors import ConflictError
from app.storage.entities import (
    BlobDeletionEntity,
    RenderingEntity,
    State,
    VersionEntity,
    VersionTableEntity,
)
from app.storage.installation import Installation

KEEPING_LOCK = "blobs"
"""Held while all blobs must stay that some moment's database names."""


def queue_version(session: Session, version: VersionEntity) -> None:
    """Queue every blob of a version in the writer's transaction."""
    tables = session.exec(
        select(VersionTableEntity.sha256).where(VersionTableEntity.version_id == version.id)
    )
    _queue(session, {version.upload_sha256, *tables})
    queue_renderings(session, version)


def queue_renderings(session: Session, version: VersionEntity) -> None:
    """Queue the renderings of a version in the writer's transaction."""
    _queue(
        session, session.exec(select(RenderingEntity.sha256).where(RenderingEntity.version_id == version.id))
    )


def _queue(session: Session, hashes: Iterable[str]) -> None:
    for sha256 in sorted(set(hashes)):
        session.merge(BlobDeletionEntity(sha256=sha256))


def has_queued(installation: Installation) -> bool:
    """Tell whether blobs wait for their deletion."""
    with installation.database.reading() as session:
        return session.exec(select(BlobDeletionEntity).limit(1)).first() is not None


def delete_queued(installation: Installation) -> int:
    """Delete the queued blobs that no living version has; return how many went.

    It works under the writer's lock, so that no commit can begin to refer to a blob that is going. While a
    backup is made they stay in the queue, for `shisaku serve` to delete afterwards.
    """
    deleted, database = 0, installation.database
    with database.writing() as session, database.hold(KEEPING_LOCK, wait=False) as may_delete:
        for queued in session.exec(select(BlobDeletionEntity)).all() if may_delete else ():
            if not _is_needed(session, queued.sha256):
                deleted += installation.blobs.delete(queued.sha256)
            session.delete(queued)
    return deleted


def require_blobs(installation: Installation, hashes: Iterable[str]) -> None:
    """Raise ConflictError if one of these blobs is gone; called under the writer's lock before a commit."""
    if any(installation.blobs.find(sha256) is None for sha256 in hashes):
        raise ConflictError("同じ内容のファイルがちょうど取り下げられました。もう一度、送ってください。")


def _is_needed(session: Session, sha256: str) -> bool:
    living = col(VersionEntity.state) != State.WITHDRAWN
    statements = [
        sa.select(col(VersionEntity.id)).where(col(VersionEntity.upload_sha256) == sha256, living),
        *(
            sa.select(col(VersionEntity.id))
            .join(entity, col(entity.version_id) == VersionEntity.id)
            .where(col(entity.sha256) == sha256, living)
            for entity in (VersionTableEntity, RenderingEntity)
        ),
    ]
    return any(session.execute(statement.limit(1)).first() is not None for statement in statements)
