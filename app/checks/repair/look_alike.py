"""Repairs of look-alike glyphs: radicals that PDFs and fonts leave in the place of characters.

A radical becomes the character that a Japanese font draws the same way. Names are left as they are: 髙, 﨑,
𠮷 and compatibility ideographs are characters of their own.
Source: Unicode, blocks Kangxi Radicals and CJK Radicals Supplement (Equivalent_Unified_Ideograph).
"""

from __future__ import annotations

import unicodedata

_KANGXI = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
_JAPANESE = {"⼾": "戸", "⾭": "青", "⿈": "黄", "⿊": "黒"}
_SUPPLEMENT = dict(zip("⺟⺠⻁⻄⻆⻑⻘⻝⻣⻤⻨⻩⻫⻭⻯⻲", "母民虎西角長青食骨鬼麦黄斉歯竜亀", strict=True))
_CHARACTERS = str.maketrans(_KANGXI | _JAPANESE | _SUPPLEMENT)


def replace_look_alikes(text: str) -> str:
    """Return a text with characters for the radicals that look like them."""
    return text.translate(_CHARACTERS)
