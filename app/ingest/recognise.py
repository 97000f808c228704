"""recognise: which standard dataset a table is, by its header; the wrong one is worse than none.

A column counts by how few datasets have it, so that 名称 and 住所, which nearly all have, decide nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.model.table_schema import TableSchema
from app.vocabulary.columns import ColumnNames
from app.vocabulary.schemas import SchemaRegistry

HEAD_ROWS = 20
"""A header is looked for in so many rows."""

MIN_WEIGHT = 0.8
"""What the matched columns must weigh together (nearly one column that no other dataset has), or else …"""
MIN_COVERAGE = 0.6
"""… the part of the dataset's columns that they must be."""
MIN_SHARE = 0.5
"""Of the header's columns, so many must be the dataset's."""
MIN_CONFIDENCE = 0.6
"""Of what tells the best and the next best apart, so much must speak for the best."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a table was taken for: its schema, the header's row from 1, and how sure that is.

    `columns` maps header cells to columns of the schema; `confidence` is from 0 to 1, `next_best` the schema
    that came second, None if no other has any of these columns.
    """

    schema: TableSchema
    header_row: int
    columns: dict[str, str]
    confidence: float
    next_best: TableSchema | None


class Recogniser:
    """Recognises headers by the schemas of the standard datasets (those of which a file may lack columns)."""

    def __init__(self, registry: SchemaRegistry, names: ColumnNames) -> None:
        self._names = names
        self._schemas = [
            schema
            for name, versions in registry.versions.items()
            for version in versions
            if (schema := registry.get_schema(name, version)).is_partial
        ]
        owners: dict[str, set[str]] = defaultdict(set)
        for schema in self._schemas:
            for field in schema.field_names:
                owners[field].add(schema.name)
        self._weights = {field: 1 / len(names) for field, names in owners.items()}

    def recognise(self, rows: Sequence[Sequence[str]]) -> Recognition | None:
        """Return what the table is whose first rows these are, or None if that can't be told."""
        candidates = [
            found
            for number, row in enumerate(rows[:HEAD_ROWS], start=1)
            if (found := self._recognise_header(number, row)) is not None
        ]
        return max(candidates, key=lambda found: len(found.columns), default=None)

    def _recognise_header(self, number: int, header: Sequence[str]) -> Recognition | None:
        cells = [cell for cell in header if cell.strip()]
        matches = [_Match(schema, self._names.match_header(cells, schema)) for schema in self._schemas]
        best = max(matches, key=self._rank)
        others = [match for match in matches if match.schema.name != best.schema.name and match.columns]
        second = max(others, key=self._rank, default=None)
        confidence = self._compare(best, second) if second else 1.0
        is_much = self._weigh(best.columns) >= MIN_WEIGHT or best.coverage >= MIN_COVERAGE
        if not is_much or len(best.columns) < MIN_SHARE * len(cells) or confidence < MIN_CONFIDENCE:
            return None
        return Recognition(best.schema, number, best.columns, confidence, second.schema if second else None)

    def _weigh(self, cells: Mapping[str, str]) -> float:
        """Sum up by the cell's own words where they are a column of any dataset, else by what they mean."""
        return sum(self._weights.get(cell, self._weights[name]) for cell, name in cells.items())

    def _compare(self, best: _Match, second: _Match) -> float:
        """Return the best's part of the weight of cells that only one of the two knows; 0 if it has none."""
        ours = self._weigh({cell: name for cell, name in best.columns.items() if cell not in second.columns})
        theirs = self._weigh(
            {cell: name for cell, name in second.columns.items() if cell not in best.columns}
        )
        return ours / (ours + theirs) if ours else 0.0

    def _rank(self, match: _Match) -> tuple[float, int, float, tuple[int, ...]]:
        """Order by weight, by number of columns, by how much of the dataset they are; newer ones first."""
        version = tuple(int(part) for part in match.schema.version.split("."))
        return round(self._weigh(match.columns), 6), len(match.columns), match.coverage, version


@dataclass(frozen=True, slots=True)
class _Match:
    """A schema with the header cells that name its columns."""

    schema: TableSchema
    columns: dict[str, str]

    @property
    def coverage(self) -> float:
        return len(self.columns) / len(self.schema.fields)


def find_header_row(rows: Sequence[Sequence[str]], schema: TableSchema, names: ColumnNames) -> int:
    """Return the row, from 1, that names most columns of a schema; the first of several, 1 if none does."""
    counts = [len(names.match_header(row, schema)) for row in rows[:HEAD_ROWS]]
    return counts.index(max(counts)) + 1 if any(counts) else 1
