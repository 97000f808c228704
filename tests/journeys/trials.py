"""Trials by death: a real process does one act and is killed with SIGKILL; what it leaves is examined.

Between a program's start and its work lie seconds of imports, so the processes are forks of a server that has
everything loaded and does nothing else.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

import psycopg
from sqlalchemy import Connection

from app.ingest.accept import accept_upload
from app.ingest.receive import receive_path
from app.model.actor import at_the_terminal
from app.model.clock import system_clock
from app.publish.approve import approve_version
from app.publish.jobs import finish_job, run_due_jobs
from app.publish.move import move_installation
from app.publish.withdraw import withdraw_version
from app.settings import Settings
from app.storage.backup import restore_backup, write_backup
from app.storage.data_folder import DataFolder
from app.storage.database import fill_database
from app.storage.installation import Installation, open_installation
from app.storage.portable import export_rows, import_rows, list_table_names
from tests.conftest import STAFF, new_postgresql

ALICE = at_the_terminal("alice")
MOMENTS = int(os.environ.get("KILL_MOMENTS", "8"))
"""How many random moments a test tries; where there is one for each of many acts, an eighth of it."""

Work = Callable[..., None]

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Point:
    """A named point of the program: the n-th time that a function is called, or has returned."""

    function: str
    event: str = "return"
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.nth}. {self.event} of {self.function}"


class Ground:
    """A data folder and database, to be copied for each trial; one copy of the database at a time."""

    def __init__(self, settings: Settings, trial_url: str) -> None:
        self.settings = settings
        self._trial_url = trial_url
        with opened(settings) as installation, installation.database.reading() as session:
            self._revision = installation.database.revision()
            self._rows = {name: list(export_rows(session, name)) for name in list_table_names()}

    def copy(self, folder: Path) -> Settings:
        """Copy the ground into a folder and, if that is where the rows are, a PostgreSQL database."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.settings.data_dir, folder)
        if self._trial_url:  # by its rows: to make a database anew takes a second
            fill_database(self._trial_url, DataFolder(folder), self._revision, self._fill)
        return self.settings.model_copy(update={"data_dir": folder, "database_url": self._trial_url})

    def _fill(self, connection: Connection) -> None:
        import_rows(connection, lambda name: self._rows[name], list(self._rows))


@contextmanager
def ready(settings: Settings) -> Iterator[Ground]:
    """Give these settings' installation as ground for trials."""
    if settings.database_url:
        with new_postgresql() as url:
            yield Ground(settings, url)
    else:
        yield Ground(settings, "")


def empty_database(url: str) -> None:
    """Remove everything from a PostgreSQL database."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("DROP SCHEMA public CASCADE")
        server.execute("CREATE SCHEMA public")


def start(work: Work, *arguments: object, point: Point | None = None) -> BaseProcess:
    """Begin a work in a process of its own, which kills itself at the point if it gets there."""
    process = _processes.Process(target=_run, args=(work, arguments, point))
    process.start()
    return process


def kill(process: BaseProcess) -> bool:
    """Kill a process with SIGKILL; return whether it was still at work."""
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def kill_at_random(work: Work, *arguments: object, seconds: float, chance: random.Random) -> bool:
    """Kill a work at a random moment of its usual seconds; return whether it was still at work."""
    process = start(work, *arguments)
    time.sleep(chance.uniform(0, seconds))
    return kill(process)


def run_to_end(work: Work, *arguments: object) -> float:
    """Let a work end well; return its seconds."""
    begun = time.monotonic()
    process = start(work, *arguments)
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - begun


def report(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _run(work: Work, arguments: tuple[object, ...], point: Point | None) -> None:
    if point is not None:
        sys.setprofile(_killer(point))
    work(*arguments)


def _killer(point: Point) -> Callable[[FrameType, str, object], None]:
    seen = 0

    def look(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal seen
        if event == point.event and frame.f_code.co_qualname == point.function:
            seen += 1
            if seen == point.nth:
                os.kill(os.getpid(), signal.SIGKILL)

    return look


@contextmanager
def opened(settings: Settings) -> Iterator[Installation]:
    """Give the installation, as after a restart."""
    installation = open_installation(settings)
    try:
        yield installation
    finally:
        installation.close()


def approve(settings: Settings, name: str) -> None:
    with opened(settings) as installation:
        approved = approve_version(installation, ALICE, name, system_clock())
        finish_job(installation, approved.job_id, system_clock)


def resume(settings: Settings) -> None:
    with opened(settings) as installation:
        run_due_jobs(installation, system_clock)


def upload(settings: Settings, folder: Path) -> None:
    with opened(settings) as installation, installation.folder.scratch() as scratch:
        received = receive_path(folder, scratch, settings)
        accept_upload(installation, STAFF, received, scratch, system_clock())


def withdraw(settings: Settings, name: str, number: int) -> None:
    with opened(settings) as installation:
        withdraw_version(installation, STAFF, name, number, "誤り", system_clock())


def backup(settings: Settings, target: Path) -> None:
    with opened(settings) as installation:
        write_backup(installation, target, system_clock())


def restore(settings: Settings, source: Path) -> None:
    restore_backup(settings, source)


def move(settings: Settings, database_url: str, files_url: str) -> None:
    with opened(settings) as installation:
        move_installation(installation, database_url, files_url)
