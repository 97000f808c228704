"""Processes that approve and render are killed with SIGKILL from outside; what is left must be finished.

Between the real programs' starts lie seconds of imports, so most processes here are forks of this one; the
last test starts the programs themselves.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlmodel import select

from app.model.actor import at_the_terminal
from app.model.clock import system_clock
from app.publish.approve import approve_version
from app.publish.jobs import finish_job, run_due_jobs
from app.publish.release import edition_of
from app.publish.render import render_version
from app.publish.submit import submit_version
from app.settings import HOUSE, Settings
from app.storage.entities import EventEntity, State
from app.storage.installation import Installation, open_installation
from app.storage.jobs import list_jobs
from app.storage.journal import find_broken_event
from app.storage.versions import find_newest_version, list_renderings
from tests.conftest import BASE, PLAN, POSTGRESQL, STAFF, START, load_folder

ALICE = at_the_terminal("alice")
MOMENTS = int(os.environ.get("KILL_MOMENTS", "8"))


@dataclass(frozen=True)
class Ground:
    """A data folder and database with one submitted version, to be copied for each trial."""

    settings: Settings

    def copy(self, folder: Path) -> Settings:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.settings.data_dir, folder)
        url = self.settings.database_url
        if url:
            with psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True) as server:
                server.execute(f'DROP DATABASE IF EXISTS "{_name(url)}_trial" WITH (FORCE)')
                server.execute(f'CREATE DATABASE "{_name(url)}_trial" TEMPLATE "{_name(url)}"')
            url = f"{url}_trial"
        return self.settings.model_copy(update={"data_dir": folder, "database_url": url})


def _name(url: str) -> str:
    return url.rpartition("/")[2]


@pytest.fixture
def ground(settings: Settings, database_url: str) -> Iterator[Ground]:
    chosen = settings.model_copy(update={"database_url": database_url})
    opened = open_installation(chosen, served_at=BASE)
    load_folder(opened, HOUSE / "datasets" / PLAN)
    submit_version(opened, STAFF, PLAN, START)
    opened.close()
    yield Ground(chosen)
    if database_url:
        with psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{_name(database_url)}_trial" WITH (FORCE)')


def report(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def approve(settings: Settings) -> None:
    opened = open_installation(settings)
    finish_job(opened, approve_version(opened, ALICE, PLAN, system_clock()).job_id, system_clock)
    opened.close()


def resume(settings: Settings) -> None:
    opened = open_installation(settings)
    run_due_jobs(opened, system_clock)
    opened.close()


def start(work: Callable[[Settings], None], settings: Settings) -> int:
    process = os.fork()
    if process == 0:
        status = 1
        try:
            work(settings)
            status = 0
        finally:
            os._exit(status)
    return process


def has_ended(process: int) -> bool:
    return os.waitpid(process, os.WNOHANG)[0] != 0


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


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
    process = start(approve if left == State.SUBMITTED else resume, settings)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    check_finished(settings)
    return left


def test_killed_after_every_step(ground: Ground, tmp_path: Path) -> None:
    stops = []
    for stop in range(6):
        settings = ground.copy(tmp_path / "trial")
        process = start(approve, settings)
        watcher = open_installation(settings)
        while (done := steps_done(watcher)) < stop and not has_ended(process):
            pass
        kill(process)
        watcher.close()
        stops.append(done)
        assert finish(settings) == (State.APPROVING if done < 6 else State.APPROVED)
    report(f"killed after steps {stops}")
    assert stops[0] == 0


def test_killed_after_every_file(ground: Ground, tmp_path: Path) -> None:
    settings = ground.copy(tmp_path / "trial")
    first = count_blobs(settings)
    approve(settings)
    last = count_blobs(settings)
    left = []
    for stop in range(first + 1, last + 1, 1 if MOMENTS > 8 else 6):
        settings = ground.copy(tmp_path / "trial")
        process = start(approve, settings)
        while count_blobs(settings) < stop and not has_ended(process):
            pass
        kill(process)
        left.append(finish(settings))
    report(f"killed {len(left)} times between {first} and {last} files")
    assert State.APPROVING in left


def test_killed_at_random_moments_again_and_again(ground: Ground, tmp_path: Path) -> None:
    chance = random.Random(20260401)  # noqa: S311  # the same moments at every run
    approve(ground.copy(tmp_path / "trial"))  # so that forks find everything loaded
    settings = ground.copy(tmp_path / "trial")
    begun = time.monotonic()
    os.waitpid(start(approve, settings), 0)
    seconds = time.monotonic() - begun
    left: dict[str, int] = {}
    for _ in range(MOMENTS):
        settings = ground.copy(tmp_path / "trial")
        process = start(approve, settings)
        time.sleep(chance.uniform(0, seconds))
        kill(process)
        if check_after_death(settings) == State.APPROVING:
            process = start(resume, settings)
            time.sleep(chance.uniform(0, seconds / 2))
            kill(process)
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
