"""The clock: a function, so that whoever asks for the time can be given another one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeAlias

Clock: TypeAlias = Callable[[], dt.datetime]
"""Returns the present moment as an aware time."""


def system_clock() -> dt.datetime:
    """Return this machine's time in UTC."""
    return dt.datetime.now(dt.UTC)
