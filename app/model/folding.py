"""Folding of text for search: what differs only in width, case or kana script becomes equal."""

from __future__ import annotations

import unicodedata

_KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}


def fold_text(text: str) -> str:
    """Return NFKC, case-folded text with katakana as hiragana and runs of blanks as one."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_KATAKANA_TO_HIRAGANA)
    return " ".join(folded.split())
