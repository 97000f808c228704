"""A bounded folder of blobs that are kept elsewhere; whatever is in it can be had again.

A reader holds a shared lock on the file that it has; whoever makes room takes only files that nobody holds.
The system lets go of a dead reader's lock. Several processes may share the folder.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from app.storage.blobs import hash_file
from app.storage.data_folder import DataFolder

_PART = 16  # of the bound: so much may come before a process looks for room again


class BlobCache:
    """Files by SHA-256: `max_bytes` of them and those being read; the least recently used go first."""

    def __init__(self, data: DataFolder, max_bytes: int) -> None:
        self._data = data
        self._folder = data.cache
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._unseen_bytes = max_bytes  # nobody knows what an earlier process left
        self._checked: dict[str, tuple[int, int, int]] = {}
        self._folder.mkdir(exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Return where the file of that hash is, or would be."""
        return self._folder / sha256

    def find(self, sha256: str) -> BinaryIO | None:
        """Return the file, open and held until it is closed, or None; its content has that hash."""
        path = self.path(sha256)
        try:
            file = _hold(path)
        except FileNotFoundError:
            return None
        if os.fstat(file.fileno()).st_nlink == 0:  # it went before we held it
            file.close()
            return None
        if not self._is_right(path, sha256, file):
            file.close()
            self.drop(sha256)
            return None
        os.utime(path, ns=(time.time_ns(), os.fstat(file.fileno()).st_mtime_ns))
        return file

    def keep(self, path: Path, sha256: str) -> BinaryIO:
        """Take over a file whose content has that hash; return it open and held until it is closed."""
        with self._data.lock("cache"):  # so that no path changes its file while somebody holds that
            file = self.find(sha256)
            if file is not None:
                return file
            file = _hold(path)
            found = os.fstat(file.fileno())
            path.replace(self.path(sha256))
            with self._lock:
                self._checked[sha256] = _identity(found)
                self._unseen_bytes += found.st_size
                must_look = self._unseen_bytes * _PART >= self._max_bytes
            if must_look:
                self._make_room()
        return file

    def drop(self, sha256: str) -> None:
        """Forget a file; whoever reads it reads on."""
        self.path(sha256).unlink(missing_ok=True)
        with self._lock:
            self._checked.pop(sha256, None)

    def names(self) -> list[str]:
        """Return the hash of every file."""
        return [entry.name for entry in os.scandir(self._folder)]

    def _is_right(self, path: Path, sha256: str, file: BinaryIO) -> bool:
        """Read the file once in the life of a process, and again when its time or size has changed."""
        identity = _identity(os.fstat(file.fileno()))
        with self._lock:
            if self._checked.get(sha256) == identity:
                return True
        with suppress(FileNotFoundError):
            if hash_file(path).sha256 == sha256:
                with self._lock:
                    self._checked[sha256] = identity
                return True
        return False

    def _make_room(self) -> None:
        entries: list[tuple[int, int, Path]] = []
        for entry in os.scandir(self._folder):
            with suppress(FileNotFoundError):  # dropped meanwhile
                found = entry.stat()
                entries.append((found.st_atime_ns, found.st_size, Path(entry)))
        with self._lock:
            self._unseen_bytes = 0
        room = self._max_bytes - self._max_bytes // _PART
        excess = sum(size for _, size, _ in entries) - room
        self._drop_unheld(sorted(entries), excess)

    def _drop_unheld(self, entries: Iterable[tuple[int, int, Path]], excess: int) -> None:
        for _, size, path in entries:
            if excess <= 0:
                return
            with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.drop(path.name)
                excess -= size


def _hold(path: Path) -> BinaryIO:
    file = path.open("rb")
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


def _identity(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns
