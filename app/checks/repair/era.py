"""Japanese eras as western years.

Source: the laws and orders that began each era. Before 1873 Japan's calendar was another, so its days are not
those of ours.
"""

from __future__ import annotations

import datetime as dt
import re

ERA = r"(明治|大正|昭和|平成|令和|明|大|昭|平|令|[MTSHRmtshr])\.?\s*(元|[0-9]{1,2})"
"""The pattern of an era with its year, as two groups."""

_SPANS = {
    "明": (dt.date(1868, 1, 25), dt.date(1912, 7, 30)),
    "大": (dt.date(1912, 7, 30), dt.date(1926, 12, 25)),
    "昭": (dt.date(1926, 12, 25), dt.date(1989, 1, 7)),
    "平": (dt.date(1989, 1, 8), dt.date(2019, 4, 30)),
    "令": (dt.date(2019, 5, 1), dt.date(2099, 12, 31)),
}
_LETTERS = dict(zip("MTSHR", _SPANS, strict=True))
_CALENDAR_BEGINS = dt.date(1873, 1, 1)
YEAR = re.compile(ERA + r"\s*年?\s*度?")


def western_year(era: str, year: str) -> int:
    """Return the western year of a year (元 or digits) of an era as `ERA` finds it."""
    return _span(era)[0].year + (1 if year == "元" else int(year)) - 1


def has_year(era: str, western: int) -> bool:
    """Tell whether a western year has days of the era."""
    first, last = _span(era)
    return first.year <= western <= last.year


def has_day(era: str, day: dt.date) -> bool:
    """Tell whether a day is one of the era."""
    first, last = _span(era)
    return first <= day <= last


def is_convertible(day: dt.date) -> bool:
    """Tell whether Japan counted that day by the calendar of today."""
    return day >= _CALENDAR_BEGINS


def _span(era: str) -> tuple[dt.date, dt.date]:
    return _SPANS[_LETTERS.get(era.upper(), era[0])]
