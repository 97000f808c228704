"""Repairs of width: half-width where codes and numbers are meant, full-width for kana.

Not Unicode's NFKC as a whole, which would also turn ① into 1 and 神 (U+FA19) into another form of the
character; only the full-width forms of ASCII, half-width kana and the squared names of eras are changed.
Source: 自治体標準オープンデータセット, formats 半角数字, 半角英数字, 全角カナ; GIF 461 §2.1.3 (voiced marks).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from app.checks.repair.look_alike import replace_look_alikes
from app.model.edit import Proposal
from app.model.table_schema import Field

_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x00A0: 0x20}
_SQUARED_ERAS = {"㍾": "明治", "㍽": "大正", "㍼": "昭和", "㍻": "平成", "㋿": "令和"}
_NARROW_TABLE = str.maketrans({chr(wide): chr(narrow) for wide, narrow in _NARROW.items()} | _SQUARED_ERAS)
_HYPHENS = re.compile("[‐‑‒–—―−ー－ｰ─]")
_HALF_WIDTH_KANA = re.compile("[ぁ-ヿ]?[｡-ﾟ]+")
_LOOSE_MARK = re.compile("[ぁ-ヿ][\u3099\u309a]")
_MARKS = "\u3099\u309a"


def narrow(text: str) -> str:
    """Return a text with ASCII in half width, without radicals and blanks at its ends."""
    return replace_look_alikes(text).translate(_NARROW_TABLE).strip()


def narrow_hyphens(text: str) -> str:
    """Return a text in half width in which every kind of bar is a hyphen."""
    return narrow(_HYPHENS.sub("-", text))


def widen_kana(text: str) -> str:
    """Return a text with kana in full width, each with its voiced mark as one character."""
    widened = _HALF_WIDTH_KANA.sub(lambda found: _widen(found[0]), text)
    return _LOOSE_MARK.sub(lambda found: unicodedata.normalize("NFC", found[0]), widened)


def propose_half_width(_field: Field, text: str) -> Iterator[Proposal]:
    """Propose the text in half width, with a hyphen for what looks like one."""
    yield Proposal("half-width", narrow(text))
    yield Proposal("half-width", narrow_hyphens(text))


def _widen(text: str) -> str:
    widened = unicodedata.normalize("NFKC", text)
    return text if widened.startswith(tuple(_MARKS)) else widened
