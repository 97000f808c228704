"""Processes that approve and render are killed with SIGKILL from outside; what is left must be finished.

Most are forks (trials.py); the last test starts the programs themselves.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from app.publish.release import edition_of
from app.publish.render import render_version
from app.publish.submit import submit_version
from app.settings import HOUSE, Settings
from app.storage.entities import EventEntity, State
from app.storage.installation import Installation, open_installation
from app.storage.jobs import list_jobs
from app.storage.journal import find_broken_event
from app.storage.versions import find_newest_version, list_renderings
from tests.conftest import BASE, PLAN, STAFF, START, load_folder
from tests.journeys.trials import (
    MOMENTS,
    Ground,
    approve,
    kill,
    kill_at_random,
    ready,
    report,
    resume,
    run_to_end,
    start,
)


@pytest.fixture
def ground(settings: Settings, database_url: str) -> Iterator[Ground]:
    chosen = settings.model_copy(update={"database_url": database_url})
    opened = open_installation(chosen, served_at=BASE)
    load_folder(opened, HOUSE / "datasets" / PLAN)
    submit_version(opened, STAFF, PLAN, START)
    opened.close()
    with ready(chosen) as copied:
        yield copied


def count_blobs(settings: Settings) -> int:
    return sum(1 for _ in (settings.data_dir / "blobs").glob("*/*"))


def steps_done(opened: Installation) -> int:
    """Return how far the job is; -1 before there is one."""
    with opened.database.reading() as session:
        jobs = list_jobs(session, finished=True)
    return jobs[0][0].done if jobs else -1


def check_after_death(settings: Settings) -> str:
    """Check that a dead process left a submitted version, a begun job or an effective one; say which."""
    opened = open_installation(settings)
    with opened.database.reading() as session:
        found = find_newest_version(session, PLAN)
        assert found is not None
        jobs = list_jobs(session, finished=True)
        made = list_renderings(session, found)
    match found.version.state:
        case State.SUBMITTED:
            assert (jobs, made, found.version.approved_by) == ([], [], None)
        case State.APPROVING:
            assert [job.finished_at for job, _ in jobs] == [None]
        case State.APPROVED:
            assert jobs[0][0].finished_at is not None
    assert find_broken_event(opened.database) is None
    opened.close()
    return found.version.state


def check_finished(settings: Settings) -> None:
    """Check that the version is effective, by its approver's act, with every rendering's bytes on disk."""
    opened = open_installation(settings)
    with opened.database.reading() as session:
        found = find_newest_version(session, PLAN)
        assert found is not None
        made = list_renderings(session, found)
        acts = [(event.action, event.actor) for event in session.exec(select(EventEntity))]
        assert list_jobs(session) == []
    assert found.version.state == State.APPROVED
    wanted = render_version(opened, edition_of(found))
    assert sorted((e.table_name, e.format, e.sha256) for e in made) == sorted(
        (e.table_name, e.format, e.sha256) for e in wanted
    )
    for entry in made:
        with opened.blobs.open(entry.sha256) as file:
            assert hashlib.sha256(file.read()).hexdigest() == entry.sha256
    assert acts[2:] == [("version:approve", "alice"), ("version:release", "alice")]
    assert find_broken_event(opened.database) is None
    opened.close()


def finish(settings: Settings) -> str:
    """Restart after a death, approving again only if the act was not recorded; return what was left."""
    left = check_after_death(settings)
    if left == State.SUBMITTED:
        run_to_end(approve, settings, PLAN)
    else:
        run_to_end(resume, settings)
    check_finished(settings)
    return left


def test_killed_after_every_step(ground: Ground, tmp_path: Path) -> None:
    stops, left = [], []
    for stop in range(6):
        settings = ground.copy(tmp_path / "trial")
        process = start(approve, settings, PLAN)
        watcher = open_installation(settings)
        while (done := steps_done(watcher)) < stop and process.is_alive():
            pass
        kill(process)
        watcher.close()
        stops.append(done)
        left.append(finish(settings))  # effective too, if it came further between the look and the kill
    report(f"killed after steps {stops}, which left {left}")
    assert stops[0] == 0
    assert State.APPROVING in left


def test_killed_after_every_file(ground: Ground, tmp_path: Path) -> None:
    settings = ground.copy(tmp_path / "trial")
    first = count_blobs(settings)
    approve(settings, PLAN)
    last = count_blobs(settings)
    left = []
    for stop in range(first + 1, last + 1, 1 if MOMENTS > 8 else 6):
        settings = ground.copy(tmp_path / "trial")
        process = start(approve, settings, PLAN)
        while count_blobs(settings) < stop and process.is_alive():
            pass
        kill(process)
        left.append(finish(settings))
    report(f"killed {len(left)} times between {first} and {last} files")
    assert State.APPROVING in left


def test_killed_at_random_moments_again_and_again(ground: Ground, tmp_path: Path) -> None:
    chance = random.Random(20260401)  # noqa: S311  # the same moments at every run
    run_to_end(approve, ground.copy(tmp_path / "trial"), PLAN)  # so that the server of forks is there
    seconds = run_to_end(approve, ground.copy(tmp_path / "trial"), PLAN)
    left: dict[str, int] = {}
    for _ in range(MOMENTS):
        settings = ground.copy(tmp_path / "trial")
        kill_at_random(approve, settings, PLAN, seconds=seconds, chance=chance)
        if check_after_death(settings) == State.APPROVING:
            kill_at_random(resume, settings, seconds=seconds / 2, chance=chance)
        state = finish(settings)
        left[state] = left.get(state, 0) + 1
    report(f"killed at {MOMENTS} random moments of {seconds:.2f} s, which left {left}")
    assert sum(left.values()) == MOMENTS


def run_shisaku(settings: Settings, *words: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "SHISAKU_DATA_DIR": str(settings.data_dir),
        "SHISAKU_DATABASE_URL": settings.database_url,
        "SHISAKU_BUNDLED": "no",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "app", *words], cwd=HOUSE, env=environment, stdout=subprocess.PIPE
    )


def test_the_server_finishes_what_a_killed_command_began(ground: Ground, tmp_path: Path) -> None:
    settings = ground.copy(tmp_path / "trial")
    command = run_shisaku(settings, "approve", PLAN, "--as", "alice")
    watcher = open_installation(settings)
    while steps_done(watcher) < 1:
        assert command.poll() is None
    command.kill()
    command.communicate()
    listed, _ = run_shisaku(settings, "jobs", "--json").communicate()
    assert json.loads(listed)[0]["progress"]["done"] < 6
    server = run_shisaku(settings, "serve", "--port", "18973")
    while steps_done(watcher) < 6:
        assert server.poll() is None
    server.terminate()
    server.communicate()
    watcher.close()
    check_finished(settings)
