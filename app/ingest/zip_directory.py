"""How large the directory of a zip is, read from the end of the file before anything of it is unpacked.

`zipfile` reads a whole directory into memory, whatever its size. Source of the records: APPNOTE 6.3.10,
4.3.14 to 4.3.16; where they may lie differently than said here, the zip counts as damaged, so that nobody
reads another directory than the one that was measured.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile

_END = struct.Struct("<4s4H2IH")
_LOCATOR = struct.Struct("<4sIQI")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_END_MARK, _LOCATOR_MARK, _END_64_MARK = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_MAX_COMMENT_BYTES = 0xFFFF


def read_directory_size(path: Path) -> tuple[int, int]:
    """Return how many entries a zip's directory claims to have, and its size in bytes.

    Raises BadZipFile if the end of the file is not that of a zip.
    """
    with path.open("rb") as file:
        end = _find_end(file)
        entries, size = _read_end(file, end)
    if size > end:
        raise BadZipFile("the directory is larger than the file")
    return entries, size


def _find_end(file: BinaryIO) -> int:
    """Return where the record of the end begins; only a comment may come after it."""
    file_size = file.seek(0, os.SEEK_END)
    start = max(file_size - _END.size - _MAX_COMMENT_BYTES, 0)
    file.seek(start)
    tail = file.read()
    place = len(tail) - _END.size
    if place < 0 or not (tail[place:].startswith(_END_MARK) and tail.endswith(b"\x00\x00")):
        place = tail.rfind(_END_MARK)
    if place < 0 or len(tail) - place < _END.size:
        raise BadZipFile("the end is missing")
    comment_size = _END.unpack_from(tail, place)[-1]
    if place + _END.size + comment_size != len(tail):
        raise BadZipFile("something follows the end")
    return start + place


def _read_end(file: BinaryIO, end: int) -> tuple[int, int]:
    """Return the number of entries and the size that the record at `end`, or its 64-bit one, claims."""
    file.seek(max(end - _LOCATOR.size, 0))
    before = file.read(min(end, _LOCATOR.size))
    if not before.startswith(_LOCATOR_MARK) or len(before) < _LOCATOR.size:
        *_, entries, size, _, _ = _END.unpack(file.read(_END.size))
        return entries, size
    end_64 = end - _LOCATOR.size - _END_64.size
    if _LOCATOR.unpack(before)[2] != end_64:
        raise BadZipFile("the 64-bit end is not where it should be")
    file.seek(end_64)
    mark, *_, entries, size, _ = _END_64.unpack(file.read(_END_64.size))
    if mark != _END_64_MARK:
        raise BadZipFile("the 64-bit end is missing")
    return entries, size
