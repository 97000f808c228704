"""Delimited text as a stream of records, in bounded memory.

Source of the form: RFC 4180, with any line end and any of `DELIMITERS`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TextIO

DELIMITERS = (",", "\t", ";", "|")

MAX_RECORD_DELIMITERS = 100_000
"""Delimiters in one record, inside and outside quotes; each may begin a cell, which takes a hundred bytes."""

_LINES_TO_GUESS_BY = 20
_LIMIT_OF_CSV = 2**31 - 1


class RecordFault(StrEnum):
    """Why reading stopped."""

    UNCLOSED_QUOTE = "unclosed-quote"
    STRAY_QUOTE = "stray-quote"
    TOO_LONG = "record-too-long"


class UnreadableRecord(Exception):
    """The file cannot be read beyond this record; `row` is where it begins, the header being row 1."""

    def __init__(self, row: int, fault: RecordFault) -> None:
        super().__init__(f"{fault.value} in row {row}")
        self.row = row
        self.fault = fault


class Records:
    """The records of an open text, once: row numbers from 1 (the header) with their cells.

    A blank line is a record without cells. Line breaks inside cells become "\\n". `line_ends` has the ends of
    the records read so far. Reading raises UnreadableRecord; no more than `max_record_characters` of text and
    `MAX_RECORD_DELIMITERS` are ever held, so that a quote which is never closed does not swallow the file.
    """

    def __init__(self, text: TextIO, delimiter: str, max_record_characters: int) -> None:
        self.line_ends: set[str] = set()
        self._text = text
        self._delimiter = delimiter
        self._max_characters = max_record_characters
        self._row = 0
        self._lines = self._characters = self._delimiters = 0
        self._line_end = ""
        self._is_exhausted = False

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row number with its cells."""
        lift_cell_limit()
        reader = csv.reader(self._read_lines(), delimiter=self._delimiter, strict=True)
        while (cells := self._read_record(reader)) is not None:
            if self._line_end:
                self.line_ends.add(self._line_end)
            yield self._row, cells

    def _read_record(self, reader: Iterator[list[str]]) -> list[str] | None:
        self._row += 1
        self._lines = self._characters = self._delimiters = 0
        try:
            cells = next(reader, None)
        except csv.Error as error:  # strict csv complains of quotes only: the text ended, or one is misplaced
            fault = RecordFault.UNCLOSED_QUOTE if self._is_exhausted else RecordFault.STRAY_QUOTE
            raise UnreadableRecord(self._row, fault) from error
        if cells is not None and self._lines > 1:
            return [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells]
        return cells

    def _read_lines(self) -> Iterator[str]:
        """Yield the text's lines with their ends, as csv asks for them."""
        while line := self._text.readline(self._max_characters + 1):
            self._lines += 1
            self._characters += len(line)
            self._delimiters += line.count(self._delimiter)
            if self._characters > self._max_characters or self._delimiters > MAX_RECORD_DELIMITERS:
                fault = RecordFault.UNCLOSED_QUOTE if self._lines > 1 else RecordFault.TOO_LONG
                raise UnreadableRecord(self._row, fault)
            self._line_end = line[len(line.rstrip("\r\n")) :]
            yield line
        self._is_exhausted = True


def read_head(
    path: Path, codec: str, delimiter: str, max_record_characters: int, rows: int
) -> list[list[str]]:
    """Return the first rows of a file, fewer if it can't be read so far."""
    head: list[list[str]] = []
    try:
        with open_records(path, codec, delimiter, max_record_characters) as records:
            for _, cells in records:
                head.append(cells)
                if len(head) == rows:
                    break
    except UnreadableRecord:
        return head
    return head


def guess_delimiter(path: Path, codec: str, max_record_characters: int) -> str:
    """Return the delimiter that gives some line among the first most cells; a comma if none gives two."""
    with path.open(encoding=codec, newline="") as text:
        lines = [text.readline(max_record_characters) for _ in range(_LINES_TO_GUESS_BY)]
    counts = {mark: max(line.count(mark) for line in lines) for mark in (",", "\t", ";")}
    return max(counts, key=lambda mark: counts[mark]) if any(counts.values()) else ","


@contextmanager
def open_records(path: Path, codec: str, delimiter: str, max_record_characters: int) -> Iterator[Records]:
    """Open a file that fits the codec (`find_decoding_fault`); `delimiter` is one of `DELIMITERS`."""
    with path.open(encoding=codec, newline="") as text:
        yield Records(text, delimiter, max_record_characters)


def lift_cell_limit() -> None:
    """Raise the csv module's limit for one cell, which is the process's; `Records` bounds whole records."""
    csv.field_size_limit(_LIMIT_OF_CSV)
