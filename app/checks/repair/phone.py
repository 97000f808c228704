"""Repairs of telephone numbers: half-width digits with hyphens, several numbers with ` / ` between them.

Only where the length of the area code is known for sure are hyphens put into bare digits: 03, 06, and numbers
without an area. Source of the form: GIF 445; of lengths: 総務省「電気通信番号計画」.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.checks.repair.width import narrow_hyphens
from app.model.edit import Certainty, Proposal
from app.model.table_schema import Field

_NUMBER = r"(?:\(0[0-9]{1,4}\)|0[0-9]{1,4}-)[0-9]{1,4}-[0-9]{3,4}"
PHONES = re.compile(rf"{_NUMBER}(?: / {_NUMBER})*")
"""One or more telephone numbers in form."""

_LABEL = re.compile(r"^(TEL|電話番号?|☎|℡)\s*[:.]?\s*", re.IGNORECASE)
_COUNTRY = re.compile(r"^\+81[-\s]?(\(0\)|0)?")
_BETWEEN = re.compile(r"\s*[、,/\n]\s*")
_BARE = (
    re.compile("(0[36])([0-9]{4})([0-9]{4})"),
    re.compile("(0[5789]0)([1-9][0-9]{3})([0-9]{4})"),
    re.compile("(0120)([0-9]{3})([0-9]{3})"),
    re.compile("(0800)([0-9]{3})([0-9]{4})"),
)
_PARTED = re.compile(r"\(?(0[0-9]{1,4})[-.\s()]+([0-9]{1,4})[-.\s()]+([0-9]{3,4})")
_LENGTHS = (10, 11)
_LENGTH_WITHOUT_ZERO = 9


def propose_phone(_field: Field, text: str) -> Iterator[Proposal]:
    """Propose the numbers in form; a zero that a spreadsheet dropped is doubtful."""
    said = _LABEL.sub("", narrow_hyphens(text))
    numbers = [_write(number) for number in _BETWEEN.split(said)]
    certainty = Certainty.CERTAIN
    if None in numbers and (zero := _write(f"0{said}")) and _count(said) == _LENGTH_WITHOUT_ZERO:
        numbers, certainty = [zero], Certainty.DOUBTFUL
    if None not in numbers:
        yield Proposal("phone", " / ".join(map(str, numbers)), certainty)


def _write(said: str) -> str | None:
    """Return one number in form, or None if that can't be told."""
    plain = re.sub(r"\s*-\s*", "-", _COUNTRY.sub("0", said)).strip()
    if PHONES.fullmatch(plain):
        return plain
    found = next((found for pattern in _BARE if (found := pattern.fullmatch(plain))), None)
    if found is None and _count(plain) in _LENGTHS:
        found = _PARTED.fullmatch(plain)
    return "-".join(found.groups()) if found else None


def _count(text: str) -> int:
    return sum(character.isdecimal() for character in text)
