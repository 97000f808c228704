"""Repairs of dates, months and years: other spellings, 和暦 and Excel's serial numbers become ISO 8601.

Two-digit years and days without a year are left alone: 24/1/9 is 2024, 平成24 or 令和24.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from app.checks.repair.era import ERA, YEAR, has_day, has_year, is_convertible, western_year
from app.checks.repair.width import narrow_hyphens
from app.model.edit import Certainty, Proposal
from app.model.table_schema import Field

_REST = r"\s*[-/.月]\s*([0-9]{1,2})\s*日?"
_WESTERN = re.compile(r"(?:西暦)?([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})" + _REST)
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_ERA_DAY = re.compile(ERA + r"\s*[-/.年]\s*([0-9]{1,2})" + _REST)
_MONTH = re.compile(r"(?:西暦)?([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*月?")
_ERA_MONTH = re.compile(ERA + r"\s*[-/.年]\s*([0-9]{1,2})\s*月?")
_WESTERN_YEAR = re.compile(r"(?:西暦)?([0-9]{4})\s*年?\s*度?")
_WEEKDAY = re.compile(r"\s*\(?[月火水木金土日](曜日?)?\)$|\s+[月火水木金土日]曜日?$")
_MIDNIGHT = re.compile(r"[\sT]+0{1,2}:00(:00(\.0+)?)?$")
_SERIAL = re.compile(r"([0-9]{5})(\.0+)?")
_SERIAL_BEGINS = dt.date(1899, 12, 30)
_USUAL_YEARS = range(1970, 2051)


def propose_date(_field: Field, text: str) -> Iterator[Proposal]:
    """Propose the day as YYYY-MM-DD."""
    said = _WEEKDAY.sub("", _MIDNIGHT.sub("", narrow_hyphens(text)))
    if found := _WESTERN.fullmatch(said) or _COMPACT.fullmatch(said):
        day = _make_day(*map(int, found.groups()))
        if day is not None:
            yield Proposal("date-form", day.isoformat())
    elif found := _ERA_DAY.fullmatch(said):
        era, year, month, number = found.groups()
        day = _make_day(western_year(era, year), int(month), int(number))
        if day is not None and is_convertible(day):
            yield Proposal("wareki", day.isoformat(), _be_sure(has_day(era, day)))
    elif found := _SERIAL.fullmatch(said):
        day = _SERIAL_BEGINS + dt.timedelta(days=int(found[1]))
        yield Proposal("excel-serial", day.isoformat(), _be_sure(day.year in _USUAL_YEARS))


def propose_month(_field: Field, text: str) -> Iterator[Proposal]:
    """Propose the month as YYYY-MM."""
    said = narrow_hyphens(text)
    if found := _MONTH.fullmatch(said):
        yield Proposal("date-form", f"{found[1]}-{found[2]:0>2}")
    elif found := _ERA_MONTH.fullmatch(said):
        year = western_year(found[1], found[2])
        day = _make_day(year, int(found[3]), 15)
        if day is not None and is_convertible(day):
            yield Proposal("wareki", f"{year}-{found[3]:0>2}", _be_sure(has_day(found[1], day)))


def propose_year(_field: Field, text: str) -> Iterator[Proposal]:
    """Propose the western year of a year or fiscal year."""
    said = narrow_hyphens(text)
    if found := _WESTERN_YEAR.fullmatch(said):
        yield Proposal("date-form", found[1])
    elif found := YEAR.fullmatch(said):
        year = western_year(found[1], found[2])
        yield Proposal("wareki", str(year), _be_sure(has_year(found[1], year)))


def _make_day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _be_sure(is_sure: bool) -> Certainty:
    return Certainty.CERTAIN if is_sure else Certainty.DOUBTFUL
