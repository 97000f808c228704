"""Rules: what a sheet of a workbook holds that a reader of its values does not see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.checks.header import column_letters
from app.checks.rules import make_finding
from app.model.report import Finding
from app.tables.workbook import Sheet


def check_sheet(table: str, sheet: Sheet, merged: Sequence[str]) -> Iterator[Finding]:
    """Yield what is merged, hidden or commented in a sheet that is read.

    Source: 機械判読可能なデータの表記方法の統一ルール (merged cells, objects beside the values).
    """
    if merged:
        yield make_finding(
            "merged-cells",
            f"結合したセルがあります（{'、'.join(merged)}）。値は左上のセルにだけ入り、ほかは空になります。",
            "［ホーム］→［セルを結合して中央揃え］で結合を解き、それぞれのセルに値を入れてください。",
            table,
            value=merged[0],
        )
    if sheet.hidden_rows:
        numbers = "、".join(map(str, sheet.hidden_rows))
        yield make_finding(
            "hidden-rows",
            f"表示されていない行があります（{numbers}行目など）。公開する表に入ります。",
            "行番号を選んで右クリック→［再表示］で中身を確かめ、いらない行は削除してください。",
            table,
            row=sheet.hidden_rows[0],
        )
    if sheet.hidden_columns:
        letters = "、".join(column_letters(number - 1) for number in sheet.hidden_columns)
        yield make_finding(
            "hidden-columns",
            f"表示されていない列があります（{letters}列）。公開する表に入ります。",
            "列を選んで右クリック→［再表示］で中身を確かめ、いらない列は削除してください。",
            table,
        )
    if sheet.has_comments:
        yield make_finding(
            "comments",
            "セルにコメントやメモがあります。公開する表には入りません。",
            "残したいことは備考の列に書き、［校閲］→［コメントの削除］で消してください。",
            table,
        )


def tell_skipped_sheet(table: str, why: str) -> Finding:
    """Return the finding of a sheet that is not read, with the reason."""
    return make_finding(
        "sheet-skipped",
        f"このシートは表として読みませんでした。{why}",
        "公開したい表なら、1つのシートに1つの表だけを、見出しを付けて入れてください。",
        table,
    )
