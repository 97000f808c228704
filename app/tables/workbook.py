"""Excel workbooks (XLSX): sheets as rows of text, and what a sheet holds that its values don't show.

Values come from calamine, which builds a whole sheet in memory; so a sheet's size is known first, from a pass
over its XML that holds nothing. That pass also finds hidden rows and columns, and numbers whose format shows
leading zeros. Source of the parts' names: ECMA-376 Part 1, §12.3, §18.3.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ZEROS = re.compile(r"0{2,15}")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_MAX_LISTED = 20

Cell = str | int | float | bool | dt.date | dt.time | dt.timedelta


class UnreadableWorkbook(Exception):
    """The file is no workbook that can be read; the text says why, for people."""


@dataclass(slots=True)
class Sheet:
    """A sheet's name, size and what is easily overlooked in it.

    `rows` and `columns` count from A1 to the last cell. `hidden_rows` and `hidden_columns` are the first of
    them, from 1. `zeros` has, by column and row from 0, the width of cells whose format shows leading zeros.
    """

    name: str
    is_hidden: bool
    rows: int = 0
    columns: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    has_comments: bool = False
    zeros: dict[int, bytearray] = field(default_factory=dict)

    def zeros_at(self, row: int, column: int) -> int:
        """Return the width to which a cell's number is filled with zeros; 0 if it is not."""
        widths = self.zeros.get(column, b"")
        return widths[row] if row < len(widths) else 0


class Workbook:
    """An open workbook; raises UnreadableWorkbook. Close it after use."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            self._book = CalamineWorkbook.from_path(str(path))
            self._parts = self._find_parts()
            self._zero_styles = self._find_zero_styles()
        except (
            CalamineError,
            zipfile.BadZipFile,
            KeyError,
            ParseError,
            DefusedXmlException,
            ValueError,
        ) as error:
            raise UnreadableWorkbook(str(error)) from error

    def sheets(self) -> list[Sheet]:
        """Return every sheet that has cells, in order, without its values."""
        return [
            self._describe(entry.name, entry.visible is not SheetVisibleEnum.Visible)
            for entry in self._book.sheets_metadata
            if entry.typ is SheetTypeEnum.WorkSheet
        ]

    def rows(self, sheet: Sheet) -> Iterator[list[str]]:
        """Yield a sheet's rows from the first one on, each cell as the text that a person reads."""
        values = self._open(sheet)
        first_row, first_column = values.start or (0, 0)
        for _ in range(first_row):
            yield []
        for row, cells in enumerate(values.iter_rows(), start=first_row):
            texts = [_show(cell, sheet.zeros_at(row, at)) for at, cell in enumerate(cells, first_column)]
            yield [""] * first_column + texts

    def merged_ranges(self, sheet: Sheet) -> list[str]:
        """Return the first merged ranges as Excel writes them, such as `A1:C1`."""
        ranges = self._open(sheet).merged_cell_ranges or []
        return [f"{_address(*start)}:{_address(*end)}" for start, end in ranges[:_MAX_LISTED]]

    def close(self) -> None:
        """Close the file."""
        self._book.close()
        self._zip.close()

    def _open(self, sheet: Sheet) -> CalamineSheet:
        try:
            return self._book.get_sheet_by_name(sheet.name)
        except CalamineError as error:
            raise UnreadableWorkbook(str(error)) from error

    def _describe(self, name: str, is_hidden: bool) -> Sheet:
        sheet = Sheet(name, is_hidden)
        part = self._parts[name]
        sheet.has_comments = any("comments" in target for target in self._relations(part).values())
        try:
            with self._zip.open(part) as file:
                for element in _elements(file):
                    self._look_at(element, sheet)
        except (ParseError, DefusedXmlException, zipfile.BadZipFile) as error:
            raise UnreadableWorkbook(f"{name}: {error}") from error
        return sheet

    def _look_at(self, element: Element, sheet: Sheet) -> None:
        if element.tag == f"{_MAIN}c":
            row, column = _position(element.get("r", ""))
            sheet.rows, sheet.columns = max(sheet.rows, row + 1), max(sheet.columns, column + 1)
            width = self._zero_styles.get(element.get("s", ""))
            if width:
                widths = sheet.zeros.setdefault(column, bytearray())
                widths.extend(bytes(row + 1 - len(widths)))
                widths[row] = width
        elif element.tag == f"{_MAIN}row" and _is_true(element.get("hidden")):
            if len(sheet.hidden_rows) < _MAX_LISTED:
                sheet.hidden_rows.append(int(element.get("r", "0")))
        elif element.tag == f"{_MAIN}col" and _is_true(element.get("hidden")):
            first, last = int(element.get("min", "1")), int(element.get("max", "1"))
            sheet.hidden_columns += range(first, min(last, first + _MAX_LISTED) + 1)

    def _find_parts(self) -> dict[str, str]:
        """Return the zip's entry of each sheet by its name."""
        relations = self._relations("xl/workbook.xml")
        with self._zip.open("xl/workbook.xml") as file:
            return {
                element.get("name", ""): relations[element.get(_LINK, "")]
                for element in _elements(file)
                if element.tag == f"{_MAIN}sheet"
            }

    def _relations(self, part: str) -> dict[str, str]:
        folder, name = posixpath.split(part)
        path = f"{folder}/_rels/{name}.rels"
        if path not in self._zip.namelist():
            return {}
        with self._zip.open(path) as file:
            return {
                element.get("Id", ""): posixpath.normpath(
                    posixpath.join("/", folder, element.get("Target", ""))
                )[1:]
                for element in _elements(file)
                if element.tag.endswith("}Relationship")
            }

    def _find_zero_styles(self) -> dict[str, int]:
        """Return the width of each cell style whose number format is zeros only, by the style's number."""
        if "xl/styles.xml" not in self._zip.namelist():
            return {}
        codes: dict[str, int] = {}
        styles: list[str] = []
        is_cell_style = False
        with self._zip.open("xl/styles.xml") as file:
            for event, element in iterparse(file, events=("start", "end")):
                if element.tag == f"{_MAIN}cellXfs":
                    is_cell_style = event == "start"
                elif event == "start" and element.tag == f"{_MAIN}numFmt":
                    code = element.get("formatCode", "")
                    if _ZEROS.fullmatch(code):
                        codes[element.get("numFmtId", "")] = len(code)
                elif event == "start" and is_cell_style and element.tag == f"{_MAIN}xf":
                    styles.append(element.get("numFmtId", ""))
        return {str(number): codes[code] for number, code in enumerate(styles) if code in codes}


def _elements(file: IO[bytes]) -> Iterator[Element]:
    """Yield finished elements, and let go of each."""
    for _, element in iterparse(file, events=("end",)):
        yield element
        element.clear()


def _position(reference: str) -> tuple[int, int]:
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ParseError(f"cell reference {reference!r}")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, column - 1


def _address(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def _is_true(text: str | None) -> bool:
    return text in ("1", "true")


def _show(cell: Cell, zeros: int) -> str:
    """Return a value as text: whole numbers without a point, dates and times in ISO 8601."""
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer() and abs(cell) < 10**15:
            return str(int(cell)).zfill(zeros)
        case float():
            return repr(cell)
        case dt.datetime():
            is_day = cell.time() == dt.time()
            return cell.date().isoformat() if is_day else cell.isoformat(timespec="seconds")
        case dt.time():
            return cell.strftime("%H:%M:%S" if cell.second else "%H:%M")
        case _:
            return str(cell)
