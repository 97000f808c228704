"""Rule: a text neither begins nor ends with blanks, half-width or full-width."""

from __future__ import annotations

from collections.abc import Iterator

from app.checks.place import Cell
from app.model.report import Finding


def check_surrounding_blanks(cell: Cell) -> Iterator[Finding]:
    """Yield a finding if the text has blanks or line breaks at an end."""
    if cell.text != cell.text.strip():
        yield cell.make_finding(
            "surrounding-blank",
            "値の前か後ろに空白や改行があります。検索や突き合わせで別の値と見なされます。",
            "前後の空白を消してください（Excelなら TRIM 関数）。",
        )
