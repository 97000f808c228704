"""The clock: a function, so that whoever asks for the time can be given another one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeAlias

Clock: TypeAlias = Callable[[], dt.datetime]
"""Returns the present moment as an aware time."""


JST = dt.timezone(dt.timedelta(hours=9), "JST")
"""Japan Standard Time; it has had no summer time since 1951."""


def date_in_japan(moment: dt.datetime) -> dt.date:
    """Return the date in Japan at an aware time."""
    return moment.astimezone(JST).date()


def system_clock() -> dt.datetime:
    """Return this machine's time in UTC."""
    return dt.datetime.now(dt.UTC)
