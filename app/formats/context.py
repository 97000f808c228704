"""What a rendering may know beside its table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.model.organization import License, Organization
from app.model.record import Record


@dataclass(frozen=True, slots=True)
class RenderContext:
    """The dataset version that a table belongs to.

    `base` is the public URL without trailing slash, `dataset` the dataset's name, `version` its number;
    `approved_at`, the time of the approver's act, is aware and stands for "now" wherever a format wants a
    time. `id_paths` gives, by name of a table of the package, the path part of its rows' identifiers
    (`TableSchema.id_path`). `home` is the path of the page below which the tables are, the dataset's unless
    given.
    """

    base: str
    dataset: str
    version: int
    record: Record
    license: License
    publisher: Organization
    approved_at: dt.datetime
    id_paths: Mapping[str, str] = field(default_factory=dict)
    home: str = ""

    @property
    def approved_utc(self) -> dt.datetime:
        """`approved_at` in UTC, so that equal instants are written alike."""
        return self.approved_at.astimezone(dt.UTC)

    @property
    def dataset_iri(self) -> str:
        """The dataset's identifier."""
        return f"{self.base}/id/dataset/{self.dataset}"

    @property
    def dataset_page(self) -> str:
        """The address of the page below which the tables are."""
        return self.base + (self.home or f"/dataset/{self.dataset}")

    def table_address(self, table: str) -> str:
        """Return the address of a table of the current version, without suffix."""
        return f"{self.dataset_page}/{table}"
