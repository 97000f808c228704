"""Union files: what was made of many datasets together, kept until the set of datasets is another.

unions/{name}/{key}/{part}/{sha256}   a file; `key` stands for all that it was made of

They are a cache: each can be made again at any time, and the folder may be emptied while nothing runs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.storage.data_folder import DataFolder


@dataclass(frozen=True, slots=True)
class UnionFile:
    """A kept file: its SHA-256 in hex, its size in bytes, and where it is."""

    sha256: str
    size: int
    path: Path


class UnionStore:
    """Union files of one data folder; of each name those of one key only."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._root = folder.root / "unions"
        self._lock = threading.Lock()

    def get(self, name: str, key: str, part: str, write: Callable[[Path], None]) -> UnionFile:
        """Return the file of that name, key and part; it is made by `write` if it isn't there.

        Files of the same name under other keys are deleted. What `write` raises comes through, and then
        nothing is kept.
        """
        with self._lock:  # one at a time, so that nobody makes what another is making
            self._drop_others(name, key)
            return self._find(name, key, part) or self._make(name, key, part, write)

    def clear(self) -> None:
        """Delete all files: a dataset was withdrawn, and with it its rows must go."""
        with self._lock:
            shutil.rmtree(self._root, ignore_errors=True)

    def _find(self, name: str, key: str, part: str) -> UnionFile | None:
        folder = self._root / name / key / part
        path = next(folder.iterdir(), None) if folder.is_dir() else None
        return UnionFile(path.name, path.stat().st_size, path) if path else None

    def _make(self, name: str, key: str, part: str, write: Callable[[Path], None]) -> UnionFile:
        with self._folder.scratch() as scratch:
            made = scratch / "union"
            write(made)
            with made.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                os.fsync(file.fileno())
            target = self._root / name / key / part / sha256
            target.parent.mkdir(parents=True, exist_ok=True)
            made.replace(target)
        return UnionFile(sha256, target.stat().st_size, target)

    def _drop_others(self, name: str, key: str) -> None:
        folder = self._root / name
        for other in folder.iterdir() if folder.is_dir() else ():
            if other.name != key:
                shutil.rmtree(other, ignore_errors=True)
