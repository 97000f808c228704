"""Files of a schema for people to fill in: CSV, and a workbook with drop-downs and the rules of input."""

from __future__ import annotations

import csv
import io

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from app.model.table_schema import Field, FieldType, TableSchema

LAST_ROW = 10_000
"""Rows of the workbook's sheet that have drop-downs."""

_RULE_COLUMNS = ("項目", "意味と書き方", "必須", "選べる値", "例")
_RULE_WIDTHS = (30, 60, 8, 24, 30)
_HEADER_WIDTH = 16


def write_template_csv(schema: TableSchema) -> bytes:
    """Return a header and an example row as Excel opens it: UTF-8 with byte order mark, CRLF."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(schema.field_names)
    writer.writerow([field.example for field in schema.fields])
    return text.getvalue().encode("utf-8-sig")


def write_template_xlsx(schema: TableSchema) -> bytes:
    """Return a workbook: one sheet to fill in, with an example row, and one with the meaning of each column.

    Every cell is text, so that Excel keeps leading zeros and does not turn values into dates.
    """
    target = io.BytesIO()
    with Workbook(target, {"in_memory": True}) as workbook:
        text, bold = workbook.add_format({"num_format": "@"}), workbook.add_format({"bold": True})
        sheet = workbook.add_worksheet("データ")
        sheet.set_column(0, len(schema.fields) - 1, _HEADER_WIDTH, text)
        sheet.freeze_panes(1, 0)
        for column, field in enumerate(schema.fields):
            sheet.write_string(0, column, field.name, bold)
            sheet.write_string(1, column, field.example, text)
            _add_choice(sheet, column, field)
        _write_rules(workbook.add_worksheet("入力のきまり"), schema, workbook)
    return target.getvalue()


def mark_label(field: Field) -> str:
    """Return how strongly the standard asks for a column: 必須, 推奨, 任意, or "" where that was not seen."""
    return "必須" if field.required else field.mark


def _add_choice(sheet: Worksheet, column: int, field: Field) -> None:
    if field.enum and field.type is not FieldType.LIST:
        rule = {
            "validate": "list",
            "source": list(field.enum),
            "error_title": field.name,
            "error_message": f"{'、'.join(field.enum)} から選んでください。",
        }
        sheet.data_validation(1, column, LAST_ROW, column, rule)


def _write_rules(sheet: Worksheet, schema: TableSchema, workbook: Workbook) -> None:
    wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
    bold = workbook.add_format({"bold": True})
    for column, (title, width) in enumerate(zip(_RULE_COLUMNS, _RULE_WIDTHS, strict=True)):
        sheet.set_column(column, column, width, wrap)
        sheet.write_string(0, column, title, bold)
    for row, field in enumerate(schema.fields, start=1):
        cells = (field.name, field.description, mark_label(field), " / ".join(field.enum), field.example)
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell, wrap)
    sheet.freeze_panes(1, 0)
