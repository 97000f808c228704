"""submit: a draft is sent to the approver, or sent back to its maker with a comment."""

from __future__ import annotations

import datetime as dt
import json

from app.errors import ConflictError, RequestError
from app.model.actor import Action, Actor
from app.model.report import Report
from app.people.permission import require
from app.publish.stored import get_newest_in
from app.storage.entities import State
from app.storage.installation import Installation
from app.storage.journal import append_event
from app.storage.versions import StoredVersion, get_version


def submit_version(installation: Installation, actor: Actor, name: str, now: dt.datetime) -> int:
    """Send a dataset's newest draft to the approver; return its key.

    Raises DatasetNotFound, NotAllowedError, ConflictError if there is no draft or its report or record
    stops it.
    """
    draft = get_newest_in(installation, name, "下書き", State.DRAFT)
    require(actor, Action.SUBMIT, draft.dataset.organization, installation.catalog)
    check_releasable(draft)
    with installation.database.writing() as session:
        version = get_version(session, name, draft.version_id).version
        if version.state != State.DRAFT:
            raise ConflictError("この下書きは、もう送られています。")
        version.state = State.SUBMITTED
        version.submitted_at = now
        version.submitted_by = actor.name
        append_event(
            session,
            at=now,
            actor=actor,
            action="version:submit",
            dataset=name,
            version_id=draft.version_id,
            details={},
        )
    return draft.version_id


def send_back_version(
    installation: Installation, actor: Actor, name: str, comment: str, now: dt.datetime
) -> int:
    """Make a dataset's newest submitted version a draft again, with a comment for its maker; return its key.

    Raises DatasetNotFound, NotAllowedError, ConflictError, or RequestError without a comment.
    """
    submitted = get_newest_in(installation, name, "承認待ちの版", State.SUBMITTED)
    require(actor, Action.APPROVE, submitted.dataset.organization, installation.catalog)
    if not comment.strip():
        raise RequestError("comment", "差し戻す理由を書いてください。")
    with installation.database.writing() as session:
        version = get_version(session, name, submitted.version_id).version
        if version.state != State.SUBMITTED:
            raise ConflictError("この版は、もう承認待ちではありません。")
        version.state = State.DRAFT
        version.comment = comment.strip()
        append_event(
            session,
            at=now,
            actor=actor,
            action="version:send-back",
            dataset=name,
            version_id=submitted.version_id,
            details={"comment": comment.strip()},
        )
    return submitted.version_id


def check_releasable(version: StoredVersion) -> None:
    """Raise ConflictError if a version's report or missing record stops its release."""
    name = version.dataset.name
    report = Report.from_json(json.loads(version.version.report))
    if report.is_blocked:
        raise ConflictError(
            f"「{name}」の下書きには重大な指摘が残っているため、公開できません。直したファイルを送ってください。"
        )
    if version.revision is None:
        raise ConflictError(
            f"「{name}」の下書きには説明（題名、問い合わせ先など）がないため、公開できません。"
            "datapackage.json を付けて送ってください。"
        )
