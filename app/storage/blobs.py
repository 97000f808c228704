"""Files by content: each is kept once, under its SHA-256."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.storage.data_folder import sync_folder


@dataclass(frozen=True, slots=True)
class Blob:
    """A kept file: its SHA-256 in hex and its size in bytes."""

    sha256: str
    size: int


class BlobStore:
    """Blobs in a folder of the local disk: `ab/abcdef…`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def adopt(self, path: Path) -> Blob:
        """Take over a finished file of the same disk; it is on disk, with its name, when this returns."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        target = self.path(digest)
        target.parent.mkdir(exist_ok=True)
        sync_folder(self._folder)
        if not target.exists():
            path.replace(target)
        sync_folder(
            target.parent
        )  # also of a blob that is there: who put it there may not have come this far
        return Blob(digest, size)

    def path(self, sha256: str) -> Path:
        """Return where the blob of that hash is, or would be."""
        return self._folder / sha256[:2] / sha256

    def delete(self, sha256: str) -> bool:
        """Delete a blob durably; return whether it was there."""
        path = self.path(sha256)
        if not path.exists():
            return False
        path.unlink()
        sync_folder(path.parent)
        return True

    def open(self, sha256: str) -> BinaryIO:
        """Open a blob for reading; raises FileNotFoundError if it is missing."""
        return self.path(sha256).open("rb")
