"""Repairs of 全国地方公共団体コード: the zero that Excel drops, the check digit that was left out.

Five digits lack one or the other. Where only one gives a code, it is certain; where both do, nothing is said.
Source: 総務省「全国地方公共団体コード仕様」.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.checks.repair.digits import restore_number
from app.checks.repair.width import narrow_hyphens
from app.model.code import check_digit, is_local_government_code
from app.model.edit import Certainty, Proposal
from app.model.table_schema import Field

_DIGITS = re.compile("[0-9]{4,6}")


def propose_code(_field: Field, text: str) -> Iterator[Proposal]:
    """Propose the code that the digits can only mean; a wrong check digit or two lost digits are doubtful."""
    said = restore_number(text) or narrow_hyphens(text)
    if not _DIGITS.fullmatch(said):
        return
    found, certainty = _restore(said)
    codes = [code for code in dict.fromkeys(found) if is_local_government_code(code)]
    if len(codes) == 1:
        yield Proposal("local-government-code", codes[0], certainty)


def _restore(digits: str) -> tuple[list[str], Certainty]:
    """Return the codes that may have been meant, and how sure it is if only one is any."""
    if is_local_government_code(digits):
        return [digits], Certainty.CERTAIN
    match len(digits):
        case 4:
            return [f"0{digits}{check_digit(f'0{digits}')}"], Certainty.DOUBTFUL
        case 5:
            return [f"0{digits}", digits + check_digit(digits)], Certainty.CERTAIN
        case _:
            return [digits[:5] + check_digit(digits[:5])], Certainty.DOUBTFUL
