"""Rules: rows, columns and cells stay within the settings' bounds, and there is at least one row."""

from __future__ import annotations

from collections.abc import Iterator

from app.checks.place import Cell
from app.checks.rules import make_finding
from app.model.report import Finding


def check_column_count(table: str, count: int, max_columns: int) -> Iterator[Finding]:
    """Yield a finding if a header has more columns than allowed."""
    if count > max_columns:
        yield make_finding(
            "too-many-columns",
            f"列が{count:,}列あります。1つの表は{max_columns:,}列までです。",
            "表を分けるか、項目ごとに行を分けた縦長の表にしてください。",
            table,
            row=1,
        )


def check_row_count(table: str, row: int, max_rows: int) -> Iterator[Finding]:
    """Yield a finding at the first row (the header is row 1) beyond the allowed number of data rows."""
    if row == max_rows + 2:
        yield make_finding(
            "too-many-rows",
            f"データが{max_rows:,}行を超えています。ここから先は確認していません。",
            "年度や地区などで表を分けてください。",
            table,
            row=row,
        )


def check_cell_length(cell: Cell, max_characters: int) -> Iterator[Finding]:
    """Yield a finding if a cell's text has more characters than allowed."""
    if len(cell.text) > max_characters:
        yield cell.make_finding(
            "cell-too-long",
            f"セルの文字が{len(cell.text):,}字あります。1つのセルは{max_characters:,}字までです。",
            '本文は別のファイルに置いて、そのURLを書いてください。引用符（"）の閉じ忘れでないかも確かめてください。',
        )


def check_has_rows(table: str, row_count: int) -> Iterator[Finding]:
    """Yield a finding if a table has a header and no data."""
    if row_count == 0:
        yield make_finding(
            "no-rows",
            "見出しだけで、データの行がありません。",
            "意図したものでなければ、データの入ったファイルを送ってください。",
            table,
        )
