from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.errors import ConflictError, OperatorError
from app.publish import move
from app.publish.move import move_installation
from app.publish.verify import verify_installation
from app.publish.withdraw import withdraw_version
from app.settings import Settings
from app.storage.blobs import Blob
from app.storage.bucket import BucketBlobs
from app.storage.installation import Installation, open_installation
from tests.conftest import BASE, STAFF, START, PackageMaker, new_postgresql, publish_folder
from tests.unit.storage.test_backup import bodies_of, fill, rows_of

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def source(bucket_settings: Settings, make_package: PackageMaker) -> Iterator[Installation]:
    """A one-machine installation that knows the bucket's keys."""
    opened = open_installation(bucket_settings.model_copy(update={"files_url": ""}), served_at=BASE)
    fill(opened, make_package)
    yield opened
    opened.close()


@pytest.fixture
def target_url() -> Iterator[str]:
    with new_postgresql() as url:
        yield url


def open_target(settings: Settings, url: str) -> Installation:
    """Open the moved installation as another machine would."""
    folder = settings.data_dir.with_name("machine")
    return open_installation(settings.model_copy(update={"database_url": url, "data_dir": folder}))


@pytest.mark.anyio
async def test_all_of_it_is_there_afterwards(
    source: Installation, bucket_settings: Settings, target_url: str, make_package: PackageMaker
) -> None:
    before = rows_of(source)
    moved = move_installation(source, target_url, bucket_settings.files_url)
    assert (moved.copied, moved.verified.faults) == (moved.blobs, ())
    target = open_target(bucket_settings, target_url)
    assert (target.base, rows_of(target)) == (BASE, before)
    assert await bodies_of(target) == await bodies_of(source)
    again = move_installation(source, target_url, bucket_settings.files_url)
    assert (again.copied, again.rows, rows_of(source)) == (0, moved.rows, before)
    publish_folder(target, make_package("third-plan"), START + 9 * HOUR)
    assert verify_installation(target).faults == ()
    with pytest.raises(ConflictError, match="別のデータ"):  # it has a life of its own now
        move_installation(source, target_url, bucket_settings.files_url)
    target.close()


def test_a_move_that_broke_off_is_run_again(
    source: Installation, bucket_settings: Settings, target_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt, left = BucketBlobs.adopt, iter(range(5))

    def break_off(store: BucketBlobs, path: Path) -> Blob:
        if next(left, None) is None:
            raise ZeroDivisionError
        return adopt(store, path)

    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(BucketBlobs, "adopt", break_off)
        move_installation(source, target_url, bucket_settings.files_url)
    with psycopg.connect(target_url) as server:
        assert server.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    moved = move_installation(source, target_url, bucket_settings.files_url)
    assert moved.copied == moved.blobs - 5


def test_what_changed_here_since_is_moved_by_another_run(
    source: Installation, bucket_settings: Settings, target_url: str, make_package: PackageMaker
) -> None:
    move_installation(source, target_url, bucket_settings.files_url)
    publish_folder(source, make_package("third-plan"), START + 9 * HOUR)
    withdraw_version(source, STAFF, "sample-plan", 2, "誤り", START + 9 * HOUR)
    moved = move_installation(source, target_url, bucket_settings.files_url)
    assert 0 < moved.copied < moved.blobs
    target = open_target(bucket_settings, target_url)
    assert rows_of(target) == rows_of(source)
    target.close()


def test_a_change_during_the_move_is_told(
    source: Installation,
    bucket_settings: Settings,
    target_url: str,
    make_package: PackageMaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch, pytest.raises(ConflictError, match="もう一度"):
        verify = move._verify_target  # noqa: SLF001  # the moment before the end
        patch.setattr(
            move,
            "_verify_target",
            lambda *where: (publish_folder(source, make_package("third-plan")), verify(*where))[1],
        )
        move_installation(source, target_url, bucket_settings.files_url)
    move_installation(source, target_url, bucket_settings.files_url)


def test_a_target_that_holds_something_else_is_refused(
    source: Installation, bucket_settings: Settings, target_url: str, make_package: PackageMaker
) -> None:
    other = open_target(bucket_settings, target_url)
    publish_folder(other, make_package("strange-plan"), START)
    other_rows = rows_of(other)
    with pytest.raises(ConflictError, match="別のデータ"):
        move_installation(source, target_url, bucket_settings.files_url)
    with new_postgresql() as empty, pytest.raises(ConflictError, match="別のファイル"):
        move_installation(source, empty, bucket_settings.files_url)
    assert rows_of(other) == other_rows
    assert verify_installation(other).faults == ()
    other.close()


def test_a_database_of_another_program_is_left_alone(
    source: Installation, bucket_settings: Settings, target_url: str
) -> None:
    with psycopg.connect(target_url, autocommit=True) as server:
        server.execute("CREATE TABLE theirs (id integer)")
    with pytest.raises(OperatorError):
        move_installation(source, target_url, bucket_settings.files_url)
    with psycopg.connect(target_url) as server:
        assert server.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (1,)
