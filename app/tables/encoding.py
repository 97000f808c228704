"""Encodings: what a declared name means, and where a file breaks it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHUNK_BYTES = 1 << 20

ENCODING_TITLES = {
    "utf-8-sig": "UTF-8",
    "cp932": "Shift_JIS（CP932）",
    "utf-16": "UTF-16",
    "euc-jp": "EUC-JP",
}
"""The codecs that we read, by Python's name, each with the name that people know."""

_CODECS = {
    **dict.fromkeys(("", "utf-8", "utf8", "utf-8-sig", "us-ascii", "ascii"), "utf-8-sig"),
    **dict.fromkeys(("cp932", "ms932", "windows-31j", "shift-jis", "shiftjis", "sjis", "x-sjis"), "cp932"),
    **dict.fromkeys(("utf-16", "utf16"), "utf-16"),
    **dict.fromkeys(("euc-jp", "eucjp"), "euc-jp"),
}


@dataclass(frozen=True, slots=True)
class DecodingFault:
    """The first bytes of a file that its encoding does not know.

    `offset` counts bytes of the file from 0; `line` and `column` count lines and bytes of the line from 1 and
    are None in UTF-16. `looks_like` is the codec that the whole file fits, or None.
    """

    offset: int
    line: int | None
    column: int | None
    data: bytes
    looks_like: str | None


def find_codec(name: str) -> str | None:
    """Return the codec that a declared encoding means (not declared, "": UTF-8), or None if we have none."""
    return _CODECS.get(name.strip().lower().replace("_", "-"))


def recognise_codec(path: Path) -> str | None:
    """Return the first codec of `ENCODING_TITLES` that a whole file fits, or None.

    The order: UTF-8, UTF-16 with a byte order mark, CP932, EUC-JP; never a Western one, which fits any bytes.
    """
    with path.open("rb") as file:
        is_utf16 = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    order = ("utf-16",) if is_utf16 else ("utf-8-sig", "cp932", "euc-jp")
    return next((codec for codec in order if _find_fault(path, codec) is None), None)


def find_decoding_fault(path: Path, codec: str) -> DecodingFault | None:
    """Read a whole file strictly in a codec of `ENCODING_TITLES`; return where it first breaks, or None."""
    fault = _find_fault(path, codec)
    if fault is None:
        return None
    offset, data = fault
    line, column = (None, None) if codec == "utf-16" else _locate(path, offset)
    return DecodingFault(offset, line, column, data, _guess_codec(path, codec, offset))


def _find_fault(path: Path, codec: str) -> tuple[int, bytes] | None:
    """Return the byte offset and the bad bytes; to the decoder used here a BOM of UTF-8 is text."""
    decoder = codecs.getincrementaldecoder("utf-8" if codec == "utf-8-sig" else codec)("strict")
    read = 0
    with path.open("rb") as file:
        for chunk in _chunks(file):
            read += len(chunk)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:  # error.object: what was pending, then the chunk
                return read - len(error.object) + error.start, error.object[error.start : error.end]
            except UnicodeError:  # UTF-16 without a byte order mark
                return 0, chunk[:2]
    return None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the file in pieces, and an empty piece at its end."""
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
    yield b""


def _locate(path: Path, offset: int) -> tuple[int, int]:
    line, line_start, position = 1, 0, 0
    with path.open("rb") as file:
        while position < offset:
            chunk = file.read(min(CHUNK_BYTES, offset - position))
            line += chunk.count(b"\n")
            if b"\n" in chunk:
                line_start = position + chunk.rindex(b"\n") + 1
            position += len(chunk)
    return line, offset - line_start + 1


def _guess_codec(path: Path, codec: str, offset: int) -> str | None:
    with path.open("rb") as file:
        head = file.read(3)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates: tuple[str, ...] = ("utf-16",)
    elif b"\x00" in head:
        candidates = ()
    elif codec == "utf-8-sig":
        candidates = ("cp932",) if _is_ascii_before(path, offset) else ()
    else:
        candidates = ("utf-8-sig",)
    return next((one for one in candidates if one != codec and _find_fault(path, one) is None), None)


def _is_ascii_before(path: Path, offset: int) -> bool:
    """Whether nothing before the fault was good UTF-8 beyond ASCII, which Shift_JIS text hardly ever is."""
    with path.open("rb") as file:
        while offset > 0:
            chunk = file.read(min(CHUNK_BYTES, offset))
            if not chunk.isascii():
                return False
            offset -= len(chunk)
    return True
