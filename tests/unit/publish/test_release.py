from __future__ import annotations

import datetime as dt

import pytest

from app.errors import ConflictError, UnfinishedJob
from app.publish.approve import approve_version, cancel_approval
from app.publish.jobs import describe_job, finish_job, run_due_jobs
from app.publish.release import advance_release
from app.publish.submit import submit_version
from app.serve.catalogue import Reader, list_names
from app.storage.installation import Installation
from app.storage.jobs import get_job, list_jobs
from app.storage.journal import find_broken_event
from app.storage.versions import drop_renderings, get_version, list_renderings
from tests.conftest import STAFF, START, PackageMaker, load_folder

NAME = "sample-plan"
LATER = START + dt.timedelta(minutes=5)


def begin(installation: Installation, make_package: PackageMaker, when: dt.datetime | None = None) -> int:
    load_folder(installation, make_package(NAME))
    submit_version(installation, STAFF, NAME, START)
    return approve_version(installation, STAFF, NAME, START, effective_at=when).job_id


def visible(installation: Installation, now: dt.datetime) -> list[str]:
    return list(list_names(Reader(installation, now)))


def test_an_approved_version_is_invisible_until_its_last_step(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    job_id = begin(either_installation, make_package)
    for done in range(4):
        with either_installation.database.reading() as session:
            assert (get_job(session, job_id).done, get_job(session, job_id).steps) == (done, 4)
        assert visible(either_installation, LATER) == []
        advance_release(either_installation, job_id, lambda: LATER)
    assert visible(either_installation, LATER) == [NAME]
    assert find_broken_event(either_installation.database) is None


def test_it_is_effective_from_the_moment_it_is_ready(
    installation: Installation, make_package: PackageMaker
) -> None:
    finish_job(installation, begin(installation, make_package), lambda: LATER)
    assert visible(installation, LATER - dt.timedelta(microseconds=1)) == []
    assert visible(installation, LATER) == [NAME]


def test_it_is_effective_from_the_wanted_time_if_that_is_later(
    installation: Installation, make_package: PackageMaker
) -> None:
    wanted = LATER + dt.timedelta(days=30)
    finish_job(installation, begin(installation, make_package, wanted), lambda: LATER)
    assert visible(installation, wanted - dt.timedelta(microseconds=1)) == []
    assert visible(installation, wanted) == [NAME]


def test_a_second_approval_waits_for_the_first(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    begin(either_installation, make_package)
    load_folder(either_installation, make_package(NAME, title="別の題名"))
    submit_version(either_installation, STAFF, NAME, LATER)
    with pytest.raises(ConflictError, match="先に承認"):
        approve_version(either_installation, STAFF, NAME, LATER)


def test_a_table_that_lost_a_format_is_rendered_again(
    installation: Installation, make_package: PackageMaker
) -> None:
    job_id = begin(installation, make_package)
    advance_release(installation, job_id, lambda: LATER)
    with installation.database.writing() as session:
        stored = get_version(session, NAME, 1)
        made = list_renderings(session, stored)
        drop_renderings(session, stored.version)
    advance_release(installation, job_id, lambda: LATER)
    with installation.database.reading() as session:
        again = list_renderings(session, stored)
        assert get_job(session, job_id).done == 1
    assert {(entry.format, entry.sha256) for entry in again} == {
        (entry.format, entry.sha256) for entry in made
    }


def test_a_failing_step_is_shown_and_tried_again_later(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    job_id = begin(either_installation, make_package)
    hidden = {path: path.read_bytes() for path in either_installation.folder.blobs.glob("*/*")}
    for path in hidden:
        path.unlink()
    with pytest.raises(UnfinishedJob, match="FileNotFoundError"):
        finish_job(either_installation, job_id, lambda: LATER)
    with either_installation.database.reading() as session:
        ((job, number),) = list_jobs(session)
    failure = describe_job(job, number)["failure"]
    assert (failure["attempts"], failure["retry_at"]) == (1, "2026-04-01T00:05:02Z")
    for path, content in hidden.items():
        path.write_bytes(content)
    run_due_jobs(either_installation, lambda: LATER)
    assert visible(either_installation, LATER) == []
    retry = LATER + dt.timedelta(seconds=2)
    run_due_jobs(either_installation, lambda: retry)
    assert visible(either_installation, retry) == [NAME]
    with either_installation.database.reading() as session:
        assert list_jobs(session) == []
        ((job, number),) = list_jobs(session, finished=True)
    assert describe_job(job, number) == {
        "id": 1,
        "kind": "release",
        "dataset": NAME,
        "version": 1,
        "actor": "staff",
        "begun_at": "2026-04-01T00:00:00Z",
        "finished_at": "2026-04-01T00:05:02Z",
        "progress": {"done": 4, "steps": 4},
        "failure": None,
    }


def test_jobs_take_turns(installation: Installation, make_package: PackageMaker) -> None:
    for name in ("first-plan", "second-plan"):
        load_folder(installation, make_package(name))
        submit_version(installation, STAFF, name, START)
        approve_version(installation, STAFF, name, START)
    ticks = iter(START + dt.timedelta(seconds=tick) for tick in range(100))
    seen = set()

    def clock() -> dt.datetime:
        with installation.database.reading() as session:
            seen.add(tuple(job.done for job, _ in list_jobs(session, finished=True)))
        return next(ticks)

    run_due_jobs(installation, clock)
    assert all(abs(newer - older) <= 1 for newer, older in seen)
    assert visible(installation, LATER) == ["first-plan", "second-plan"]


def test_nothing_is_done_while_another_holds_the_lock(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    job_id = begin(either_installation, make_package)
    with either_installation.database.hold("jobs", wait=False) as is_ours:
        assert is_ours
        run_due_jobs(either_installation, lambda: LATER)
        with either_installation.database.reading() as session:
            assert get_job(session, job_id).done == 0
    run_due_jobs(either_installation, lambda: LATER)
    assert visible(either_installation, LATER) == [NAME]


def test_a_cancelled_approval_does_nothing_more(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    first = begin(either_installation, make_package)
    advance_release(either_installation, first, lambda: LATER)
    cancel_approval(either_installation, STAFF, NAME, 1, LATER)
    with either_installation.database.reading() as session:
        assert list_jobs(session) == []
    submit_version(either_installation, STAFF, NAME, LATER)
    second = approve_version(either_installation, STAFF, NAME, LATER).job_id
    advance_release(either_installation, first, lambda: LATER)
    with either_installation.database.reading() as session:
        assert get_job(session, second).done == 0
        assert list_renderings(session, get_version(session, NAME, 1)) == []
    finish_job(either_installation, second, lambda: LATER)
    assert visible(either_installation, LATER) == [NAME]
    assert find_broken_event(either_installation.database) is None
