"""Downloads: an address becomes a stored rendering of an effective version, or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.errors import DistributionNotFound, GoneError
from app.model.distribution import Distribution
from app.serve.catalogue import Reader, get_release, get_release_version, gone_message
from app.storage import releases


@dataclass(frozen=True, slots=True)
class Download:
    """A file to send: which bytes, what they are called, and when they last changed (UTC).

    `open_local` gives a path of the local disk for as long as its context is open. `modified` is None if that
    cannot be told. `file_name` is ASCII, `readable_name` Japanese.
    """

    distribution: Distribution
    open_local: Callable[[], AbstractContextManager[Path]]
    file_name: str
    readable_name: str
    modified: dt.datetime | None


def find_download(reader: Reader, name: str, table: str, suffix: str, number: int | None = None) -> Download:
    """Return the file of a dataset's table (empty: of the whole dataset) in a format.

    `number` asks for an earlier version. Raises DatasetNotFound, VersionNotFound, DistributionNotFound.
    """
    release = get_release(reader, name) if number is None else get_release_version(reader, name, number)
    found = release.find_distribution(table, suffix) or release.find_distribution("", f"{table}.{suffix}")
    if found is None:
        raise DistributionNotFound(f"{name}/{table}.{suffix}" if table else f"{name}.{suffix}")
    described = release.find_table(table)
    suffix = found.format.suffix
    parts = [release.name, table] if described else [release.name]
    readable = [release.record.title, described.record.title] if described else [release.record.title]
    end = f".{suffix}" if number is None else f"_v{number}.{suffix}"
    return Download(
        distribution=found,
        open_local=partial(reader.installation.blobs.local, found.sha256),
        file_name="_".join(parts) + end,
        readable_name="_".join(readable) + end,
        modified=release.modified,
    )


def find_download_by_hash(reader: Reader, sha256: str, file_name: str) -> Download:
    """Return a file by its hash and stored name, if an effective version has it.

    Raises DistributionNotFound.
    """
    with reader.installation.database.reading() as session:
        found = releases.find_by_hash(session, sha256, reader.now)
        reason = None if found else releases.find_withdrawal_of_hash(session, sha256, reader.now)
    if reason is not None:
        raise GoneError(gone_message(reason))
    for entry, effective_at in found:
        if entry.file_name == file_name:
            open_local = partial(reader.installation.blobs.local, sha256)
            return Download(entry, open_local, file_name, file_name, effective_at)
    raise DistributionNotFound(f"{sha256}/{file_name}")
