"""approve: a submitted version is numbered, and the job that makes it effective is begun."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.errors import ConflictError, RequestError
from app.model.actor import Action, Actor
from app.people.permission import require, require_other
from app.publish.stored import get_newest_in
from app.publish.submit import check_releasable
from app.storage.deletion import delete_queued, queue_renderings
from app.storage.entities import JobKind, State
from app.storage.installation import Installation
from app.storage.jobs import add_job, close_jobs
from app.storage.journal import append_event
from app.storage.versions import drop_renderings, find_numbered, get_version, is_approving, next_number


@dataclass(frozen=True, slots=True)
class Approved:
    """What an approval led to: that job makes the version of that number effective.

    `effective_at` is the wanted time; if the renderings take longer, it is the time when they are there.
    """

    name: str
    number: int
    effective_at: dt.datetime
    job_id: int


def approve_version(
    installation: Installation,
    actor: Actor,
    name: str,
    now: dt.datetime,
    *,
    effective_at: dt.datetime | None = None,
) -> Approved:
    """Approve a dataset's newest submitted version, to be effective once it is rendered, or at a later time.

    The act and its job are one commit: from then on nobody's help is needed (publish/jobs.py). Raises
    DatasetNotFound; NotAllowedError; RequestError if the time has passed; ConflictError if nothing is
    submitted, if its report or record stops it, or if someone else was faster.
    """
    submitted = get_newest_in(installation, name, "承認待ちの版", State.SUBMITTED)
    require(actor, Action.APPROVE, submitted.dataset.organization, installation.catalog)
    makers = {submitted.version.created_by, submitted.version.submitted_by or ""}
    require_other(actor, makers, own_approval=installation.settings.own_approval)
    if effective_at is not None and effective_at < now:
        raise RequestError("effective_at", "公開の日時には、これからの日時を指定してください。")
    check_releasable(submitted)
    wanted = effective_at or now
    with installation.database.writing() as session:
        stored = get_version(session, name, submitted.version_id)
        if stored.version.state != State.SUBMITTED or is_approving(session, stored.dataset):
            raise ConflictError("ほかの人が先に承認しました。いまの状態を確かめてください。")
        version, number = stored.version, next_number(session, stored.dataset)
        version.state, version.number = State.APPROVING, number
        version.approved_at, version.approved_by = now, actor.name
        version.effective_at = wanted
        drop_renderings(session, version)
        job_id = add_job(
            session,
            JobKind.RELEASE,
            dataset=name,
            version_id=stored.version_id,
            actor=actor,
            steps=len(stored.tables) + 1,
            now=now,
        )
        append_event(
            session,
            at=now,
            actor=actor,
            action="version:approve",
            dataset=name,
            version_id=stored.version_id,
            details={"number": number, "effective_at": wanted.isoformat()},
        )
    return Approved(name, number, wanted, job_id)


def cancel_approval(
    installation: Installation, actor: Actor, name: str, number: int, now: dt.datetime
) -> None:
    """Take back an approval that has not come true yet: the version is a draft again and loses its number.

    Raises ConflictError if the version is not waiting for its time, NotAllowedError.
    """
    with installation.database.writing() as session:
        stored = find_numbered(session, name, number)
        if stored is None or stored.version.effective_at is None or stored.revision is None:
            raise ConflictError(f"「{name}」には公開を待つ第{number}版がありません。")
        require(actor, Action.APPROVE, stored.dataset.organization, installation.catalog)
        version = stored.version
        is_waiting = version.state == State.APPROVED and stored.version.effective_at > now
        if version.state != State.APPROVING and not is_waiting:
            raise ConflictError("この版はもう公開されているため、承認を取り消せません。")
        version.state = State.DRAFT
        version.number = version.approved_at = version.approved_by = version.effective_at = None
        stored.revision.effective_at = None
        queue_renderings(session, version)
        drop_renderings(session, version)
        close_jobs(session, stored.version_id, now)
        append_event(
            session,
            at=now,
            actor=actor,
            action="version:cancel",
            dataset=name,
            version_id=stored.version_id,
            details={"number": number},
        )
    delete_queued(installation)
