"""Rules: a row has as many cells as the header, and is not blank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.checks.rules import make_finding
from app.model.report import Finding


def check_blank_row(table: str, row: int, cells: Sequence[str]) -> Iterator[Finding]:
    """Yield a finding if no cell of a row holds anything."""
    if not any(cells):
        yield make_finding(
            "blank-row",
            "空の行です。読み飛ばしました。",
            "空の行は削除してください。",
            table,
            row=row,
        )


def check_record_width(table: str, row: int, cells: Sequence[str], width: int) -> Iterator[Finding]:
    """Yield a finding if a row has more or fewer cells than the header has columns (`width`)."""
    if len(cells) == width:
        return
    more = len(cells) > width
    yield make_finding(
        "record-width",
        f"見出しは{width}列ですが、この行は{len(cells)}列です。値と列を対応させられません。",
        '値の中のコンマや改行は、値の全体を引用符（"）で囲んでください。'
        "値がないところも区切り文字を書いてください。",
        table,
        row=row,
        value="、".join(cells[width:] if more else cells),
    )
