"""Rule: a 全国地方公共団体コード has six digits: a prefecture of 01–47, its municipality, a check digit.

Source: 総務省「全国地方公共団体コード仕様」.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.checks.place import Cell
from app.model.code import check_digit, is_local_government_code
from app.model.report import Finding

COLUMNS = frozenset({"全国地方公共団体コード", "都道府県コード又は市区町村コード"})
"""The columns of plans and standard datasets that hold such a code."""


def check_local_government_code(cell: Cell) -> Iterator[Finding]:
    """Yield a finding if a code's column holds something else; empty is not our matter."""
    if cell.field.name not in COLUMNS or not cell.text or is_local_government_code(cell.text):
        return
    if re.fullmatch("[0-9]{6}", cell.text):
        why = "末尾の検査数字か、先頭2桁の都道府県（01〜47）が合いません。コードのどこかの桁が誤っています。"
    else:
        why = "6桁の半角数字ではありません。"
    mend = "総務省の一覧で、検査数字を含む6桁のコードを確かめてください。"
    right = _find_right_code(cell.text)
    if right:
        mend += f"ほかの桁が正しければ「{right}」です。"
    yield cell.make_finding("local-government-code", why, mend)


def _find_right_code(text: str) -> str | None:
    """Return the code that was likely meant.

    Five digits lack the leading zero, which Excel drops, or the check digit; of six the last is wrong.
    """
    if not re.fullmatch("[0-9]{5,6}", text):
        return None
    candidates = (f"0{text}", text[:5] + check_digit(text[:5]))
    return next((code for code in candidates if is_local_government_code(code)), None)
