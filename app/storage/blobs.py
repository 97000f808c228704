"""Files by content: each is kept once, under its SHA-256, on the local disk or in a bucket (bucket.py)."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from app.storage.data_folder import sync_folder

PIECE_BYTES = 1 << 20
"""How much of a file is in memory at a time."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A kept file: its SHA-256 in hex and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ListedBlob:
    """A kept file as its store lists it; `kept_at` is when somebody last adopted these bytes (UTC)."""

    sha256: str
    size: int
    kept_at: dt.datetime


class BlobStore(Protocol):
    """Where blobs are kept. A blob that is missing raises FileNotFoundError."""

    def adopt(self, path: Path) -> Blob:
        """Take over a finished file of the data folder's disk; it is durable when this returns."""
        ...

    def find(self, sha256: str) -> ListedBlob | None:
        """Return the blob as the store lists it, or None if it is missing."""
        ...

    def local(self, sha256: str) -> AbstractContextManager[Path]:
        """Give a path of the local disk at which the blob can be read as long as the context is open."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """Open a blob for reading."""
        ...

    def read_pieces(self, sha256: str) -> Iterator[bytes]:
        """Yield a blob's bytes as they are stored, past every cache."""
        ...

    def delete(self, sha256: str) -> bool:
        """Delete a blob durably; return whether it was there."""
        ...

    def list_blobs(self) -> Iterator[ListedBlob]:
        """Yield every blob, in no order."""
        ...

    def forget_deleted(self) -> int:
        """Drop this machine's copies of blobs that another machine deleted; return how many."""
        ...


class LocalBlobs:
    """Blobs in a folder of the local disk: `ab/abcdef…`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def adopt(self, path: Path) -> Blob:
        """Take over a finished file of the same disk; it is on disk, with its name, when this returns."""
        blob = hash_file(path, sync=True)
        target = self._path(blob.sha256)
        target.parent.mkdir(exist_ok=True)
        sync_folder(self._folder)
        if target.exists():
            os.utime(target)  # as young as any other that somebody is about to name: storage/sweep.py
        else:
            path.replace(target)
        sync_folder(
            target.parent
        )  # also of a blob that is there: who put it there may not have come this far
        return blob

    def find(self, sha256: str) -> ListedBlob | None:
        """Return the blob as the disk has it, or None if it is missing."""
        try:
            found = self._path(sha256).stat()
        except FileNotFoundError:
            return None
        return ListedBlob(sha256, found.st_size, dt.datetime.fromtimestamp(found.st_mtime, dt.UTC))

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        """Give the blob's path."""
        path = self._path(sha256)
        if not path.exists():
            raise FileNotFoundError(path)
        yield path

    def open(self, sha256: str) -> BinaryIO:
        """Open a blob for reading."""
        return self._path(sha256).open("rb")

    def read_pieces(self, sha256: str) -> Iterator[bytes]:
        """Yield a blob's bytes."""
        with self.open(sha256) as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def delete(self, sha256: str) -> bool:
        """Delete a blob durably; return whether it was there."""
        path = self._path(sha256)
        if not path.exists():
            return False
        path.unlink()
        sync_folder(path.parent)
        return True

    def list_blobs(self) -> Iterator[ListedBlob]:
        """Yield every blob that is there while the folder is walked."""
        for path in self._folder.glob("??/*"):
            if found := self.find(path.name):
                yield found

    def forget_deleted(self) -> int:
        """There are no copies: do nothing."""
        return 0

    def _path(self, sha256: str) -> Path:
        return self._folder / blob_name(sha256)


def blob_name(sha256: str) -> str:
    """Return the name under which a store keeps a blob: `ab/abcdef…`."""
    return f"{sha256[:2]}/{sha256}"


def copy_pieces(pieces: Iterable[bytes], path: Path) -> Blob:
    """Write pieces to a file, in place of what is there; return what it would be as a blob."""
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        for piece in pieces:
            digest.update(piece)
            size += file.write(piece)
    return Blob(digest.hexdigest(), size)


def hash_file(path: Path, *, sync: bool = False) -> Blob:
    """Return what a finished file would be as a blob; with `sync` its bytes are on disk afterwards."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        if sync:
            os.fsync(file.fileno())
        return Blob(digest, os.fstat(file.fileno()).st_size)
