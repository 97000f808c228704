"""Edits: what a repair proposes for a cell, and how a list of them is carried out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Certainty(StrEnum):
    """Whether the text can have meant nothing else, or a person must look."""

    CERTAIN = "certain"
    DOUBTFUL = "doubtful"

    @property
    def label(self) -> str:
        """The Japanese words."""
        return {"certain": "確か", "doubtful": "要確認"}[self.value]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a rule would write instead of a cell's text."""

    rule: str
    after: str
    certainty: Certainty = Certainty.CERTAIN


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one cell.

    `table` is the file or sheet; `row` counts records from 1, title rows included; `column` is the schema's
    name of it, `column_number` its place in the file from 1, `address` both as a spreadsheet says it.
    """

    table: str
    row: int
    column: str
    column_number: int
    address: str
    before: str
    after: str
    rule: str
    certainty: Certainty

    def as_json(self) -> dict[str, Any]:
        """Return the edit as JSON values."""
        return asdict(self)


def apply_edits(rows: Iterable[Sequence[str]], edits: Iterable[Edit]) -> Iterator[list[str]]:
    """Yield a table's rows, from the first on, with the edits made; these come in the order of rows.

    Raises ValueError if a cell doesn't hold what an edit replaces: the list is of another table.
    """
    waiting = iter(edits)
    edit = next(waiting, None)
    for number, row in enumerate(rows, start=1):
        cells = list(row)
        while edit is not None and edit.row == number:
            if cells[edit.column_number - 1 : edit.column_number] != [edit.before]:
                raise ValueError(f"{edit.table} {edit.address}: not {edit.before!r}")
            cells[edit.column_number - 1] = edit.after
            edit = next(waiting, None)
        yield cells
    if edit is not None:
        raise ValueError(f"{edit.table} {edit.address}: no such row")
