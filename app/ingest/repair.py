"""repair: what should be changed in the cells of an upload, listed; nothing is changed or kept.

Certain edits and doubtful ones are proposed alike. A person decides; `RepairPlan.apply` gives the repaired
rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from app.checks.header import column_letters
from app.checks.repair.column import CODE, Column
from app.checks.repair.coordinates import Box, judge_swap, list_coordinates
from app.checks.repair.width import narrow
from app.errors import RefusedUpload
from app.ingest.check import UploadedTable, open_uploaded
from app.ingest.identify import identify_upload
from app.ingest.receive import Received
from app.model.edit import Certainty, Edit, Proposal, apply_edits
from app.model.report import ReportBuilder
from app.settings import Settings
from app.storage.installation import Installation
from app.tables.constraints import ConstraintJudge
from app.tables.delimited import DELIMITERS, UnreadableRecord
from app.tables.encoding import find_codec, find_decoding_fault
from app.vocabulary.catalog import Catalog

MAX_REMEMBERED_TEXTS = 4096
"""So many texts of a column are not judged again: most columns repeat a few."""


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """What to change in one table: its edits in the order of its rows."""

    table: UploadedTable
    edits: tuple[Edit, ...]

    def apply(self, settings: Settings, *, doubtful: bool) -> Iterator[list[str]]:
        """Yield the table's rows, from the first of its file on, with its edits made.

        Doubtful ones are made on demand. Raises ValueError if the edits are those of another table.
        """
        wanted = (edit for edit in self.edits if doubtful or edit.certainty is Certainty.CERTAIN)
        with open_uploaded(self.table, settings) as records:
            yield from apply_edits((cells for _, cells in records), wanted)


@dataclass(frozen=True, slots=True)
class Repairs:
    """What was proposed for an upload: what it was taken for, and the plan of each of its tables."""

    taken_for: str
    plans: tuple[RepairPlan, ...]

    @property
    def edits(self) -> list[Edit]:
        """All edits, table by table."""
        return list(chain.from_iterable(plan.edits for plan in self.plans))

    def as_json(self) -> dict[str, object]:
        """Return the list as JSON values."""
        edits = self.edits
        counts = {one.value: sum(edit.certainty is one for edit in edits) for one in Certainty}
        return {
            "taken_for": self.taken_for,
            "counts": counts,
            "edits": [edit.as_json() for edit in edits],
        }


def repair_upload(
    installation: Installation, received: Received, scratch: Path, *, schema_name: str | None = None
) -> Repairs:
    """Propose repairs for every table of an upload.

    Raises RefusedUpload if it, or one of its tables, can't be read to its end or needs more than `max_edits`
    edits; SchemaNotFound.
    """
    settings = installation.settings
    findings = ReportBuilder(settings.max_findings_per_rule)
    identified = identify_upload(
        received, scratch, settings, installation.schemas, findings, schema_name=schema_name
    )
    plans: list[RepairPlan] = []
    left = settings.max_edits
    for table in identified.tables:
        plans.append(plan_repairs(table, installation.catalog, settings, left))
        left -= len(plans[-1].edits)
    return Repairs(identified.taken_for, tuple(plans))


def plan_repairs(table: UploadedTable, catalog: Catalog, settings: Settings, max_edits: int) -> RepairPlan:
    """Propose repairs for a table; raises RefusedUpload if it can't be read or needs more edits."""
    codec = find_codec(table.encoding)
    if codec is None or table.delimiter not in DELIMITERS or find_decoding_fault(table.path, codec):
        raise _make_unreadable(table, "文字コードか区切り文字が違います")
    edits: list[Edit] = []
    try:
        with open_uploaded(table, settings) as records:
            for edit in _propose(table, records, catalog, settings):
                edits.append(edit)
                if len(edits) > max_edits:
                    raise _make_too_many(settings)
    except UnreadableRecord as error:
        raise _make_unreadable(table, f"{error.row}行目から先を読み取れません") from error
    return RepairPlan(table, tuple(edits))


def _propose(
    table: UploadedTable, records: Iterable[tuple[int, list[str]]], catalog: Catalog, settings: Settings
) -> Iterator[Edit]:
    rows: _Rows | None = None
    for number, cells in records:
        if number == table.header_row:
            rows = _Rows(table, cells, catalog, settings)
        elif rows is not None:
            yield from rows.propose(number, cells)


class _Rows:
    """Proposes edits for the rows of a table, whose header is given; a row of another width is left alone."""

    def __init__(
        self, table: UploadedTable, header: Sequence[str], catalog: Catalog, settings: Settings
    ) -> None:
        judge = ConstraintJudge(table.schema)
        names = [table.columns.get(cell, cell) for cell in header]
        self._source = table.source
        self._width = len(header)
        self._catalog = catalog
        self._names: dict[str, int] = {}
        self._columns: dict[str, Column] = {}
        self._known: dict[str, dict[str, Proposal | None]] = {}
        for field in table.schema.fields:
            if field.name in names:
                self._names[field.name] = names.index(field.name)
                self._columns[field.name] = Column(field, judge, settings.max_cell_characters)
                self._known[field.name] = {}
        self._coordinates = list_coordinates(list(self._names))
        self._codes = sorted(filter(CODE.fullmatch, self._names), key=lambda name: "所在地" not in name)

    def propose(self, row: int, cells: Sequence[str]) -> Iterator[Edit]:
        """Yield the edits of a row from left to right."""
        if len(cells) != self._width or not any(cells):
            return
        texts = {name: cells[at] for name, at in self._names.items()}
        proposals = {name: self._propose_cell(name, text) for name, text in texts.items()}
        for pair in self._coordinates:
            proposals.update(self._propose_swap(pair, texts, self._find_box(texts, proposals)))
        for name, at in sorted(self._names.items(), key=lambda item: item[1]):
            if (found := proposals[name]) is not None:
                address = f"{column_letters(at)}{row}"
                yield Edit(
                    self._source,
                    row,
                    name,
                    at + 1,
                    address,
                    texts[name],
                    found.after,
                    found.rule,
                    found.certainty,
                )

    def _propose_cell(self, name: str, text: str) -> Proposal | None:
        known = self._known[name]
        if text in known:
            return known[text]
        found = self._columns[name].propose(text)
        if len(known) < MAX_REMEMBERED_TEXTS:
            known[text] = found
        return found

    def _propose_swap(
        self, pair: tuple[str, str], texts: dict[str, str], box: Box | None
    ) -> dict[str, Proposal | None]:
        latitude, longitude = (texts[name] for name in pair)
        certainty = judge_swap(latitude, longitude, box)
        if certainty is None:
            return {}
        swapped = dict(zip(pair, (narrow(longitude), narrow(latitude)), strict=True))
        if not all(self._columns[name].is_valid(text) for name, text in swapped.items()):
            return {}
        return {name: Proposal("swapped-coordinates", text, certainty) for name, text in swapped.items()}

    def _find_box(self, texts: dict[str, str], proposals: dict[str, Proposal | None]) -> Box | None:
        """Return the area of the municipality that the row names, where it lies or else whose it is."""
        name = next((name for name in self._codes if texts[name].strip()), None)
        if name is None:
            return None
        found = proposals[name]
        is_certain = found is not None and found.certainty is Certainty.CERTAIN
        code = found.after if found is not None and is_certain else texts[name]
        municipality = self._catalog.find_municipality(code)
        return municipality.box if municipality is not None else None


def _make_unreadable(table: UploadedTable, why: str) -> RefusedUpload:
    return RefusedUpload(
        "repair-unreadable",
        f"{table.source} は{why}。途中までの修正は提案しません。",
        "shisaku check で場所を確かめ、そこを直してから、もう一度試してください。",
    )


def _make_too_many(settings: Settings) -> RefusedUpload:
    return RefusedUpload(
        "too-many-edits",
        f"直すところが上限（{settings.max_edits:,}件）を超えています。",
        "表を分けるか、Excelで列ごとにまとめて直してから、もう一度試してください。",
    )
