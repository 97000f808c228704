"""verify: everything stored is read and compared with what the database says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.model.distribution import ROW_FILE
from app.storage.blobs import copy_pieces
from app.storage.entities import State
from app.storage.installation import Installation
from app.storage.inventory import (
    NamedBlob,
    WholeVersion,
    describe_version,
    list_named_blobs,
    list_withdrawn_blobs,
    load_versions,
)
from app.storage.journal import find_broken_event
from app.tables.canonical import count_rows

_ALWAYS_OF_TABLES = {"csv", ROW_FILE.suffix}  # other formats have limits, or came later
_ALWAYS_OF_DATASETS = {"zip", "nt"}
_MAKING = {"version:accept", "version:restore"}
_DEEDS = {
    State.APPROVING: "version:approve",
    State.APPROVED: "version:release",
    State.WITHDRAWN: "version:withdraw",
}
"""The event without which no version is in that state."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something missing or altered: what kind, what it is about, and what is wrong (Japanese)."""

    kind: str
    subject: str
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and every fault."""

    blobs: int
    bytes: int
    versions: int
    events: int
    unfinished_jobs: int
    faults: tuple[Fault, ...]


def verify_installation(installation: Installation) -> Verified:
    """Read everything that is stored and compare it; may run while the catalogue serves.

    Blobs that are withdrawn while it runs are not missed. Raises StoreUnavailable if the bucket is away.
    """
    with installation.database.reading() as session:
        named = list_named_blobs(session)
        versions = load_versions(session)
        faults = [fault for version in versions for fault in _version_faults(version)]
        withdrawn = list_withdrawn_blobs(session)
        open_jobs = sum(len(version.open_jobs) for version in versions)
        events = installation.database.head()
    faults += [
        Fault("withdrawn", sha256, "取り下げた版のファイルが残っています。")
        for sha256 in sorted(withdrawn)
        if installation.blobs.find(sha256) is not None
    ]
    broken = find_broken_event(installation.database)
    if broken is not None:
        faults.append(Fault("journal", f"event {broken}", "操作の記録のつながりが正しくありません。"))
    about_blobs = {
        blob.sha256: fault for blob in named.values() for fault in _blob_faults(installation, blob)
    }
    if about_blobs:
        with installation.database.reading() as session:
            still_named = list_named_blobs(session)
        faults += [fault for sha256, fault in about_blobs.items() if sha256 in still_named]
    size = sum(blob.size for blob in named.values())
    return Verified(len(named), size, len(versions), events, open_jobs, tuple(faults))


def _blob_faults(installation: Installation, blob: NamedBlob) -> Iterator[Fault]:
    subject = f"{blob.sha256} ({blob.owner})"
    with installation.folder.scratch() as scratch:
        copy = scratch / "blob"
        try:
            found = copy_pieces(installation.blobs.read_pieces(blob.sha256), copy)
        except FileNotFoundError:
            yield Fault("missing", subject, "ファイルがありません。")
            return
        if (found.sha256, found.size) != (blob.sha256, blob.size):
            yield Fault("altered", subject, f"内容が変わっています（{found.size:,}バイト）。")
        elif blob.row_count is not None:
            with copy.open("rb") as file:
                rows = count_rows(file)
            if rows != blob.row_count:
                yield Fault("rows", subject, f"{blob.row_count:,}行のはずが{rows:,}行です。")


def _version_faults(whole: WholeVersion) -> Iterator[Fault]:
    """Yield what a version lacks for the state in which it is."""
    version = whole.version
    subject = describe_version(whole.name, version.number, version.id)
    state = State(version.state)
    if not whole.deeds & _MAKING or (state in _DEEDS and _DEEDS[state] not in whole.deeds):
        yield Fault("event", subject, f"状態「{state}」に至る操作が記録されていません。")
    is_decided = state in _DEEDS
    if is_decided != all((version.number, version.approved_by, version.effective_at)):
        yield Fault("half", subject, f"状態「{state}」と、版の番号・承認者・公開日時が合いません。")
    if len(whole.open_jobs) != (state == State.APPROVING):
        yield Fault("job", subject, f"状態「{state}」に、進行中のジョブが{len(whole.open_jobs)}件あります。")
    if state in (State.DRAFT, State.SUBMITTED) and whole.renderings:
        yield Fault("half", subject, "公開前の版に、公開用のファイルがあります。")
    if state == State.APPROVED:
        yield from _rendering_faults(whole, subject)


def _rendering_faults(whole: WholeVersion, subject: str) -> Iterator[Fault]:
    effective = [record for record in whole.records if record.effective_at is not None]
    if not effective:
        yield Fault("half", subject, "公開された版に、説明がありません。")
    wanted = {(table.name, suffix) for table in whole.tables for suffix in _ALWAYS_OF_TABLES}
    wanted |= {("", suffix) for suffix in _ALWAYS_OF_DATASETS}
    for record in effective:
        for table, suffix in sorted(wanted - whole.renderings.get(record.id or 0, set())):
            yield Fault("rendering", f"{subject} {table}.{suffix}", "公開用のファイルが作られていません。")
