from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from app.formats.context import RenderContext
from app.formats.losses import Losses
from app.formats.xlsx import MAX_CELL_UNITS, MAX_ROWS, write_xlsx
from app.model.distribution import Loss
from app.model.table import Table
from app.model.table_schema import TableSchema
from app.model.value import Row, Value


def open_sheet(table: Table, context: RenderContext) -> tuple[Worksheet, Losses]:
    target = io.BytesIO()
    losses = write_xlsx(table, context, target)
    workbook = openpyxl.load_workbook(target)
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)
    assert len(workbook.worksheets) == 1
    return sheet, losses


def one_column(type_name: str, *values: Value, title: str = "一列") -> Table:
    schema = TableSchema.from_descriptor(
        {"name": "one", "version": "1.0.0", "title": title, "fields": [{"name": "値", "type": type_name}]}
    )
    rows: list[Row] = [(value,) for value in values]
    return Table("one", title, "", schema, len(rows), lambda: iter(rows))


def read_cells(table: Table, context: RenderContext) -> list[Any]:
    sheet, losses = open_sheet(table, context)
    assert losses == Losses()
    return [row[0].value for row in sheet.iter_rows(min_row=2)]


def test_cells_have_their_types_under_a_bold_frozen_header(table: Table, context: RenderContext) -> None:
    sheet, losses = open_sheet(table, context)
    assert losses == Losses()
    assert [cell.value for cell in sheet[1]] == list(table.schema.field_names)
    assert all(cell.font.b for cell in sheet[1])
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[2]] == [
        "a-1",
        "窓口のデジタル化",
        1200,
        12.5,
        True,
        dt.datetime(2026, 4, 1),  # noqa: DTZ001 - a cell's time has no zone
        dt.time(9, 0),
        dt.datetime(2026, 4, 1, 9, 0, 5),  # noqa: DTZ001 - a cell's time has no zone
        "2026-04",
        "検討;実施",
        "明示",
        "m-1",
        None,
    ]
    assert sheet["D2"].number_format == "0.00"
    assert sheet["F2"].number_format == "yyyy-mm-dd"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "{=1}",
        "013016",
        "1e5",
        "https://example.jp/",
        "<r>太字</r>",
        " 空白 ",
        "a\nb\tc",
        "@x",
    ],
)
def test_text_stays_the_same_text(text: str, context: RenderContext) -> None:
    sheet, losses = open_sheet(one_column("string", text), context)
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].number_format) == (text, "s", "@")
    assert sheet["A2"].hyperlink is None
    assert losses == Losses()


def test_text_that_looks_like_an_escape_of_the_format_is_escaped(context: RenderContext) -> None:
    sheet, _ = open_sheet(one_column("string", "_x0041_"), context)
    assert sheet["A2"].value == "_x005F_x0041_"  # openpyxl leaves it so, Excel undoes it (ST_Xstring)


def test_numbers_that_excel_would_round_are_text(context: RenderContext) -> None:
    integers = one_column("integer", 999_999_999_999_999, 1_000_000_000_000_000, -(10**18) + 1)
    assert read_cells(integers, context) == [
        999_999_999_999_999,
        "1000000000000000",
        "-999999999999999999",
    ]
    numbers = one_column("number", Decimal("-0.000000000000012"), Decimal("1.500000000000000000"), Decimal(0))
    assert read_cells(numbers, context) == [-0.000000000000012, 1.5, 0]
    long = one_column("number", Decimal("123456789.12345678"), Decimal("9007199254740993.5"))
    assert read_cells(long, context) == ["123456789.12345678", "9007199254740993.5"]


def test_dates_that_excel_does_not_have_are_text(context: RenderContext) -> None:
    dates = one_column("date", dt.date(1900, 2, 28), dt.date(1900, 3, 1), dt.date(1868, 1, 3))
    assert read_cells(dates, context) == [
        "1900-02-28",
        dt.datetime(1900, 3, 1),  # noqa: DTZ001 - a cell's time has no zone
        "1868-01-03",
    ]


def test_text_longer_than_a_cell_is_cut_and_reported(context: RenderContext) -> None:
    long = "あ" * (MAX_CELL_UNITS - 1) + "🍣い"
    sheet, losses = open_sheet(one_column("string", "x", long), context)
    assert sheet["A3"].value == "あ" * (MAX_CELL_UNITS - 1)
    assert losses == Losses((Loss(3, "値", "🍣い"),), 1)


def test_text_as_long_as_a_cell_is_whole(context: RenderContext) -> None:
    sheet, losses = open_sheet(one_column("string", "あ" * MAX_CELL_UNITS), context)
    assert sheet["A2"].value == "あ" * MAX_CELL_UNITS
    assert losses == Losses()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("実績・評価", "実績・評価"),
        ("収入/支出:[一般]", "収入_支出__一般_"),
        ("'引用'", "引用"),
        ("あ" * 40, "あ" * 31),
        ("🍣" * 20, "🍣" * 15),
        ("", "data"),
        ("History", "data"),
    ],
)
def test_the_sheet_has_the_tables_title_as_far_as_excel_takes_it(
    title: str, expected: str, context: RenderContext
) -> None:
    sheet, _ = open_sheet(one_column("string", title=title), context)
    assert sheet.title == expected


def test_the_workbook_says_what_it_is_and_whose(table: Table, context: RenderContext) -> None:
    target = io.BytesIO()
    write_xlsx(table, context, target)
    properties = openpyxl.load_workbook(target).properties
    assert properties.title == "見本計画 見本"
    assert properties.creator == "カタログ運営者"
    assert properties.description is not None
    assert "https://data.example.jp/dataset/sample-plan" in properties.description
    assert "https://creativecommons.org/licenses/by/4.0/" in properties.description
    assert properties.created == dt.datetime(2026, 4, 1, 0, 30, 15)  # noqa: DTZ001 - openpyxl gives UTC without zone


def test_a_table_longer_than_a_sheet_is_refused(table: Table, context: RenderContext) -> None:
    long = Table(table.name, table.title, "", table.schema, MAX_ROWS + 1, table.rows)
    with pytest.raises(ValueError, match="収まりません"):
        write_xlsx(long, context, io.BytesIO())
