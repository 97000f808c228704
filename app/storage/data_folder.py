"""The data folder: everything that one installation keeps on its disk.

database.sqlite3   the database, unless SHISAKU_DATABASE_URL names another
blobs/             files by SHA-256
scratch/           uploads and renderings in the making; may be emptied while nothing runs
public_url         the base of all absolute addresses, written at the first start
secret_key         made at the first start
"""

from __future__ import annotations

import fcntl
import os
import secrets
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
        self.database = self.root / "database.sqlite3"
        self._scratch = self.root / "scratch"
        for folder in (self.root, self.blobs, self._scratch):
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
        """Return the recorded base, or None before the first start."""
        path = self.root / "public_url"
        return path.read_text(encoding="utf-8").strip() if path.exists() else None

    def record_public_url(self, base: str) -> None:
        """Record the base durably."""
        write_durably(self.root / "public_url", f"{base}\n".encode())


def write_durably(path: Path, content: bytes) -> None:
    """Write a small file so that a crash leaves either the old content or the new one."""
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
