"""Repairs of times of day: other spellings become hh:mm in 24 hours.

24:00 is left alone, because no rule says what it should become, and so is 午後12時, which is noon to some and
midnight to others. Source of the form: GIF 441.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from app.checks.repair.width import narrow
from app.model.edit import Certainty, Proposal
from app.model.table_schema import Field

_HALF = re.compile(
    r"(午前|午後|[AP]M)?\s*([0-9]{1,2})(?::([0-9]{2})(?::00)?|時(?:([0-9]{1,2})分|(半))?)\s*([AP]M)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"([0-9]{1,2})([0-9]{2})")
_FRACTION = re.compile(r"0\.[0-9]+")
_HALF_DAYS = {"午前": 0, "AM": 0, "午後": 12, "PM": 12}
_MINUTES_OF_DAY = 24 * 60
_TOLERANCE = Decimal("0.001")
_NOON = 12
_USUAL_MINUTES = 5


def propose_time(_field: Field, text: str) -> Iterator[Proposal]:
    """Propose the time as hh:mm."""
    said = narrow(text)
    if found := _HALF.fullmatch(said):
        before, hour, minute, minute_said, half, behind = found.groups()
        mark = (before or behind or "").upper()
        if not (before and behind):
            yield from _make(mark, int(hour), 30 if half else int(minute or minute_said or 0))
    elif found := _DIGITS.fullmatch(said):
        is_whole = len(said) == len("0930")
        certainty = Certainty.CERTAIN if is_whole else Certainty.DOUBTFUL
        yield from _make("", int(found[1]), int(found[2]), certainty)
    elif _FRACTION.fullmatch(said):  # Excel's time: a part of the day
        minutes = Decimal(said) * _MINUTES_OF_DAY
        whole = round(minutes)
        if abs(minutes - whole) < _TOLERANCE:
            is_usual = whole % _USUAL_MINUTES == 0
            certainty = Certainty.CERTAIN if is_usual else Certainty.DOUBTFUL
            yield from _make("", whole // 60, whole % 60, certainty)


def _make(mark: str, hour: int, minute: int, certainty: Certainty = Certainty.CERTAIN) -> Iterator[Proposal]:
    if mark:
        if hour >= _NOON:
            return
        hour += _HALF_DAYS[mark]
    if hour <= 23 and minute <= 59:
        yield Proposal("time-form", f"{hour:02}:{minute:02}", certainty)
