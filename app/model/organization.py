"""Organizations: the catalogue's operator and municipalities."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from app.model.distribution import NAMESPACE


@dataclass(frozen=True, slots=True)
class Organization:
    """A publisher or subject.

    `name` is the address part: `t` and the six-digit code for municipalities; `code` is empty for others.
    `bbox` is the area's box in degrees (WGS 84), `min_lon,min_lat,max_lon,max_lat`, rounded to 0.01: an
    approximation for map search, not a boundary; empty if not known. Raises ValueError if it isn't a box.
    """

    name: str
    code: str
    title: str
    title_en: str
    homepage: str
    description: str
    bbox: str = ""

    def __post_init__(self) -> None:
        """Refuse a box that isn't one."""
        box = self.box
        if box and not (-180 <= box[0] <= box[2] <= 180 and -90 <= box[1] <= box[3] <= 90):
            raise ValueError(f"bbox={self.bbox}")

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """The box as degrees (min_lon, min_lat, max_lon, max_lat), or None if not known."""
        if not self.bbox:
            return None
        min_lon, min_lat, max_lon, max_lat = (float(degrees) for degrees in self.bbox.split(","))
        return min_lon, min_lat, max_lon, max_lat

    @property
    def id(self) -> str:
        """The CKAN organization id: UUIDv5 of the name."""
        return str(uuid.uuid5(NAMESPACE, f"organization/{self.name}"))


@dataclass(frozen=True, slots=True)
class License:
    """A licence of the closed list; `eu_code` is its code in the EU table licence, if it has one."""

    id: str
    title: str
    url: str
    eu_code: str


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme (`dcat:theme`, CKAN group): `name` is the address part, `eu_code` the code in EU data-theme.

    `list_class` is the 分類 of オープンデータ一覧 that comes nearest; empty if none does.
    """

    name: str
    eu_code: str
    title: str
    title_en: str
    list_class: str = ""

    @property
    def id(self) -> str:
        """The CKAN group id: UUIDv5 of the name."""
        return str(uuid.uuid5(NAMESPACE, f"group/{self.name}"))
