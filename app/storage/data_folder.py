"""The data folder: everything that one installation keeps on this machine's disk.

database.sqlite3   the database, unless SHISAKU_DATABASE_URL names another
blobs/             files by SHA-256, unless SHISAKU_FILES_URL names a bucket
cache/             files of that bucket by SHA-256; may be deleted while nothing runs
scratch/           uploads and renderings in the making; the same

What all machines of one installation must agree on is in the database (facts.py).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

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
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
