"""What a check looks at: a cell or a record, with the place that its findings name."""

from __future__ import annotations

from dataclasses import dataclass

from app.checks.rules import make_finding
from app.model.report import Finding
from app.model.table_schema import Field


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell's text; `table` is the source's name, `row` counts records with the header as 1."""

    table: str
    row: int
    field: Field
    text: str

    def make_finding(self, rule: str, why: str, mend: str) -> Finding:
        """Return a finding at this cell."""
        return make_finding(
            rule, why, mend, self.table, row=self.row, column=self.field.name, value=self.text
        )


@dataclass(frozen=True, slots=True)
class Record:
    """One row's texts by column name; columns that the file lacks are not in it."""

    table: str
    row: int
    texts: dict[str, str]

    def make_finding(self, rule: str, why: str, mend: str, columns: tuple[str, ...]) -> Finding:
        """Return a finding at some columns of this row, which are named and shown together."""
        value = "、".join(self.texts.get(column, "") for column in columns)
        return make_finding(rule, why, mend, self.table, row=self.row, column="・".join(columns), value=value)
