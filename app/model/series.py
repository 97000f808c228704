"""Series: the plans of one municipality, one after the other (`dcat:DatasetSeries`).

A dataset belongs to its municipality's series if one of its tables holds plans. Only its own record decides
that, so that a release of another dataset never changes what is said of this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from app.model.organization import Organization
from app.model.record import Record

PLANS_SCHEMA = "plan-plans"
"""The Table Schema of plans; its columns say which plan was before (`前計画_ID`)."""

_END = "-plans"


@dataclass(frozen=True, slots=True)
class Series:
    """The plans of a municipality."""

    municipality: Organization

    @property
    def name(self) -> str:
        """The last part of its address: the municipality's code and `-plans`."""
        return f"{self.municipality.code}{_END}"

    @property
    def title(self) -> str:
        """Its Japanese title."""
        return f"{self.municipality.title}の計画"

    @property
    def description(self) -> str:
        """What it holds, in Japanese."""
        return f"{self.municipality.title}の計画を表にしたデータセットを、計画の期間の順に並べたものです。"

    @classmethod
    def of(cls, record: Record, municipality: Organization | None) -> Self | None:
        """Return the series that a dataset belongs to by its record and the municipality it is about."""
        holds_plans = any(table.schema_name == PLANS_SCHEMA for table in record.tables)
        return cls(municipality) if municipality and municipality.code and holds_plans else None


@dataclass(frozen=True, slots=True)
class PlanLink:
    """A plan of a dataset and the one that it says was before it, by their IDs; `before` may be empty."""

    dataset: str
    plan: str
    before: str


def read_municipality_code(name: str) -> str:
    """Return the municipality's code in a series' name; empty if it is no such name."""
    code, _, rest = name.partition(_END)
    return code if not rest and name.endswith(_END) and code.isascii() and code.isdigit() else ""
