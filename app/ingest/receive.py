"""receive: an upload becomes one file in scratch, with its hash, inside the bounds."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.errors import RefusedUpload
from app.settings import Settings

_CHUNK_BYTES = 1 << 20
_FOLDER_TIME = (1980, 1, 1, 0, 0, 0)
_UNSHOWN = frozenset({"Cc", "Cf", "Cs"})  # categories of Unicode: control, format, half characters


@dataclass(frozen=True, slots=True)
class Received:
    """An upload on disk: `name` as its sender called it, fit to be shown; hash in hex, size in bytes."""

    path: Path
    name: str
    sha256: str
    size: int


class Receiver:
    """Writes an upload to scratch piece by piece, inside `max_upload_bytes`."""

    def __init__(self, name: str, scratch: Path, settings: Settings) -> None:
        self._name = _show_name(name)
        self._settings = settings
        self._path = scratch / "upload"
        self._file = self._path.open("wb")
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, piece: bytes) -> None:
        """Take the next piece; raises RefusedUpload when the bound is passed."""
        self._size += len(piece)
        if self._size > self._settings.max_upload_bytes:
            self._file.close()
            raise _too_large(self._settings)
        self._digest.update(piece)
        self._file.write(piece)

    def finish(self) -> Received:
        """Return the whole upload; raises RefusedUpload if nothing came."""
        self._file.close()
        if self._size == 0:
            raise RefusedUpload(
                "empty-upload",
                f"「{self._name}」は中身のないファイル（0バイト）です。",
                "元のファイルを開いて内容があることを確かめ、保存しなおしてから送ってください。",
            )
        return Received(self._path, self._name, self._digest.hexdigest(), self._size)


def receive_stream(pieces: Iterable[bytes], name: str, scratch: Path, settings: Settings) -> Received:
    """Write a stream to scratch; raises RefusedUpload if it is empty or passes `max_upload_bytes`."""
    receiver = Receiver(name, scratch, settings)
    for piece in pieces:
        receiver.write(piece)
    return receiver.finish()


def receive_path(path: Path, scratch: Path, settings: Settings) -> Received:
    """Take a file or a package folder of this machine; a folder becomes a zip, the same for the same files.

    Raises RefusedUpload if there is nothing there, or a bound is broken.
    """
    if path.is_dir():
        packed = scratch / "folder.zip"
        _pack_folder(path, packed, settings)
        return receive_stream(_chunks(packed), f"{path.resolve().name}.zip", scratch, settings)
    if not path.is_file():
        raise RefusedUpload(
            "no-such-file",
            f"「{_show_name(str(path))}」というファイルはありません。",
            "場所と名前を確かめてください。",
        )
    return receive_stream(_chunks(path), path.name, scratch, settings)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _pack_folder(folder: Path, target: Path, settings: Settings) -> None:
    files = sorted(path for path in _visible_files(folder))
    if len(files) > settings.max_archive_entries:
        raise RefusedUpload(
            "too-many-files",
            f"フォルダーのファイルが{len(files)}個あり、上限（{settings.max_archive_entries}個）を超えています。",
            "datapackage.json と、それが挙げるファイルだけにしてください。",
        )
    if sum(path.stat().st_size for path in files) > settings.max_upload_bytes:
        raise _too_large(settings)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(_entry_name(path.relative_to(folder)), _FOLDER_TIME)
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as member:
                while chunk := source.read(_CHUNK_BYTES):
                    member.write(chunk)


def _entry_name(path: Path) -> str:
    try:
        return os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedUpload(
            "file-name",
            f"フォルダーの中のファイルの名前「{_show_name(str(path))}」が、UTF-8 として読み取れません。",
            "ファイルの名前を付けなおすか、使わないファイルなら除いてください。",
        ) from None


def _show_name(name: str) -> str:
    """Return a name without characters that cannot be seen or written."""
    return "".join("\ufffd" if unicodedata.category(one) in _UNSHOWN else one for one in name)


def _visible_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not path.is_symlink() and not is_hidden:
            yield path


def _too_large(settings: Settings) -> RefusedUpload:
    return RefusedUpload(
        "upload-too-large",
        f"ファイルが大きすぎます（上限 {settings.max_upload_bytes:,} バイト）。",
        "表を分けるか、不要な列や画像を除いてから送ってください。",
    )
