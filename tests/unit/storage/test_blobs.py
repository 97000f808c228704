from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import HOUSE
from app.storage.blobs import LocalBlobs

CONTENT = "施策\n".encode()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


def _write(path: Path, content: bytes = CONTENT) -> Path:
    path.write_bytes(content)
    return path


def test_a_file_is_kept_under_its_hash(tmp_path: Path, store: LocalBlobs) -> None:
    blob = store.adopt(_write(tmp_path / "upload"))
    assert (blob.sha256, blob.size) == (SHA256, len(CONTENT))
    with store.local(SHA256) as path:
        assert path == tmp_path / "blobs" / SHA256[:2] / SHA256
    with store.open(SHA256) as file:
        assert file.read() == CONTENT
    assert not (tmp_path / "upload").exists()


def test_the_same_bytes_are_kept_once_and_never_touched_again(tmp_path: Path, store: LocalBlobs) -> None:
    first = store.adopt(_write(tmp_path / "first"))
    kept = tmp_path / "blobs" / SHA256[:2] / SHA256
    number = kept.stat().st_ino
    assert store.adopt(_write(tmp_path / "second")) == first
    assert kept.stat().st_ino == number
    assert [path.name for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == [SHA256]


def test_a_blob_that_is_missing_says_so(store: LocalBlobs) -> None:
    with pytest.raises(FileNotFoundError):
        store.open(SHA256)
    with pytest.raises(FileNotFoundError), store.local(SHA256):
        pass
    assert not store.find(SHA256)
    assert store.delete(SHA256) is False


def test_a_deleted_blob_is_gone_and_can_come_again(tmp_path: Path, store: LocalBlobs) -> None:
    store.adopt(_write(tmp_path / "first"))
    assert store.delete(SHA256) is True
    assert not store.find(SHA256)
    store.adopt(_write(tmp_path / "second"))
    assert b"".join(store.read_pieces(SHA256)) == CONTENT


def test_an_empty_file_is_a_blob_too(tmp_path: Path, store: LocalBlobs) -> None:
    assert store.adopt(_write(tmp_path / "empty", b"")).size == 0


def test_blobs_are_listed_with_the_time_of_their_last_adoption(tmp_path: Path, store: LocalBlobs) -> None:
    blob = store.adopt(_write(tmp_path / "first"))
    with store.local(SHA256) as path:
        os.utime(path, (0, 0))
    assert [(entry.sha256, entry.size, entry.kept_at.year) for entry in store.list_blobs()] == [
        (blob.sha256, blob.size, 1970)
    ]
    store.adopt(_write(tmp_path / "second"))
    assert [entry.kept_at.year > 1970 for entry in store.list_blobs()] == [True]


TRACED = """
import os, sys
from pathlib import Path
from app.storage.blobs import LocalBlobs
folder = Path(sys.argv[1])
def trace(event, arguments):
    if event == "os.rename":
        print("rename", Path(arguments[1]).name, flush=True)
sys.addaudithook(trace)
fsync = os.fsync
def traced(descriptor):
    print("fsync", Path(os.readlink(f"/proc/self/fd/{descriptor}")).name, flush=True)
    fsync(descriptor)
os.fsync = traced
store = LocalBlobs(folder / "blobs")
for name in ("first", "second"):
    print("adopt", name, flush=True)
    store.adopt(folder / name)
"""


def test_bytes_then_name_are_on_disk_before_a_blob_is_reported(tmp_path: Path, store: LocalBlobs) -> None:
    """The second adoption of the same bytes may not trust that the first one got as far as the folder."""
    for name in ("first", "second"):
        _write(tmp_path / name)
    command = [sys.executable, "-c", TRACED, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}
    traced = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HOUSE, env=environment)
    _, first, second = (part.split("\n")[1:-1] for part in f"\n{traced.stdout}".split("adopt"))
    folder = SHA256[:2]
    assert first == ["fsync first", "fsync blobs", f"rename {SHA256}", f"fsync {folder}"]
    assert f"fsync {folder}" in second
    assert not any(step.startswith("rename") for step in second)
