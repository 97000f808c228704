"""release: an approved version becomes effective, one step at a time.

Each step looks what is missing and makes it, so a step may be broken off anywhere and done again, by another
process or by a later release of this program with more formats.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from app.model.actor import Actor
from app.model.clock import Clock
from app.model.record import Record
from app.publish.render import Edition, Renderer
from app.publish.search import make_search_entry
from app.storage.deletion import require_blobs
from app.storage.entities import JobEntity, RecordRevisionEntity, RenderingEntity, State, VersionTableEntity
from app.storage.installation import Installation
from app.storage.jobs import get_job
from app.storage.journal import append_event
from app.storage.search import keep_search_entry
from app.storage.versions import (
    StoredVersion,
    find_last_change,
    get_version,
    keep_renderings,
    key_of,
    list_renderings,
)


def advance_release(installation: Installation, job_id: int, clock: Clock) -> None:
    """Do a job's next step: render a table that lacks a format, or else the dataset; then it is effective.

    Nothing is done for a job that is finished or was closed. Raises JobNotFound; ConflictError if a blob was
    withdrawn with another version meanwhile (then the step must be done again).
    """
    with installation.database.reading() as session:
        job = get_job(session, job_id)
        if job.finished_at:
            return
        stored = get_version(session, job.dataset, job.version_id)
        made = list_renderings(session, stored)
    with installation.folder.scratch() as scratch:
        renderer = Renderer(installation, edition_of(stored), scratch)
        missing = [table for table in stored.tables if _lacks(renderer, table, made)]
        step = renderer.render_table(missing[0]) if missing else renderer.render_dataset()
        found_by = (
            None if missing else make_search_entry(installation, stored, record_of(stored), [*made, *step])
        )
        with installation.database.writing() as session:
            job, now = get_job(session, job_id), clock()
            if job.finished_at:
                return
            stored = get_version(session, job.dataset, job.version_id)
            _note_progress(job, job.steps - len(missing), now)
            if not missing:
                wanted = max(stored.version.effective_at or now, now)
                last = find_last_change(session, stored.dataset, wanted)
                effective_at = _make_effective(stored, wanted, last)
                # The record states this time, so it is written last, while no other act can come between.
                step.append(renderer.render_record([*made, *step], effective_at, effective_at))
                append_event(
                    session,
                    at=now,
                    actor=Actor(job.actor),
                    action="version:release",
                    dataset=job.dataset,
                    version_id=job.version_id,
                    details={"number": stored.version.number, "effective_at": effective_at.isoformat()},
                )
            require_blobs(installation, [entry.sha256 for entry in step])
            keep_renderings(session, _revision_of(stored), step)
            if found_by:
                keep_search_entry(session, key_of(_revision_of(stored)), found_by)


def edition_of(stored: StoredVersion) -> Edition:
    """Return what a version's first renderings are made of; raises ValueError if nobody approved it."""
    number, wanted = stored.version.number, stored.version.effective_at
    if number is None or wanted is None:
        raise ValueError(f"version {stored.version_id} of {stored.dataset.name} is not approved")
    return Edition(stored, record_of(stored), number, effective_at=wanted, modified=wanted)


def record_of(stored: StoredVersion) -> Record:
    """Return a version's newest record; raises ValueError if its metadata have faults."""
    return Record.model_validate_json(_revision_of(stored).body)


def _revision_of(stored: StoredVersion) -> RecordRevisionEntity:
    if stored.revision is None:
        raise ValueError(f"version {stored.version_id} of {stored.dataset.name} has no record")
    return stored.revision


def _lacks(renderer: Renderer, table: VersionTableEntity, made: Sequence[RenderingEntity]) -> bool:
    wanted = {(format_.suffix, format_.renderer) for format_ in renderer.formats(table)}
    return not wanted <= {(entry.format, entry.renderer) for entry in made if entry.table_name == table.name}


def _note_progress(job: JobEntity, done: int, now: dt.datetime) -> None:
    job.done, job.attempts, job.error, job.due_at = done, 0, "", now
    if done == job.steps:
        job.finished_at = now


def _make_effective(stored: StoredVersion, wanted: dt.datetime, last: dt.datetime | None) -> dt.datetime:
    """Let the version be effective from the wanted time, but only after the change before, `last`.

    `metadata_modified` must grow with every change, whatever the clock says.
    """
    effective_at = max(wanted, last + dt.timedelta(microseconds=1)) if last else wanted
    stored.version.state = State.APPROVED
    stored.version.effective_at = _revision_of(stored).effective_at = effective_at
    return effective_at
