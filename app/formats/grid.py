"""Rows of text as files: a CSV for Excel, or a workbook whose cells are all text, so that none changes."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Mapping, Sequence
from tempfile import TemporaryDirectory
from typing import BinaryIO

from xlsxwriter import Workbook

from app.formats.csv import open_text
from app.formats.xlsx import MAX_CELL_UNITS, MAX_COLUMNS, MAX_ROWS, cut_text, make_sheet_name

Rows = Iterable[Sequence[str]]


def write_grid_csv(rows: Rows, target: BinaryIO) -> None:
    """Write rows as CSV with byte order mark and CRLF."""
    target.write(codecs.BOM_UTF8)
    with open_text(target, "utf-8") as text:
        csv.writer(text, lineterminator="\r\n").writerows(rows)


def write_grid_xlsx(sheets: Mapping[str, Rows], target: BinaryIO) -> None:
    """Write rows as the sheets of a workbook, by their titles; raises ValueError if Excel can't hold them."""
    with TemporaryDirectory() as scratch:
        options = {"constant_memory": True, "use_zip64": True, "tmpdir": scratch}
        with Workbook(target, options) as workbook:
            plain, as_text = workbook.add_format(), workbook.add_format({"num_format": "@"})
            for title, rows in sheets.items():
                sheet = workbook.add_worksheet(make_sheet_name(title))
                for number, row in enumerate(rows):
                    _require_room(title, number, row)
                    for column, text in enumerate(row):
                        if text.startswith("<r>"):  # see app.formats.xlsx: else taken for markup
                            sheet.write_rich_string(number, column, text[0], plain, text[1:], as_text)
                        elif text:
                            sheet.write_string(number, column, text, as_text)


def _require_room(title: str, number: int, row: Sequence[str]) -> None:
    if number > MAX_ROWS or len(row) > MAX_COLUMNS:
        raise ValueError(f"「{title}」の行か列が、Excelのシートに収まりません。")
    if any(cut_text(text, MAX_CELL_UNITS) != text for text in row):
        raise ValueError(f"「{title}」の{number + 1}行目に、Excelのセルに収まらない長さの値があります。")
