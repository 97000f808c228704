"""restore: an older version becomes the effective one again, as a new version with the same tables."""

from __future__ import annotations

import datetime as dt

from app.errors import ConflictError
from app.model.actor import Action, Actor
from app.model.record import Record
from app.people.permission import require, require_other
from app.publish.approve import Approved, approve_version
from app.storage.deletion import require_blobs
from app.storage.entities import State, VersionEntity, VersionTableEntity
from app.storage.installation import Installation
from app.storage.journal import append_event
from app.storage.versions import StoredVersion, add_record, find_numbered, is_approving


def restore_version(
    installation: Installation, actor: Actor, name: str, number: int, now: dt.datetime
) -> Approved:
    """Release a dataset's older version once more, under the next number.

    Raises ConflictError if there is no such version or it was withdrawn, NotAllowedError.
    """
    with installation.database.writing() as session:
        stored = find_numbered(session, name, number)
        if stored is None or stored.version.state != State.APPROVED or stored.revision is None:
            raise ConflictError(f"「{name}」には公開しなおせる第{number}版がありません。")
        require(actor, Action.APPROVE, stored.dataset.organization, installation.catalog)
        makers = {stored.version.created_by}
        require_other(actor, makers, own_approval=installation.settings.own_approval)
        if is_approving(session, stored.dataset):
            raise ConflictError("ほかの版の公開を準備しています。終わってから、もう一度行ってください。")
        require_blobs(installation, [table.sha256 for table in stored.tables])
        version = _copy_version(stored, now)
        session.add(version)
        session.flush()
        if version.id is None:
            raise ValueError("the database gave the version no key")
        for table in stored.tables:
            copied = table.model_dump(exclude={"version_id"})
            session.add(VersionTableEntity(version_id=version.id, **copied))
        record = Record.model_validate_json(stored.revision.body)
        still_listed = record.model_copy(update={"retire_at": None, "notice": ""})
        add_record(session, stored.dataset, version.id, still_listed, actor, now)
        append_event(
            session,
            at=now,
            actor=actor,
            action="version:restore",
            dataset=name,
            version_id=version.id,
            details={"from": number},
        )
    return approve_version(installation, actor, name, now)


def _copy_version(stored: StoredVersion, now: dt.datetime) -> VersionEntity:
    return VersionEntity(
        dataset_id=stored.dataset.id,
        state=State.SUBMITTED,
        created_at=now,
        created_by=stored.version.created_by,
        submitted_at=now,
        upload_sha256=stored.version.upload_sha256,
        upload_name=stored.version.upload_name,
        upload_size=stored.version.upload_size,
        report=stored.version.report,
    )
