"""Record revisions: metadata change by an act, without a new version; retiring is such a change."""

from __future__ import annotations

import datetime as dt

from app.checks.metadata import check_record
from app.errors import ConflictError, DatasetNotFound, RequestError
from app.model.actor import Action, Actor
from app.model.record import Record
from app.people.permission import require
from app.publish.render import Edition, render_version
from app.publish.search import make_search_entry
from app.storage.deletion import require_blobs
from app.storage.installation import Installation
from app.storage.journal import append_event
from app.storage.releases import find_release
from app.storage.search import keep_search_entry
from app.storage.versions import StoredVersion, add_record, find_numbered, key_of, replace_renderings

FIXED = {"tables", "publisher", "retire_at", "notice"}
"""Fields of the record that an edit cannot change."""


def edit_record(
    installation: Installation, actor: Actor, name: str, record: Record, now: dt.datetime
) -> bool:
    """Give a dataset's effective version a new record, effective now; return whether it changed anything.

    Raises DatasetNotFound if nothing is effective, NotAllowedError, RequestError if a field of `FIXED`
    differs, ConflictError if someone else was faster.
    """
    stored, current = _find_effective(installation, name, now)
    require(actor, Action.APPROVE, stored.dataset.organization, installation.catalog)
    if record.model_dump(include=FIXED) != current.model_dump(include=FIXED):
        raise RequestError("record", "表の構成、公開者、公開終了は、記録の編集では変えられません。")
    if record == current:
        return False
    for fault in check_record(record, installation.catalog):
        raise RequestError(fault.property, f"{fault.why}{fault.mend}")
    _revise(installation, actor, stored, record, "record:edit", now)
    return True


def retire_dataset(
    installation: Installation, actor: Actor, name: str, notice: str, now: dt.datetime
) -> dt.datetime:
    """Announce the end of a dataset; return when it will no longer be listed. Its files stay.

    Raises DatasetNotFound, NotAllowedError, RequestError without a notice, ConflictError if it is announced.
    """
    stored, current = _find_effective(installation, name, now)
    require(actor, Action.RETIRE, stored.dataset.organization, installation.catalog)
    if not notice.strip():
        raise RequestError("notice", "公開を終了することと、その理由を知らせる文を書いてください。")
    if current.retire_at is not None:
        raise ConflictError(f"「{name}」の公開終了は、もう知らせています。")
    retire_at = now + dt.timedelta(days=installation.settings.retire_notice_days)
    record = current.model_copy(update={"retire_at": retire_at, "notice": notice.strip()})
    _revise(installation, actor, stored, record, "dataset:retire", now)
    return retire_at


def _find_effective(installation: Installation, name: str, now: dt.datetime) -> tuple[StoredVersion, Record]:
    with installation.database.reading() as session:
        release = find_release(session, name, now)
        stored = None if release is None else find_numbered(session, release.name, release.number)
    if release is None or stored is None:
        raise DatasetNotFound(name)
    return stored, release.record


def _revise(
    installation: Installation,
    actor: Actor,
    stored: StoredVersion,
    record: Record,
    action: str,
    now: dt.datetime,
) -> None:
    version, before = stored.version, stored.revision
    if version.number is None or version.effective_at is None or before is None:
        raise ValueError(f"version {stored.version_id} is effective and incomplete")
    # metadata_modified must grow, also where two acts share a moment or a clock was set back.
    last = max(version.effective_at, before.effective_at or version.effective_at)
    effective_at = max(now, last + dt.timedelta(microseconds=1))
    edition = Edition(stored, record, version.number, version.effective_at, modified=effective_at)
    renderings = render_version(installation, edition)
    found_by = make_search_entry(installation, stored, record, renderings)
    with installation.database.writing() as session:
        fresh = find_numbered(session, stored.dataset.name, version.number)
        if (
            fresh is None
            or fresh.version.state != version.state
            or fresh.revision is None
            or fresh.revision.number != before.number
        ):
            raise ConflictError("ほかの人が先に変更しました。いまの内容を確かめてください。")
        require_blobs(installation, [entry.sha256 for entry in renderings])
        revision = add_record(session, stored.dataset, stored.version_id, record, actor, now)
        revision.effective_at = effective_at
        replace_renderings(session, stored.version_id, revision, renderings)
        keep_search_entry(session, key_of(revision), found_by)
        append_event(
            session,
            at=now,
            actor=actor,
            action=action,
            dataset=stored.dataset.name,
            version_id=stored.version_id,
            details={"record": revision.number},
        )
