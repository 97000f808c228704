"""全国地方公共団体コード: six digits, the last one a check digit."""

from __future__ import annotations

import re

_SIX_DIGITS = re.compile(r"[0-9]{6}")
_WEIGHTS = (6, 5, 4, 3, 2)


def check_digit(first_five: str) -> str:
    """Return the check digit of the first five digits: (11 − weighted sum mod 11) mod 10."""
    total = sum(int(digit) * weight for digit, weight in zip(first_five, _WEIGHTS, strict=True))
    return str((11 - total % 11) % 10)


def is_local_government_code(text: str) -> bool:
    """Tell whether a text is six half-width digits with a prefecture of 01–47 and the right check digit."""
    return bool(_SIX_DIGITS.fullmatch(text) and 1 <= int(text[:2]) <= 47 and check_digit(text[:5]) == text[5])
