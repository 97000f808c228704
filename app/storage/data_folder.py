"""The data folder: everything that one installation keeps on this machine's disk.

database.sqlite3   the database, unless SHISAKU_DATABASE_URL names another
blobs/             files by SHA-256, unless SHISAKU_FILES_URL names a bucket
cache/             files of that bucket by SHA-256; may be deleted while nothing runs
unions/            tables over all datasets, made on need: unions.py
scratch/           uploads and renderings in the making; the same

What all machines of one installation must agree on is in the database (facts.py).
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class DataFolder:
    """Paths inside a data folder; makes the folder and its parts if they are missing."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.blobs = self.root / "blobs"
        self.cache = self.root / "cache"
        self.database = self.root / "database.sqlite3"
        self._scratch = self.root / "scratch"
        for folder in (self.root, self._scratch):
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a fresh folder on the same disk as the blobs; it is removed afterwards."""
        folder = Path(tempfile.mkdtemp(dir=self._scratch))
        with _opened(folder) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_SH)  # says that its owner lives
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def sweep_scratch(self, before: dt.datetime) -> int:
        """Remove the folders that dead processes left in scratch before that time; return how many."""
        swept = 0
        for folder in self._scratch.iterdir():
            # its owner was faster, or lives
            with suppress(FileNotFoundError, BlockingIOError), _opened(folder) as descriptor:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if folder.stat().st_mtime < before.timestamp():
                    shutil.rmtree(folder, ignore_errors=True)
                    swept += 1
        return swept

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock over all processes of this folder."""
        with (self.root / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def read_public_url(self) -> str | None:
        """Return the base as data folders recorded it before the database did, or None."""
        path = self.root / "public_url"
        return path.read_text(encoding="utf-8").strip() if path.exists() else None


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    with _opened(folder) as descriptor:
        os.fsync(descriptor)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
