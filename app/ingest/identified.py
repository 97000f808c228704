"""What an upload was taken for: the outcome of the step identify."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.ingest.check import UploadedTable


@dataclass(frozen=True, slots=True)
class Identified:
    """What an upload was taken for.

    `descriptor` is the Data Package descriptor, None for a single table. `tables` are those whose file and
    schema are known.
    """

    taken_for: str
    descriptor: dict[str, Any] | None
    tables: tuple[UploadedTable, ...]
