from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import ConflictError
from app.ingest.accept import accept_upload
from app.ingest.receive import receive_path
from app.publish.rebase import rebase_catalogue
from app.publish.verify import verify_installation
from app.settings import Settings
from app.storage.blobs import BlobStore, LocalBlobs
from app.storage.deletion import KEEPING_LOCK, delete_queued, has_queued, require_blobs
from app.storage.entities import BlobDeletionEntity
from app.storage.installation import Installation, open_installation
from app.storage.sweep import Swept, sweep_installation
from tests.conftest import BASE, STAFF, START, PackageMaker, load_folder, publish_folder

DAY = dt.timedelta(hours=24)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def hashes(store: BlobStore) -> set[str]:
    return {blob.sha256 for blob in store.list_blobs()}


def put(installation: Installation, content: bytes) -> str:
    with installation.folder.scratch() as scratch:
        path = scratch / "file"
        path.write_bytes(content)
        return installation.blobs.adopt(path).sha256


@pytest.fixture(params=["disk", "bucket"])
def stored(request: pytest.FixtureRequest, settings: Settings, database_url: str) -> Iterator[Installation]:
    """An empty installation: both databases, files on disk and in a bucket."""
    chosen = request.getfixturevalue("bucket_settings") if request.param == "bucket" else settings
    opened = open_installation(chosen.model_copy(update={"database_url": database_url}), served_at=BASE)
    yield opened
    opened.close()


def test_what_nothing_names_goes_when_it_is_old_and_the_rest_stays(
    stored: Installation, make_package: PackageMaker
) -> None:
    publish_folder(stored, make_package())
    load_folder(stored, make_package(title="下書き"))
    named = hashes(stored.blobs)
    orphan = put(stored, b"orphan")
    assert sweep_installation(stored, now()) == Swept(0, 0, 0, 0)
    assert hashes(stored.blobs) == named | {orphan}
    assert sweep_installation(stored, now() + DAY) == Swept(1, 6, 0, 0)
    assert hashes(stored.blobs) == named
    assert verify_installation(stored).faults == ()


def test_what_is_adopted_again_is_young_again(installation: Installation) -> None:
    orphan = put(installation, b"orphan")
    with installation.blobs.local(orphan) as path:
        os.utime(path, (0, 0))
    put(installation, b"orphan")
    assert sweep_installation(installation, now()).blobs == 0


def test_an_upload_between_its_blobs_and_its_commit_loses_nothing(
    installation: Installation, make_package: PackageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blobs of an upload that takes too long are missed before the commit, not after."""
    adopt = LocalBlobs.adopt

    def slow_adopt(store: LocalBlobs, path: Path) -> object:
        blob = adopt(store, path)
        sweep_installation(installation, now() + DAY)
        return blob

    monkeypatch.setattr(LocalBlobs, "adopt", slow_adopt)
    with pytest.raises(ConflictError), installation.folder.scratch() as scratch:
        received = receive_path(make_package(), scratch, installation.settings)
        accept_upload(installation, STAFF, received, scratch, START)
    monkeypatch.undo()
    assert verify_installation(installation).faults == ()
    load_folder(installation, make_package())
    assert sweep_installation(installation, now() + DAY).blobs == 0


def test_renderings_that_were_replaced_are_swept(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package())
    rebase_catalogue(installation, STAFF, "https://other.example.jp", START)
    assert sweep_installation(installation, now() + DAY).blobs > 0
    assert verify_installation(installation).faults == ()
    with installation.database.reading():
        require_blobs(installation, [])


def test_scratch_of_the_dead_goes_and_that_of_the_living_stays(installation: Installation) -> None:
    scratch = installation.settings.data_dir / "scratch"
    for name in ("dead", "fresh"):
        (scratch / name).mkdir()
        (scratch / name / "upload").write_bytes(b"x")
    os.utime(scratch / "dead", (0, 0))
    with installation.folder.scratch() as living:
        os.utime(living, (0, 0))
        assert sweep_installation(installation, now()).scratch == 1
        assert {path.name for path in scratch.iterdir()} == {"fresh", living.name}


def test_copies_of_what_another_machine_deleted_are_forgotten(bucket_settings: Settings) -> None:
    first = open_installation(bucket_settings, served_at=BASE)
    second = open_installation(
        bucket_settings.model_copy(update={"data_dir": bucket_settings.data_dir.with_name("second")}),
        served_at=BASE,
    )
    names = [put(first, content) for content in (b"harm", b"good")]
    for name in names:
        second.blobs.open(name).close()
    first.blobs.delete(names[0])
    assert sweep_installation(second, now()).copies == 1
    assert [path.name for path in second.folder.cache.iterdir()] == [names[1]]
    first.close()
    second.close()


def test_deletions_wait_for_the_end_of_a_backup(either_installation: Installation) -> None:
    doomed = put(either_installation, b"doomed")
    with either_installation.database.writing() as session:
        session.add(BlobDeletionEntity(sha256=doomed))
    with either_installation.database.hold(KEEPING_LOCK, wait=True):
        assert delete_queued(either_installation) == 0
        assert (has_queued(either_installation), hashes(either_installation.blobs)) == (True, {doomed})
    assert delete_queued(either_installation) == 1
    assert (has_queued(either_installation), hashes(either_installation.blobs)) == (False, set())
