from __future__ import annotations

import datetime as dt
import hashlib
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.errors import ConflictError, OperatorError
from app.publish.jobs import run_due_jobs
from app.publish.verify import verify_installation
from app.publish.withdraw import withdraw_version
from app.settings import Settings
from app.storage.backup import restore_backup, write_backup
from app.storage.deletion import KEEPING_LOCK
from app.storage.installation import Installation, open_installation
from app.storage.portable import export_rows, list_table_names
from tests.conftest import (
    BASE,
    STAFF,
    START,
    PackageMaker,
    load_folder,
    make_client,
    new_postgresql,
    publish_folder,
)

HOUR = dt.timedelta(hours=1)
NOW = START + 9 * HOUR


def fill(installation: Installation, make_package: PackageMaker) -> None:
    """A version that was withdrawn, one that is effective, and a draft."""
    publish_folder(installation, make_package())
    publish_folder(installation, make_package(title="次の版"), START + HOUR)
    withdraw_version(installation, STAFF, "sample-plan", 1, "誤り", START + 2 * HOUR)
    load_folder(installation, make_package("other-plan"), START + 3 * HOUR)


def rows_of(installation: Installation) -> dict[str, list[str]]:
    with installation.database.reading() as session:
        return {name: sorted(export_rows(session, name)) for name in list_table_names()}


async def bodies_of(installation: Installation) -> dict[str, str]:
    """The hash of what is served at addresses of every kind."""
    async with make_client(installation) as client:
        record = (await client.get("/dataset/sample-plan.json")).json()
        files = [entry for table in record["tables"] for entry in table["files"]]
        addresses = [entry[key] for entry in files for key in ("url", "url_by_hash")]
        addresses += ["/catalog.ttl", "/dataset/sample-plan.json", "/dataset/sample-plan/v/1.zip"]
        answers = {address: await client.get(address) for address in addresses}
    assert sorted({answer.status_code for answer in answers.values()}) == [200, 410]
    return {address: hashlib.sha256(answer.content).hexdigest() for address, answer in answers.items()}


@pytest.fixture(params=["sqlite", "postgresql", "bucket"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an empty installation to restore into."""
    settings = Settings(data_dir=tmp_path / "elsewhere", bundled=False)
    if request.param == "bucket":
        bucket: Settings = request.getfixturevalue("bucket_settings")
        settings = bucket.model_copy(update={"data_dir": settings.data_dir})
    if request.param == "postgresql":
        with new_postgresql() as url:
            yield settings.model_copy(update={"database_url": url})
    else:
        yield settings


@pytest.mark.anyio
async def test_what_is_restored_is_equal_to_what_was_backed_up(
    either_installation: Installation, elsewhere: Settings, make_package: PackageMaker, tmp_path: Path
) -> None:
    fill(either_installation, make_package)
    made = write_backup(either_installation, tmp_path / "backup.tar", NOW)
    assert restore_backup(elsewhere, tmp_path / "backup.tar") == made
    restored = open_installation(elsewhere)
    assert restored.base == BASE
    assert rows_of(restored) == rows_of(either_installation)
    assert verify_installation(restored) == verify_installation(either_installation)
    assert verify_installation(restored).faults == ()
    assert await bodies_of(restored) == await bodies_of(either_installation)
    publish_folder(restored, make_package("third-plan"), NOW)  # numbers go on
    assert verify_installation(restored).faults == ()
    restored.close()


def test_a_backup_is_of_one_moment_whatever_happens_meanwhile(
    either_installation: Installation,
    make_package: PackageMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the rows and the blobs, a version is withdrawn and another published."""
    fill(either_installation, make_package)
    before = rows_of(either_installation)
    revision = type(either_installation.database).revision

    def go_on(database: object) -> str:
        monkeypatch.undo()
        withdraw_version(either_installation, STAFF, "sample-plan", 2, "誤り", NOW)
        publish_folder(either_installation, make_package("third-plan"), NOW)
        return revision(either_installation.database)

    monkeypatch.setattr(type(either_installation.database), "revision", go_on)
    write_backup(either_installation, tmp_path / "backup.tar", NOW)
    elsewhere = Settings(data_dir=tmp_path / "elsewhere")
    restore_backup(elsewhere, tmp_path / "backup.tar")
    restored = open_installation(elsewhere)
    assert rows_of(restored) == before
    assert verify_installation(restored).faults == ()
    restored.close()
    run_due_jobs(either_installation, lambda: NOW)
    assert verify_installation(either_installation).faults == ()


def test_a_backup_is_never_overwritten(installation: Installation, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar"
    write_backup(installation, target, NOW)
    content = target.read_bytes()
    with pytest.raises(ConflictError):
        write_backup(installation, target, NOW)
    assert target.read_bytes() == content
    assert [path.name for path in tmp_path.glob("backup*")] == ["backup.tar"]


@pytest.mark.parametrize("harm", ["lost", "altered"])
def test_damage_is_not_backed_up(
    installation: Installation, make_package: PackageMaker, tmp_path: Path, harm: str
) -> None:
    publish_folder(installation, make_package())
    blob = next(installation.folder.blobs.glob("*/*"))
    if harm == "lost":
        blob.unlink()
    else:
        blob.write_bytes(b"wrong")
    with pytest.raises(OperatorError, match=blob.name):
        write_backup(installation, tmp_path / "backup.tar", NOW)
    assert not (tmp_path / "backup.tar").exists()
    with installation.database.hold(KEEPING_LOCK, wait=False) as is_free:
        assert is_free


def test_only_an_empty_catalogue_takes_a_backup(
    either_installation: Installation, make_package: PackageMaker, tmp_path: Path
) -> None:
    publish_folder(either_installation, make_package())
    write_backup(either_installation, tmp_path / "backup.tar", NOW)
    before = rows_of(either_installation)
    with pytest.raises(ConflictError):
        restore_backup(either_installation.settings, tmp_path / "backup.tar")
    assert rows_of(either_installation) == before


def test_a_catalogue_that_was_started_and_is_empty_takes_one(
    installation: Installation, make_package: PackageMaker, tmp_path: Path
) -> None:
    publish_folder(installation, make_package())
    write_backup(installation, tmp_path / "backup.tar", NOW)
    elsewhere = Settings(data_dir=tmp_path / "elsewhere")
    open_installation(elsewhere, served_at="http://127.0.0.1:8123").close()
    restore_backup(elsewhere, tmp_path / "backup.tar")
    restored = open_installation(elsewhere)
    assert (restored.base, rows_of(restored)) == (BASE, rows_of(installation))
    restored.close()


def _rewrite(path: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    with tarfile.open(path) as archive:
        members = [(entry.name, archive.extractfile(entry)) for entry in archive]
        contents = [(name, file.read()) for name, file in members if file]
    with tarfile.open(path, "w") as archive:
        for name, content in contents:
            changed = change(name, content)
            if changed is not None:
                info = tarfile.TarInfo(name)
                info.size = len(changed)
                with (path.parent / "member").open("w+b") as file:
                    file.write(changed)
                    file.seek(0)
                    archive.addfile(info, file)


def _set_revision(name: str, content: bytes) -> bytes:
    if name != "backup.json":
        return content
    return json.dumps({**json.loads(content), "revision": "9999"}).encode()


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: path.write_bytes(b"no archive"),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
        lambda path: _rewrite(path, lambda name, content: None if "blobs/" in name else content),
        lambda path: _rewrite(path, lambda name, content: b"x" if "blobs/" in name else content),
        lambda path: _rewrite(path, lambda name, content: content + b"\n" if "event" in name else content),
        lambda path: _rewrite(path, _set_revision),
    ],
    ids=["half", "nonsense", "empty", "missing", "no blobs", "other blobs", "another journal", "newer"],
)
def test_what_is_no_whole_backup_restores_nothing(
    installation: Installation, make_package: PackageMaker, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    publish_folder(installation, make_package())
    path = tmp_path / "backup.tar"
    write_backup(installation, path, NOW)
    whole = path.read_bytes()
    harm(path)
    elsewhere = Settings(data_dir=tmp_path / "elsewhere")
    with pytest.raises(OperatorError):
        restore_backup(elsewhere, path)
    path.write_bytes(whole)
    restore_backup(elsewhere, path)
    restored = open_installation(elsewhere)
    assert verify_installation(restored).faults == ()
    restored.close()


def test_a_backup_of_an_earlier_release_is_brought_up_to_date(
    installation: Installation, make_package: PackageMaker, tmp_path: Path
) -> None:
    """As of revision 0002 there was no table `fact`, and a record held its words for the search."""
    publish_folder(installation, make_package())
    path = tmp_path / "backup.tar"
    write_backup(installation, path, NOW)

    with tarfile.open(path) as archive:
        member = archive.extractfile("tables/record_revision.jsonl")
        assert member is not None
        rows = [json.dumps({**json.loads(line), "search_text": ""}) for line in member]
    records = "".join(f"{row}\n" for row in rows).encode()

    def make_old(name: str, content: bytes) -> bytes | None:
        if name == "tables/record_revision.jsonl":
            return records
        if name != "backup.json":
            return None if name == "tables/fact.jsonl" else content
        manifest = json.loads(content)
        tables = [table for table in manifest["tables"] if table["name"] != "fact"]
        changed = {"record_revision": {"sha256": hashlib.sha256(records).hexdigest()}}
        tables = [{**table, **changed.get(table["name"], {})} for table in tables]
        return json.dumps({**manifest, "revision": "0002", "tables": tables}).encode()

    _rewrite(path, make_old)
    elsewhere = Settings(data_dir=tmp_path / "elsewhere", public_url=BASE)
    restore_backup(elsewhere, path)
    restored = open_installation(elsewhere, served_at=BASE)
    assert verify_installation(restored).faults == ()
    assert rows_of(restored) == rows_of(installation)
    restored.close()
