"""All rules of a table's rows, with what they remember from row to row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.checks.cell import check_cell
from app.checks.earlier_plan import FindWard, check_earlier_plan, list_earlier_fields
from app.checks.foreign_key import ReferencedKeys, check_foreign_key
from app.checks.keys import check_unique_key, list_unique_keys
from app.checks.place import Cell, Record
from app.checks.record_width import check_blank_row, check_record_width
from app.model.report import Finding, Severity
from app.model.table_schema import Field, TableSchema
from app.model.value import Row, Value, read_value
from app.tables.constraints import ConstraintJudge

MAX_REMEMBERED_TEXTS = 4096
MAX_REMEMBERED_CHARACTERS = 64
"""So many faultless texts of a column, none longer, are not judged again: most columns repeat a few."""


class RowChecker:
    """Checks the rows of one table, in order.

    `source` is the table's name for people, `name` its name in the package; `header` the file's columns;
    `tables` the keys of the package's tables by name; `find_ward` knows the rows of other packages, and
    without it references to earlier plans are not judged. Raises OperatorError if frictionless doesn't take
    the schema.
    """

    def __init__(
        self,
        source: str,
        name: str,
        schema: TableSchema,
        header: Sequence[str],
        tables: Mapping[str, ReferencedKeys],
        max_cell_characters: int,
        find_ward: FindWard | None = None,
    ) -> None:
        self._source = source
        self._name = name
        self._width = len(header)
        self._columns: list[tuple[int | None, Field, dict[str, Value]]] = [
            (header.index(field.name) if field.name in header else None, field, {}) for field in schema.fields
        ]
        self._judge = ConstraintJudge(schema)
        self._unique_keys = list_unique_keys(schema)
        self._foreign_keys = list(schema.foreign_keys)
        self._tables = tables
        self._max_cell_characters = max_cell_characters
        self._find_ward = find_ward
        self._earlier_fields = list_earlier_fields(schema)

    def check_row(self, row: int, cells: Sequence[str]) -> tuple[Row | None, list[Finding]]:
        """Return the typed row, or None if it is blank or blocked, and its findings."""
        findings = [*check_blank_row(self._source, row, cells)]
        findings = findings or [*check_record_width(self._source, row, cells, self._width)]
        if findings:
            return None, findings
        values = tuple(
            None if at is None else self._check_cell(row, field, cells[at], known, findings)
            for at, field, known in self._columns
        )
        texts = {field.name: cells[at] for at, field, _ in self._columns if at is not None}
        record = Record(self._source, row, texts)
        for unique_key in self._unique_keys:
            findings.extend(check_unique_key(record, unique_key))
        findings.extend(self._check_foreign_keys(record))
        findings.extend(self._check_earlier_plans(record))
        return (None if _is_blocked(findings) else values), findings

    def _check_cell(
        self, row: int, field: Field, text: str, known: dict[str, Value], findings: list[Finding]
    ) -> Value:
        if text in known:
            return known[text]
        found = check_cell(Cell(self._source, row, field, text), self._judge, self._max_cell_characters)
        if found:
            findings.extend(found)
            return None if _is_blocked(found) else read_value(field, text)
        value = read_value(field, text)
        if len(known) < MAX_REMEMBERED_TEXTS and len(text) <= MAX_REMEMBERED_CHARACTERS:
            known[text] = value
        return value

    def _check_foreign_keys(self, record: Record) -> list[Finding]:
        findings: list[Finding] = []
        for key in tuple(self._foreign_keys):
            found = tuple(check_foreign_key(record, key, self._tables, self._name))
            findings.extend(found)
            if any(finding.rule == "foreign-key-table" for finding in found):
                self._foreign_keys.remove(key)  # a table that is not there is told once
        return findings

    def _check_earlier_plans(self, record: Record) -> list[Finding]:
        if self._find_ward is None:
            return []
        find_ward = self._find_ward
        return [
            finding
            for field in self._earlier_fields
            for finding in check_earlier_plan(record, field, find_ward)
        ]


def _is_blocked(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.BLOCK for finding in findings)
