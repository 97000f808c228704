"""XLSX: one sheet, one table, typed cells, written row by row in bounded memory.

Text stays text (also when it starts with `=` or looks like a number). A number is a number cell if it has at
most 15 digits, which is what Excel keeps; a longer one is text. Dates before March 1900, where
Excel's calendar has a day that never was, are text.
Limits of Excel: https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO
from unicodedata import east_asian_width

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from app.formats.context import RenderContext
from app.formats.losses import LossBuilder, Losses
from app.model.table import Table
from app.model.table_schema import Field, FieldType
from app.model.value import Value, write_value

MAX_ROWS = 1_048_575
"""Data rows below the header."""
MAX_COLUMNS = 16_384
MAX_CELL_UNITS = 32_767
"""Text in a cell, in UTF-16 code units."""
MAX_SHEET_NAME_UNITS = 31
MAX_DIGITS = 15

_PATTERNS = {
    FieldType.STRING: "@",
    FieldType.LIST: "@",
    FieldType.YEARMONTH: "@",
    FieldType.INTEGER: "0",
    FieldType.DATE: "yyyy-mm-dd",
    FieldType.TIME: "hh:mm",
    FieldType.DATETIME: "yyyy-mm-dd hh:mm:ss",
}
_WIDE = (FieldType.INTEGER, FieldType.NUMBER, FieldType.DATETIME)


def write_xlsx(table: Table, context: RenderContext, target: BinaryIO) -> Losses:
    """Write a table as a workbook and return the cells whose text was too long for Excel.

    A loss names the characters that were cut off. Raises ValueError if the table has more rows or columns
    than a sheet can hold.
    """
    if table.row_count > MAX_ROWS or len(table.schema.fields) > MAX_COLUMNS:
        raise ValueError(f"「{table.name}」はExcelのシートに収まりません。")
    with TemporaryDirectory() as scratch:
        options = {"constant_memory": True, "use_zip64": True, "tmpdir": scratch}
        with Workbook(target, options) as workbook:
            workbook.set_properties(_properties(table, context))
            sheet = _Sheet(workbook, table)
            for row_index, row in enumerate(table.rows(), start=1):
                sheet.write_row(row_index, row)
            return sheet.losses.build()


class _Sheet:
    """The one sheet of a workbook, with its header row; cell formats are made once each."""

    def __init__(self, workbook: Workbook, table: Table) -> None:
        self._workbook = workbook
        self._fields = table.schema.fields
        self._sheet = workbook.add_worksheet(make_sheet_name(table.title))
        self._formats: dict[str, Format] = {}
        self._plain = workbook.add_format()
        self.losses = LossBuilder()
        bold = workbook.add_format({"bold": True})
        for column, field in enumerate(self._fields):
            pattern = _PATTERNS.get(field.type)
            self._sheet.set_column(column, column, _width(field), pattern and self._format(pattern))
            self._write_text(0, column, field.name, bold)
        self._sheet.freeze_panes(1, 0)

    def write_row(self, row_index: int, row: tuple[Value, ...]) -> None:
        for column, (field, value) in enumerate(zip(self._fields, row, strict=True)):
            if value is not None:
                self._write_value(row_index, column, field, value)

    def _write_value(self, row: int, column: int, field: Field, value: Value) -> None:
        match value:
            case bool():
                self._sheet.write_boolean(row, column, value)
            case int() | Decimal() if _digits(value) <= MAX_DIGITS:
                self._sheet.write_number(row, column, float(value), self._format(_number_pattern(value)))
            case dt.date() if (value.year, value.month) >= (1900, 3):
                self._sheet.write_datetime(row, column, value, self._format(_PATTERNS[field.type]))
            case dt.time():
                pattern = "hh:mm:ss" if value.second else "hh:mm"
                self._sheet.write_datetime(row, column, value, self._format(pattern))
            case _:
                self._write_text(row, column, write_value(field, value), self._format("@"))

    def _write_text(self, row: int, column: int, text: str, cell_format: Format) -> None:
        kept = cut_text(text, MAX_CELL_UNITS)
        if kept != text:
            self.losses.add(row + 1, self._fields[column].name, text[len(kept) :])
        if kept.startswith("<r>") and kept.endswith("</r>"):
            # XlsxWriter takes such a text for finished markup of a rich string, so give it as one
            self._sheet.write_rich_string(row, column, kept[0], self._plain, kept[1:], cell_format)
        else:
            self._sheet.write_string(row, column, kept, cell_format)

    def _format(self, pattern: str) -> Format:
        if pattern not in self._formats:
            self._formats[pattern] = self._workbook.add_format({"num_format": pattern})
        return self._formats[pattern]


def _properties(table: Table, context: RenderContext) -> dict[str, Any]:
    record = context.record
    return {
        "title": f"{record.title} {table.title}",
        "author": context.publisher.title,
        "comments": f"{context.dataset_page}\n{context.license.title} {context.license.url}",
        "created": context.approved_utc,
    }


def make_sheet_name(title: str) -> str:
    """Return a title as Excel takes it for a sheet: short, without `[]:*?/\\` or an apostrophe at an end."""
    name = cut_text(re.sub(r"[\[\]:*?/\\\n\t]", "_", title), MAX_SHEET_NAME_UNITS).strip("'")
    return "data" if name == "" or name.lower() == "history" else name


def cut_text(text: str, max_units: int) -> str:
    """Return as much of a text as has at most that many UTF-16 code units, in whole characters."""
    if len(text) * 2 <= max_units:
        return text
    return text.encode("utf-16-le")[: max_units * 2].decode("utf-16-le", errors="ignore")


def _digits(number: int | Decimal) -> int:
    """Count the digits of a number from the first that isn't zero, without zeros that end its fraction."""
    whole, _, fraction = format(Decimal(number), "f").partition(".")
    return len((whole + fraction.rstrip("0")).lstrip("-0"))


def _number_pattern(number: int | Decimal) -> str:
    """Return the format that shows a number with as many decimal places as it was written with."""
    places = 0 if isinstance(number, int) else -int(number.as_tuple().exponent)
    return "0." + "0" * places if places > 0 else "0"


def _width(field: Field) -> int:
    """Return a modest column width, in digits: the header fits up to 40, long numbers and times fit."""
    header = sum(2 if east_asian_width(character) in "FWA" else 1 for character in field.name)
    return max(20 if field.type in _WIDE else 12, min(header + 2, 40))
