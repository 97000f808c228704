"""sweep: what nothing names any more and is older than any upload goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from app.storage.blobs import ListedBlob
from app.storage.deletion import KEEPING_LOCK, delete_queued
from app.storage.installation import Installation
from app.storage.inventory import list_named_blobs

_BATCH = 100  # as many as other writers have to wait for


@dataclass(frozen=True, slots=True)
class Swept:
    """How much went: blobs and their bytes, copies in this machine's cache, folders in scratch."""

    blobs: int
    bytes: int
    copies: int
    scratch: int


def sweep_installation(installation: Installation, now: dt.datetime) -> Swept:
    """Remove blobs that nothing names, copies of deleted blobs, and what dead processes left in scratch.

    Blobs and scratch go only from an age on that no upload reaches (`sweep_after_hours`). It waits for the
    end of a backup.
    """
    before = now - dt.timedelta(hours=installation.settings.sweep_after_hours)
    delete_queued(installation)
    with installation.database.hold(KEEPING_LOCK, wait=True):
        with installation.database.reading() as session:
            named = list_named_blobs(session)
        orphans = [
            blob
            for blob in installation.blobs.list_blobs()
            if blob.sha256 not in named and blob.kept_at < before
        ]
        gone = [
            blob
            for start in range(0, len(orphans), _BATCH)
            for blob in _delete(installation, orphans[start : start + _BATCH], before)
        ]
    return Swept(
        blobs=len(gone),
        bytes=sum(blob.size for blob in gone),
        copies=installation.blobs.forget_deleted(),
        scratch=installation.folder.sweep_scratch(before),
    )


def _delete(
    installation: Installation, orphans: Sequence[ListedBlob], before: dt.datetime
) -> list[ListedBlob]:
    """Delete under the writer's lock, so that no commit can begin to name a blob that is going."""
    with installation.database.writing() as session:
        named = list_named_blobs(session)
        gone = []
        for blob in orphans:
            found = installation.blobs.find(blob.sha256)  # adopted again meanwhile, it is young
            if found is not None and blob.sha256 not in named and found.kept_at < before:
                installation.blobs.delete(blob.sha256)
                gone.append(blob)
    return gone
