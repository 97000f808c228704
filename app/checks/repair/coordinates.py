"""Repairs of 緯度 and 経度 that were put into each other's columns.

Certain only if the point lies in the municipality one way round and not the other; without a known area it is
doubtful, and proposed where only one order lies in Japan.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.checks.repair.width import narrow
from app.model.edit import Certainty

Box = tuple[float, float, float, float]
"""min_lon, min_lat, max_lon, max_lat, in degrees."""

_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]+)?")
_JAPAN: Box = (122.0, 20.0, 154.5, 46.5)
_MARGIN = 0.01  # the boxes are rounded to that


def list_coordinates(columns: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs of columns that hold a latitude and its longitude."""
    stems = [name.removesuffix("緯度") for name in columns if name.endswith("緯度")]
    return [(f"{stem}緯度", f"{stem}経度") for stem in stems if f"{stem}経度" in columns]


def judge_swap(latitude: str, longitude: str, box: Box | None) -> Certainty | None:
    """Return how sure it is that the two texts stand in each other's column, or None if they don't."""
    said = narrow(latitude), narrow(longitude)
    if not all(_DEGREES.fullmatch(text) for text in said):
        return None
    north, east = map(float, said)
    area = box or _JAPAN
    if _lies_in(area, north, east) or not _lies_in(area, east, north):
        return None
    return Certainty.CERTAIN if box else Certainty.DOUBTFUL


def _lies_in(box: Box, latitude: float, longitude: float) -> bool:
    return (
        box[0] - _MARGIN <= longitude <= box[2] + _MARGIN and box[1] - _MARGIN <= latitude <= box[3] + _MARGIN
    )
