"""Repairs of codes of a fixed number of digits that a spreadsheet took for numbers.

Scientific notation keeps only the digits that it shows: 1.31156E+05 is a whole code, 1.31025E+11 has lost six
digits and is left alone. A lost zero is doubtful, because another digit may be missing instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from app.checks.repair.width import narrow
from app.model.edit import Certainty, Proposal
from app.model.table_schema import Field

_PATTERN = re.compile(r"\^\[0-9\]\{([0-9]+)\}\$")
_SCIENTIFIC = re.compile(r"([1-9])\.([0-9]+)E\+?([0-9]{1,2})", re.IGNORECASE)
_POINT = re.compile(r"([0-9]+)\.0+")


def count_digits(field: Field) -> int | None:
    """Return how many digits the field's pattern wants, or None if it wants something else."""
    found = _PATTERN.fullmatch(field.pattern or "")
    return int(found[1]) if found else None


def restore_number(text: str) -> str | None:
    """Return the whole number that a spreadsheet wrote with point or exponent; None if digits are lost."""
    said = narrow(text)
    if found := _POINT.fullmatch(said):
        return found[1]
    found = _SCIENTIFIC.fullmatch(said)
    if found is None or len(found[2]) != int(found[3]):
        return None
    return str(int(Decimal(said)))


def propose_digits(field: Field, text: str) -> Iterator[Proposal]:
    """Propose the digits of a code."""
    number = restore_number(text)
    if number is not None:
        yield Proposal("digits", number)
    length = count_digits(field)
    digits = number or narrow(text)
    if length and digits.isdecimal() and len(digits) == length - 1:
        yield Proposal("digits", f"0{digits}", Certainty.DOUBTFUL)


def propose_identifier(_field: Field, text: str) -> Iterator[Proposal]:
    """Propose an ID as it was before a spreadsheet took it for a number."""
    number = restore_number(text)
    if number is not None:
        yield Proposal("digits", number)
