"""The journal: append-only events, each chained to the one before it by SHA-256."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from sqlmodel import Session, col, select

from app.model.actor import Actor
from app.storage.database import Database
from app.storage.entities import EventEntity


def append_event(
    session: Session,
    *,
    at: dt.datetime,
    actor: Actor,
    action: str,
    dataset: str,
    version_id: int | None,
    details: dict[str, Any],
) -> None:
    """Add an event to the writer's transaction.

    `action` is subject:deed, such as `version:approve`; `details` are JSON values.
    """
    last = session.exec(select(EventEntity).order_by(col(EventEntity.seq).desc()).limit(1)).first()
    event = EventEntity(
        at=at,
        actor=actor.name,
        action=action,
        dataset=dataset,
        version_id=version_id,
        details=json.dumps(details, ensure_ascii=False, sort_keys=True),
        previous=last.hash if last else "",
        hash="",
    )
    event.hash = hash_event(event)
    session.add(event)
    session.flush()


def hash_event(event: EventEntity) -> str:
    """Return the SHA-256 that the event must carry."""
    at = event.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    parts = [event.previous, at, event.actor, event.action, event.dataset, event.version_id, event.details]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def find_broken_event(database: Database) -> int | None:
    """Return the `seq` of the first event whose chain or hash is wrong, or None if all are right."""
    previous = ""
    with database.reading() as session:
        for event in session.exec(select(EventEntity).order_by(col(EventEntity.seq))):
            if event.previous != previous or event.hash != hash_event(event):
                return event.seq
            previous = event.hash
    return None
