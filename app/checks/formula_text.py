"""Rule: a text does not look like a formula, which a spreadsheet would calculate when it opens the CSV.

Source: OWASP, CSV Injection. A sign before a number is no formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.checks.place import Cell
from app.model.report import Finding
from app.model.table_schema import FieldType

_FORMULA = re.compile(r"[=@].|[+-][^0-9０-９.]", re.DOTALL)


def check_formula_text(cell: Cell) -> Iterator[Finding]:
    """Yield a finding if a string begins with `=` or `@`, or with `+` or `-` and no number."""
    if cell.field.type in (FieldType.STRING, FieldType.LIST) and _FORMULA.match(cell.text):
        yield cell.make_finding(
            "formula-text",
            f"「{cell.text[0]}」で始まる文字列は、表計算ソフトで開くと数式と見なされます。",
            "計算の結果を値として貼り付けるか、先頭の記号を別の書き方にしてください。",
        )
