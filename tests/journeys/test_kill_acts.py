"""Uploads, approvals, withdrawals, backups, restores and moves are killed at named points and random moments.

After each death the catalogue is as before or as after the act, nothing between, and `shisaku verify` finds
no fault; restarted and done again, the act comes to its end.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.model.clock import system_clock
from app.publish.submit import submit_version
from app.publish.verify import verify_installation
from app.settings import Settings
from app.storage.deletion import has_queued
from app.storage.entities import State
from app.storage.installation import Installation, open_installation
from app.storage.releases import find_release
from app.storage.versions import find_newest_version, find_numbered
from tests.conftest import BASE, STAFF, load_folder, new_postgresql, publish_folder, write_package
from tests.journeys import trials
from tests.journeys.trials import MOMENTS, Ground, Point

NAME = "sample-plan"


@dataclass
class Trial:
    """One copy of the ground: versions 1 and 2 released, 3 submitted; and what the acts need beside it."""

    settings: Settings
    folder: Path
    target_url: str
    files_url: str

    @property
    def elsewhere(self) -> Settings:
        """An empty installation to restore into, with the same kind of database."""
        url = self.target_url if self.settings.database_url else ""
        return self.settings.model_copy(update={"data_dir": self.folder / "else", "database_url": url})

    @property
    def file(self) -> Path:
        return self.folder / "backup.tar"


@dataclass(frozen=True)
class Act:
    """What is killed: the work with its arguments, points to die at, and how to tell whether it was done.

    `is_done` is asked after a restart, and must find either nothing of the act or all of it.
    """

    work: Callable[..., None]
    arguments: Callable[[Trial], tuple[object, ...]]
    points: tuple[Point, ...]
    is_done: Callable[[Trial, Installation], bool]
    prepare: Callable[[Trial], None] = lambda trial: None


def _is_uploaded(trial: Trial, installation: Installation) -> bool:
    with installation.database.reading() as session:
        found = find_newest_version(session, "other-plan")
    return found is not None and len(found.tables) == 3 and found.revision is not None


def _is_approved(trial: Trial, installation: Installation) -> bool:
    with installation.database.reading() as session:
        found = find_newest_version(session, NAME)
        release = find_release(session, NAME, system_clock())
    assert found is not None
    assert release is not None
    assert (found.version.state, release.number) in ((State.SUBMITTED, 2), (State.APPROVED, 3))
    return release.number == 3


def _is_withdrawn(trial: Trial, installation: Installation) -> bool:
    with installation.database.reading() as session:
        found = find_numbered(session, NAME, 2)
        release = find_release(session, NAME, system_clock())
    assert found is not None
    assert not has_queued(installation)
    assert (found.version.state == State.WITHDRAWN) == (release is None)
    return release is None


def _is_backed_up(trial: Trial, installation: Installation) -> bool:
    if not trial.file.exists():
        return False
    trials.restore(trial.elsewhere.model_copy(update={"database_url": ""}), trial.file)
    with trials.opened(trial.elsewhere.model_copy(update={"database_url": ""})) as restored:
        assert verify_installation(restored) == verify_installation(installation)
    return True


def _is_restored(trial: Trial, installation: Installation) -> bool:
    with trials.opened(trial.elsewhere) as restored:
        found, here = verify_installation(restored), verify_installation(installation)
    assert found == here or (found.versions, found.events, found.faults) == (0, 0, ())
    return found == here


def _is_moved(trial: Trial, installation: Installation) -> bool:
    """Whatever is there, it may be run again, and that compares everything."""
    return False


ACTS = {
    "upload": Act(
        trials.upload,
        lambda trial: (trial.settings, trial.folder / "packages" / "other-plan"),
        (
            Point("receive_path"),
            Point("LocalBlobs.adopt"),
            Point("LocalBlobs.adopt", "call", 3),
            Point("_commit", "call"),
            Point("append_event"),
            Point("_commit"),
        ),
        _is_uploaded,
    ),
    "approve": Act(
        trials.approve,
        lambda trial: (trial.settings, NAME),
        (
            Point("add_job"),
            Point("approve_version"),
            Point("LocalBlobs.adopt", "return", 5),
            Point("keep_renderings", "call", 1),
            Point("keep_renderings", "return", 2),
            Point("Renderer.render_dataset"),
            Point("append_event", "return", 2),
            Point("finish_job"),
        ),
        _is_approved,
    ),
    "withdraw": Act(
        trials.withdraw,
        lambda trial: (trial.settings, NAME, 2),
        (
            Point("queue_version"),
            Point("append_event"),
            Point("delete_queued", "call"),
            Point("LocalBlobs.delete"),
            Point("LocalBlobs.delete", "return", 7),
            Point("delete_queued"),
        ),
        _is_withdrawn,
    ),
    "backup": Act(
        trials.backup,
        lambda trial: (trial.settings, trial.file),
        (
            Point("_export_table", "return", 3),
            Point("_add_blob", "call", 4),
            Point("sync_folder", "call"),
            Point("write_backup"),
        ),
        _is_backed_up,
    ),
    "restore": Act(
        trials.restore,
        lambda trial: (trial.elsewhere, trial.file),
        (
            Point("_read_manifest"),
            Point("LocalBlobs.adopt", "return", 4),
            Point("import_rows", "call"),
            Point("_continue_numbers", "return", 5),
            Point("import_rows"),
            Point("fill_database"),
        ),
        _is_restored,
        prepare=lambda trial: trials.backup(trial.settings, trial.file),
    ),
    "move": Act(
        trials.move,
        lambda trial: (trial.settings, trial.target_url, trial.files_url),
        (
            Point("_copy_blob", "return", 4),
            Point("import_rows", "call"),
            Point("import_rows"),
            Point("copy_database"),
            Point("verify_installation", "call"),
        ),
        _is_moved,
    ),
}


@pytest.fixture
def ground(bucket_settings: Settings, database_url: str, tmp_path: Path) -> Iterator[Ground]:
    """The ground of all trials; it knows the keys of a bucket, for moves."""
    settings = bucket_settings.model_copy(update={"database_url": database_url, "files_url": ""})
    installation = open_installation(settings, served_at=BASE)
    packages = tmp_path / "packages"
    for title in ("第1版", "第2版", "第3版"):
        folder = write_package(packages / title, NAME, title=title)
        if title != "第3版":
            publish_folder(installation, folder, system_clock())
    load_folder(installation, folder, system_clock())
    submit_version(installation, STAFF, NAME, system_clock())
    write_package(packages, "other-plan")
    installation.close()
    with trials.ready(settings) as copied:
        yield copied


@pytest.fixture
def new_trial(ground: Ground, bucket_settings: Settings, tmp_path: Path) -> Iterator[Callable[[Act], Trial]]:
    """Makes trials on copies of the ground, one after the other; each with an empty target."""
    made = 0
    with new_postgresql() as target_url:

        def make(act: Act) -> Trial:
            nonlocal made
            made += 1
            trials.empty_database(target_url)
            folder = tmp_path / f"trial-{made}"
            settings = ground.copy(folder / "data")
            (folder / "packages").symlink_to(tmp_path / "packages")
            trial = Trial(settings, folder, target_url, f"{bucket_settings.files_url}/{made}")
            act.prepare(trial)
            return trial

        yield make


def examine(act: Act, trial: Trial) -> str:
    """Look at what a death left, restart, and do the act again if it was not done; return what was left."""
    with trials.opened(trial.settings) as left:
        assert verify_installation(left).faults == ()
    trials.resume(trial.settings)
    with trials.opened(trial.settings) as restarted:
        assert verify_installation(restarted).faults == ()
        was_done = act.is_done(trial, restarted)
    if not was_done:
        act.work(*act.arguments(trial))
        with trials.opened(trial.settings) as ended:
            assert verify_installation(ended).faults == ()
            assert act.is_done(trial, ended) or act.is_done is _is_moved
    return "after" if was_done else "before"


@pytest.mark.parametrize("name", ACTS)
def test_killed_at_every_named_point(name: str, ground: Ground, new_trial: Callable[[Act], Trial]) -> None:
    act, left = ACTS[name], []
    is_short = MOMENTS <= 8 and ground.settings.database_url
    for point in act.points[:: 3 if is_short else 1]:
        trial = new_trial(act)
        process = trials.start(act.work, *act.arguments(trial), point=point)
        process.join()
        assert trials.kill(process), f"it never came to the {point}"
        left.append(examine(act, trial))
    trials.report(f"{name}: killed at {len(left)} named points, which left it {left}")
    assert left[0] == "before"


@pytest.mark.parametrize("name", ACTS)
def test_killed_at_random_moments(name: str, new_trial: Callable[[Act], Trial]) -> None:
    act = ACTS[name]
    chance = random.Random(f"{name} 2026")  # noqa: S311  # the same moments at every run
    trial = new_trial(act)
    trials.run_to_end(act.work, *act.arguments(trial))  # so that the server of forks is there
    trial = new_trial(act)
    seconds = trials.run_to_end(act.work, *act.arguments(trial))
    deaths, left = 0, {"before": 0, "after": 0}
    for _ in range(max(1, MOMENTS // 8)):
        trial = new_trial(act)
        deaths += trials.kill_at_random(act.work, *act.arguments(trial), seconds=seconds, chance=chance)
        left[examine(act, trial)] += 1
    trials.report(f"{name}: {deaths} deaths at {sum(left.values())} moments of {seconds:.2f} s, left {left}")
