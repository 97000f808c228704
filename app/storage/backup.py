"""Backup: one tar file with everything of an installation, and back into an empty one.

backup.json        what is in it: format, revision of the tables, rows and hash of each table, every blob
tables/{name}.jsonl   the rows of a table, the same from SQLite and PostgreSQL
blobs/ab/abcdef…   the blobs that these rows name
"""

from __future__ import annotations

import datetime as dt
import fcntl
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO

import sqlalchemy as sa
from sqlmodel import Session

from app.errors import ConflictError, OperatorError
from app.settings import Settings
from app.storage.blobs import PIECE_BYTES, BlobStore, blob_name, copy_pieces, hash_file
from app.storage.bucket import open_blobs
from app.storage.data_folder import DataFolder, sync_folder
from app.storage.database import fill_database
from app.storage.deletion import KEEPING_LOCK
from app.storage.installation import Installation
from app.storage.inventory import NamedBlob, list_named_blobs
from app.storage.portable import count_rows, export_rows, import_rows, list_table_names

_FORMAT = 1
_MANIFEST = "backup.json"
_MEMBER = re.compile(r"tables/(?P<table>[a-z_]+)\.jsonl|blobs/[0-9a-f]{2}/(?P<sha256>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds: rows of all tables, blobs and their bytes."""

    rows: int
    blobs: int
    bytes: int


def write_backup(installation: Installation, target: Path, now: dt.datetime) -> BackedUp:
    """Write everything as it is at one moment into a new file, while the catalogue may serve.

    The file has its name only when it is whole and on disk; before, it is `{name}.partial`. Deletions wait
    for its end. Raises ConflictError if there is such a file, or another process writes it; OperatorError if
    a blob is missing or altered.
    """
    if target.exists():
        raise ConflictError(f"「{target}」はすでにあります。別の名前を指定してください。")
    unfinished = target.with_name(f"{target.name}.partial")
    with (
        _opened_alone(unfinished) as file,
        installation.database.hold(KEEPING_LOCK, wait=True),
        installation.folder.scratch() as scratch,
    ):
        with installation.database.reading() as session:
            tables = [_export_table(session, name, scratch) for name in list_table_names()]
            blobs = list_named_blobs(session)
        manifest = {
            "format": _FORMAT,
            "created_at": now.astimezone(dt.UTC).isoformat(),
            "revision": installation.database.revision(),
            "tables": tables,
            "blobs": {blob.sha256: blob.size for blob in blobs.values()},
        }
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            _add(archive, _MANIFEST, io.BytesIO(json.dumps(manifest).encode()))
            for table in tables:
                with (scratch / table["name"]).open("rb") as rows:
                    _add(archive, f"tables/{table['name']}.jsonl", rows)
            for blob in blobs.values():
                _add_blob(archive, installation.blobs, blob, scratch)
        file.flush()
        os.fsync(file.fileno())
        unfinished.replace(target)
        sync_folder(target.parent)
    return BackedUp(
        sum(table["rows"] for table in tables), len(blobs), sum(blob.size for blob in blobs.values())
    )


def restore_backup(settings: Settings, source: Path) -> BackedUp:
    """Put a backup into the installation of these settings, which must be empty; all of it or nothing.

    Blobs come first, each checked; then all rows in one commit, brought up to date if the backup is of an
    earlier release. Raises OperatorError if the file is no whole backup, ConflictError if the database holds
    something.
    """
    folder = DataFolder(settings.data_dir)
    blobs = open_blobs(settings, folder)
    with folder.scratch() as scratch, _opened_archive(source) as archive:
        manifest = _read_manifest(archive)
        names = [str(table["name"]) for table in manifest["tables"]]

        def refuse_or_fill(connection: sa.Connection) -> None:
            if any(count_rows(connection, name) for name in names if name != "fact"):
                raise ConflictError(
                    "このカタログにはすでにデータがあります。空のデータベースを指定してください。"
                )
            _receive(archive, manifest, blobs, scratch)
            import_rows(connection, lambda name: _read_lines(scratch / name), names)

        fill_database(settings.database_url, folder, str(manifest["revision"]), refuse_or_fill)
    sizes = manifest["blobs"].values()
    return BackedUp(sum(table["rows"] for table in manifest["tables"]), len(sizes), sum(sizes))


@contextmanager
def _opened_alone(path: Path) -> Iterator[BinaryIO]:
    with path.open("ab") as file:  # not "wb": another process may be writing it
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError(f"「{path}」には、別のプロセスが書き込んでいます。") from error
        file.truncate(0)
        yield file


def _export_table(session: Session, name: str, scratch: Path) -> dict[str, Any]:
    path, rows = scratch / name, 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in export_rows(session, name):
            file.write(f"{line}\n")
            rows += 1
    return {"name": name, "rows": rows, "sha256": hash_file(path).sha256}


def _read_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        yield from file


def _add(archive: tarfile.TarFile, name: str, file: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size = file.seek(0, os.SEEK_END)
    info.mode = 0o600
    file.seek(0)
    archive.addfile(info, file)


def _add_blob(archive: tarfile.TarFile, blobs: BlobStore, blob: NamedBlob, scratch: Path) -> None:
    path = scratch / "blob"
    try:
        found = copy_pieces(blobs.read_pieces(blob.sha256), path)
    except FileNotFoundError as error:
        raise OperatorError(f"ファイル {blob.sha256}（{blob.owner}）がありません。") from error
    if (found.sha256, found.size) != (blob.sha256, blob.size):
        raise OperatorError(f"ファイル {blob.sha256}（{blob.owner}）の内容が変わっています。")
    with path.open("rb") as file:
        _add(archive, f"blobs/{blob_name(blob.sha256)}", file)


@contextmanager
def _opened_archive(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:") as archive:
            yield archive
    except (tarfile.TarError, OSError, KeyError, ValueError, EOFError) as error:
        raise OperatorError(f"「{path}」は、完全なバックアップとして読めません（{error}）。") from error


def _read_manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    member = archive.next()
    file = archive.extractfile(member) if member is not None and member.name == _MANIFEST else None
    manifest: dict[str, Any] = json.load(file) if file else {}
    if manifest.get("format") != _FORMAT:
        raise ValueError("no manifest of a known format")
    return manifest


def _receive(archive: tarfile.TarFile, manifest: dict[str, Any], blobs: BlobStore, scratch: Path) -> None:
    """Keep every blob and lay every table in scratch; raises ValueError if one is missing or altered."""
    wanted = {f"tables/{table['name']}.jsonl": table["sha256"] for table in manifest["tables"]}
    wanted |= {f"blobs/{blob_name(sha256)}": sha256 for sha256 in manifest["blobs"]}
    while member := archive.next():
        found, file = _MEMBER.fullmatch(member.name), archive.extractfile(member)
        if found is None or file is None or member.name not in wanted:
            raise ValueError(f"{member.name} does not belong there")
        path = scratch / (found["table"] or "blob")
        blob = copy_pieces(iter(partial(file.read, PIECE_BYTES), b""), path)
        if blob.sha256 != wanted.pop(member.name):
            raise ValueError(f"{member.name} was altered")
        if found["sha256"]:
            blobs.adopt(path)
    if wanted:
        raise ValueError(f"{len(wanted)} files are missing")
