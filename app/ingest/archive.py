"""Zip files from outside: every entry is bounded in number, name, size, ratio and depth before use."""

from __future__ import annotations

import stat
import unicodedata
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from app.errors import RefusedUpload
from app.ingest.zip_directory import read_directory_size
from app.settings import Settings

_CHUNK_BYTES = 1 << 20
_MAX_FOLDER_DEPTH = 8
_MAX_DIRECTORY_BYTES_PER_ENTRY = 2_000  # names are at most some hundred bytes
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UTF8_NAME_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1
_RATIO_FREE_BYTES = 1_000_000  # small files may be packed as tightly as they like


class Archive:
    """The entries of one zip, by name; names of old Windows tools are read as CP932.

    Raises RefusedUpload, on opening or on unpacking, when a bound is broken.
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        self._left = settings.max_archive_bytes
        try:
            _check_directory(*read_directory_size(path), settings)
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise _damaged(str(error)) from error
        entries = self._zip.infolist()
        _check_bounds(entries, settings)
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            if entry.is_dir():
                continue
            name = _readable_name(entry)
            _check_entry(entry, name)
            if name in self._entries:
                raise _unsafe(f"同じ名前のファイル「{name}」が2つ以上入っています。")
            self._entries[name] = entry

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all files, in the zip's order."""
        return tuple(self._entries)

    def unpack(self, name: str, target: Path) -> None:
        """Write one file; counts what really comes out of the zip as a whole, whatever it claims."""
        entry = self._entries[name]
        left = entry.file_size
        try:
            with self._zip.open(entry) as source, target.open("wb") as file:
                while chunk := source.read(_CHUNK_BYTES):
                    left -= len(chunk)
                    self._left -= len(chunk)
                    if left < 0 or self._left < 0:
                        raise _unsafe(f"「{name}」が、記録された大きさや上限より大きく展開されます。")
                    file.write(chunk)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
            raise _damaged(f"{name}: {error}") from error

    def close(self) -> None:
        """Close the zip."""
        self._zip.close()


def _check_directory(entries: int, size: int, settings: Settings) -> None:
    if entries > settings.max_archive_entries:
        raise _too_many(entries, settings)
    most = settings.max_archive_entries * _MAX_DIRECTORY_BYTES_PER_ENTRY
    if size > most:
        raise _unsafe(f"ファイル名などの目次が{size:,}バイトあり、上限（{most:,}バイト）を超えています。")


def _check_bounds(entries: list[zipfile.ZipInfo], settings: Settings) -> None:
    if len(entries) > settings.max_archive_entries:
        raise _too_many(len(entries), settings)
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    too_dense = unpacked > _RATIO_FREE_BYTES and unpacked > packed * settings.max_archive_ratio
    if unpacked > settings.max_archive_bytes or too_dense:
        raise RefusedUpload(
            "archive-bomb",
            f"ZIPを展開すると{unpacked:,}バイトになり、上限（{settings.max_archive_bytes:,}バイト、"
            f"または圧縮前後の比{settings.max_archive_ratio}倍）を超えます。",
            "中のファイルを確かめ、必要なファイルだけを入れて作りなおしてください。",
        )


def _readable_name(entry: zipfile.ZipInfo) -> str:
    name = entry.filename
    if not entry.flag_bits & _UTF8_NAME_FLAG and not name.isascii():
        try:
            name = name.encode("cp437").decode("cp932")
        except (UnicodeEncodeError, UnicodeDecodeError):
            raise _unsafe(f"ファイル名「{name}」の文字コードが読み取れません。") from None
    return unicodedata.normalize("NFC", name)


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\\" in name or ":" in name:
        raise _unsafe(f"ファイル名「{name}」が、ZIPの外を指しています。")
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise _unsafe(f"ファイル名{name!r}に制御文字が入っています。")
    if len(parts) > _MAX_FOLDER_DEPTH:
        raise _unsafe(f"「{name}」のフォルダーが深すぎます（上限{_MAX_FOLDER_DEPTH}段）。")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _unsafe(f"「{name}」は別の場所を指すリンクです。")
    if entry.flag_bits & _ENCRYPTED_FLAG:
        raise RefusedUpload(
            "archive-encrypted",
            f"「{name}」がパスワードで保護されています。",
            "パスワードを付けずにZIPを作りなおしてください。",
        )
    if entry.compress_type not in _METHODS:
        raise _damaged(f"{name}: 圧縮の方式{entry.compress_type}は展開できません")


def _too_many(count: int, settings: Settings) -> RefusedUpload:
    return RefusedUpload(
        "too-many-files",
        f"ZIPにファイルやフォルダーが{count}個入っており、上限（{settings.max_archive_entries}個）を超えています。",
        "datapackage.json と、それが挙げるファイルだけを入れてください。",
    )


def _unsafe(what: str) -> RefusedUpload:
    return RefusedUpload(
        "archive-unsafe", f"ZIPの中身が安全ではありません。{what}", "フォルダーごと圧縮しなおしてください。"
    )


def _damaged(detail: str) -> RefusedUpload:
    return RefusedUpload(
        "archive-damaged",
        f"ZIPを展開できません。壊れているか、途中で切れているか、特殊な方式のものです（{detail}）。",
        "標準の方式（Deflate）でZIPを作りなおすか、もう一度送ってください。",
    )
