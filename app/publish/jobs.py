"""jobs: what an act began is carried on step by step, by whichever process is alive, until it is finished.

One process at a time does steps (`Database.hold`); the others wait for its end or its death. Unfinished jobs
take turns, so a large release holds up a small one by a table's rendering at most.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable
from typing import Any

from app.errors import JobNotFound, UnfinishedJob
from app.model.actor import Action, Actor
from app.model.clock import Clock
from app.publish.release import advance_release
from app.storage.deletion import delete_queued, has_queued
from app.storage.entities import JobEntity, JobKind
from app.storage.installation import Installation
from app.storage.jobs import find_due_job, get_job, list_jobs
from app.storage.releases import MAX_NUMBER

JOBS_LOCK = "jobs"
"""Held by the process that does steps."""

_POLL_SECONDS = 2.0
_STOP_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 3600
_STEPS: dict[JobKind, Callable[[Installation, int, Clock], None]] = {JobKind.RELEASE: advance_release}
_log = logging.getLogger(__name__)


def run_due_jobs(installation: Installation, clock: Clock, stopping: threading.Event | None = None) -> None:
    """Do steps until no job is due or `stopping` is set; do nothing while another process is at it.

    Before that, delete blobs that a process which died, or a backup, left undeleted.
    """
    if has_queued(installation):
        delete_queued(installation)
    if _find_due(installation, clock) is None:
        return
    with installation.database.hold(JOBS_LOCK, wait=False) as is_ours:
        while is_ours and not (stopping and stopping.is_set()):
            job_id = _find_due(installation, clock)
            if job_id is None:
                return
            _try_step(installation, job_id, clock)


def finish_job(installation: Installation, job_id: int, clock: Clock) -> None:
    """Carry one job to its end, or wait until another process has.

    Raises JobNotFound; UnfinishedJob if a step fails, and then the job stays for later.
    """
    with installation.database.hold(JOBS_LOCK, wait=True):
        while not _get_job(installation, job_id).finished_at:
            if not _try_step(installation, job_id, clock):
                error = _get_job(installation, job_id).error
                raise UnfinishedJob(
                    f"ジョブ {job_id} の途中で失敗しました（{error}）。"
                    "shisaku serve が動いている間に、自動でやり直します。"
                )


class JobWorker:
    """A thread that does due jobs while this process serves."""

    def __init__(self, installation: Installation, clock: Clock) -> None:
        self._installation = installation
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the step at hand; one that takes long is broken off with the process, and done again."""
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                run_due_jobs(self._installation, self._clock, self._stopping)
            except Exception:  # noqa: BLE001  # the thread outlives a database that is away
                _log.exception("jobs cannot be looked up")
            self._stopping.wait(_POLL_SECONDS)


def list_visible_jobs(installation: Installation, actor: Actor, *, finished: bool) -> list[dict[str, Any]]:
    """Return unfinished jobs, or with `finished` all, about datasets for which the actor may do anything."""
    with installation.database.reading() as session:
        found = list_jobs(session, finished=finished, organizations=_reach(installation, actor))
    return [describe_job(*row) for row in found]


def get_visible_job(installation: Installation, actor: Actor, job_id: int) -> dict[str, Any]:
    """Return a job as JSON values; to those who may do nothing for its dataset it is not there.

    Raises JobNotFound.
    """
    with installation.database.reading() as session:
        found = (
            list_jobs(session, finished=True, organizations=_reach(installation, actor), job_id=job_id)
            if job_id <= MAX_NUMBER
            else []
        )
    if not found:
        raise JobNotFound(job_id)
    return describe_job(*found[0])


def _reach(installation: Installation, actor: Actor) -> list[str]:
    return [
        name
        for name in installation.catalog.organizations
        if any(actor.may(action, name) for action in Action)
    ]


def describe_job(job: JobEntity, number: int | None) -> dict[str, Any]:
    """Return a job as the terminal and the API show it; times in UTC, `failure` only while a step fails."""
    failure = {"attempts": job.attempts, "error": job.error, "retry_at": _stamp(job.due_at)}
    return {
        "id": job.id,
        "kind": job.kind,
        "dataset": job.dataset,
        "version": number,
        "actor": job.actor,
        "begun_at": _stamp(job.begun_at),
        "finished_at": _stamp(job.finished_at) if job.finished_at else None,
        "progress": {"done": job.done, "steps": job.steps},
        "failure": failure if job.attempts else None,
    }


def _try_step(installation: Installation, job_id: int, clock: Clock) -> bool:
    try:
        _STEPS[JobKind(_get_job(installation, job_id).kind)](installation, job_id, clock)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is kept and shown, and the step is tried again
        _log.exception("job %d failed", job_id)
        with installation.database.writing() as session:
            job = get_job(session, job_id)
            job.attempts += 1
            job.error = f"{type(error).__name__}: {error}"
            job.due_at = clock() + dt.timedelta(seconds=min(2**job.attempts, _LONGEST_PAUSE_SECONDS))
        return False
    return True


def _find_due(installation: Installation, clock: Clock) -> int | None:
    with installation.database.reading() as session:
        return find_due_job(session, clock())


def _get_job(installation: Installation, job_id: int) -> JobEntity:
    with installation.database.reading() as session:
        return get_job(session, job_id)


def _stamp(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
