"""withdraw: a version that does harm goes at once, bytes and all; a tombstone says why."""

from __future__ import annotations

import datetime as dt

from app.errors import ConflictError, RequestError
from app.model.actor import Action, Actor
from app.people.permission import require
from app.storage.deletion import delete_queued, queue_version
from app.storage.entities import State
from app.storage.installation import Installation
from app.storage.journal import append_event
from app.storage.search import drop_search_entries_of
from app.storage.versions import find_numbered


def withdraw_version(
    installation: Installation, actor: Actor, name: str, number: int, reason: str, now: dt.datetime
) -> None:
    """Withdraw a version that is or was effective: 410 at all its addresses, its bytes deleted.

    Bytes that another living version has stay. If it was the effective one, the dataset has none until an
    approver releases another. Raises ConflictError if there is no such version, NotAllowedError,
    RequestError without a reason.
    """
    if not reason.strip():
        raise RequestError("reason", "取り下げる理由を書いてください。アドレスを開いた人に示します。")
    with installation.database.writing() as session:
        stored = find_numbered(session, name, number)
        if stored is None or stored.version.state != State.APPROVED:
            raise ConflictError(f"「{name}」には取り下げられる第{number}版がありません。")
        require(actor, Action.WITHDRAW, stored.dataset.organization, installation.catalog)
        if stored.version.effective_at is None or stored.version.effective_at > now:
            raise ConflictError("公開前の版です。承認の取消しを行ってください。")
        stored.version.state = State.WITHDRAWN
        stored.version.comment = reason.strip()
        queue_version(session, stored.version)
        drop_search_entries_of(session, stored.version)
        append_event(
            session,
            at=now,
            actor=actor,
            action="version:withdraw",
            dataset=name,
            version_id=stored.version_id,
            details={"number": number, "reason": reason.strip()},
        )
    delete_queued(installation)
    installation.unions.clear()
