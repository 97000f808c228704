"""Rule: no characters that cannot be seen and break files, terminals or reading order.

C0 except tab and line feed, DEL and C1; noncharacters and surrogates, which XML 1.0 §2.2 forbids; the byte
order mark inside text; the bidirectional controls of Unicode (UAX #9), which make text read otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.checks.place import Cell
from app.model.report import Finding

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def find_control_characters(text: str) -> str:
    """Return the code points of such characters in a text, joined by 、, or the empty text."""
    return "、".join(f"U+{ord(character):04X}" for character in sorted(set(_FORBIDDEN.findall(text))))


def check_control_characters(cell: Cell) -> Iterator[Finding]:
    """Yield a finding if the cell has such characters; it names them by code point."""
    if names := find_control_characters(cell.text):
        yield cell.make_finding(
            "control-character",
            f"目に見えない制御文字（{names}）が入っています。",
            "セルの値を打ち直すか、Excelの CLEAN 関数で制御文字を取り除いてください。",
        )
