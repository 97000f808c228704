"""A release: an effective version together with the record that is effective with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.model.distribution import Distribution
from app.model.record import Record, TableRecord


@dataclass(frozen=True, slots=True)
class ReleasedTable:
    """A table of a release: what the record says of it, its row count and its canonical CSV's hash."""

    record: TableRecord
    row_count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Release:
    """Everything a reader may know of one effective version of a dataset.

    Times are aware UTC. `created` is the dataset's, `effective_at` the version's, `modified` the record's
    `metadata_modified`: the latest time at which anything served of the dataset changed.
    """

    dataset_id: str
    name: str
    number: int
    created: dt.datetime
    effective_at: dt.datetime
    modified: dt.datetime
    record: Record
    tables: tuple[ReleasedTable, ...]
    distributions: tuple[Distribution, ...]

    def find_table(self, name: str) -> ReleasedTable | None:
        """Return the table of that name, or None."""
        return next((table for table in self.tables if table.record.name == name), None)

    def find_distribution(self, table: str, suffix: str) -> Distribution | None:
        """Return the distribution of a table (empty: of the dataset) in a format, or None."""
        return next(
            (entry for entry in self.distributions if entry.table == table and entry.format.suffix == suffix),
            None,
        )

    @property
    def listed_distributions(self) -> tuple[Distribution, ...]:
        """The distributions that records and feeds name, in their order."""
        return tuple(entry for entry in self.distributions if entry.format.listed)
