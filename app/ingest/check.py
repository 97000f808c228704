"""Check: uploaded tables become canonical ones, or everything that is wrong with them is said at once.

Three steps, so that a table may refer to one that comes after it: the bytes of every table, then the keys to
which others refer, then one pass over the rows of each. Nothing but keys is held in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from app.checks.bounds import check_column_count, check_has_rows, check_row_count
from app.checks.dialect import check_dialect
from app.checks.earlier_plan import FindWard
from app.checks.encoding import check_encoding, check_not_empty, make_empty_finding
from app.checks.foreign_key import ReferencedKeys
from app.checks.header import check_header, tell_header
from app.checks.keys import hash_key
from app.checks.row import RowChecker
from app.checks.syntax import check_line_ends, check_syntax
from app.formats.csv import write_csv_rows
from app.model.report import Finding, ReportBuilder, Severity
from app.model.table_schema import TableSchema
from app.model.value import Row
from app.settings import Settings
from app.tables.delimited import Records, UnreadableRecord, open_records
from app.tables.encoding import find_codec

Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UploadedTable:
    """A table as it was received.

    `source` is its name for people, `encoding` "" if nothing is declared. The header is in row `header_row`;
    `columns` gives cells of it the column that they mean, where that has another name.
    """

    name: str
    title: str
    description: str
    path: Path
    source: str
    schema: TableSchema
    encoding: str
    delimiter: str = ","
    header_row: int = 1
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """A table without blocking findings; `path` is its canonical CSV (UTF-8, LF, header, schema's order)."""

    name: str
    title: str
    description: str
    schema: TableSchema
    path: Path
    row_count: int


def open_uploaded(table: UploadedTable, settings: Settings) -> AbstractContextManager[Records]:
    """Open a table's records from its first row on; its bytes must fit its encoding, which must be known."""
    max_characters = settings.max_columns * settings.max_cell_characters
    return open_records(table.path, find_codec(table.encoding) or "", table.delimiter, max_characters)


def check_tables(
    tables: Sequence[UploadedTable],
    scratch: Path,
    settings: Settings,
    findings: ReportBuilder,
    find_ward: FindWard | None = None,
) -> tuple[CheckedTable, ...]:
    """Check all tables of one upload, write the good ones to `scratch`, add every fault to `findings`.

    `find_ward` knows the rows of other datasets that are earlier plans (checks/earlier_plan.py).
    Returns the tables without a blocking finding, in their order. Raises OperatorError if a schema of ours is
    wrong, and OSError; bad data never raise.
    """
    checks = [_TableCheck(table, settings, findings, find_ward) for table in tables]
    readable = [check for check in checks if check.check_bytes()]
    keys = _collect_keys(tables, readable)
    checked = (
        check.check_rows(scratch / f"checked-{number}.csv", keys) for number, check in enumerate(readable)
    )
    return tuple(table for table in checked if table is not None)


class _TableCheck:
    """The check of one table, step by step."""

    def __init__(
        self,
        table: UploadedTable,
        settings: Settings,
        findings: ReportBuilder,
        find_ward: FindWard | None,
    ) -> None:
        self.table = table
        self._settings = settings
        self._findings = findings
        self._find_ward = find_ward
        self._is_blocked = False

    def check_bytes(self) -> bool:
        """Return whether the file can be read as text."""
        table = self.table
        self._add(check_not_empty(table.source, table.path))
        self._add(check_dialect(table.source, table.encoding, table.delimiter))
        codec = find_codec(table.encoding)
        if codec is not None:
            self._add(check_encoding(table.source, table.path, codec))
        return not self._is_blocked

    def collect_keys(self, wanted: Iterable[Columns]) -> dict[Columns, set[bytes]]:
        """Return the keys of the columns that the file has; none at all if it can't be read to its end."""
        hashes: dict[Columns, set[bytes]] = {}
        try:
            with self._open() as records:
                rows = self._skip_to_header(records)
                _, header = next(rows, (1, []))
                places = {
                    columns: [header.index(name) for name in columns]
                    for columns in wanted
                    if set(columns) <= set(header)
                }
                hashes = {columns: set() for columns in places}
                for row, cells in rows:
                    if row > self._settings.max_rows + 1:
                        return {}
                    for columns, indexes in places.items():
                        if max(indexes) < len(cells):
                            hashes[columns].add(hash_key(cells[index] for index in indexes))
        except UnreadableRecord:
            return {}
        return hashes

    def check_rows(self, target: Path, keys: Mapping[str, ReferencedKeys]) -> CheckedTable | None:
        """Write the canonical CSV to `target` and return the table, or None if anything blocks it."""
        table = self.table
        with self._open() as records, target.open("wb") as file:
            row_count = write_csv_rows(table.schema, self._read_typed_rows(records, keys), file)
        if self._is_blocked:
            target.unlink()
            return None
        return CheckedTable(table.name, table.title, table.description, table.schema, target, row_count)

    def _read_typed_rows(self, records: Records, keys: Mapping[str, ReferencedKeys]) -> Iterator[Row]:
        """Yield good rows as long as nothing blocks the table, and check the others all the same."""
        source = self.table.source
        row_count = 0
        try:
            rows = self._skip_to_header(records)
            checker = self._check_header(next(rows, None), keys)
            if checker is None:
                return
            for row, cells in rows:
                if self._add(check_row_count(source, row, self._settings.max_rows)):
                    return
                values, found = checker.check_row(row, cells)
                self._add(found)
                row_count += any(cells)
                if values is not None and not self._is_blocked:
                    yield values
        except UnreadableRecord as error:
            self._add(check_syntax(source, error))
        else:
            self._add(check_line_ends(source, records.line_ends))
            self._add(check_has_rows(source, row_count))

    def _check_header(
        self, first: tuple[int, list[str]] | None, keys: Mapping[str, ReferencedKeys]
    ) -> RowChecker | None:
        """Return the checker of the rows, or None if they can't be told apart by columns."""
        table = self.table
        if first is None:
            self._add([make_empty_finding(table.source)])
            return None
        header = first[1]
        if self._add(check_column_count(table.source, len(header), self._settings.max_columns)):
            return None
        self._add(tell_header(table.source, table.header_row, table.columns))
        self._add(check_header(table.source, header, table.schema))
        if not set(header) & set(table.schema.field_names):
            return None
        return RowChecker(
            table.source,
            table.name,
            table.schema,
            header,
            keys,
            self._settings.max_cell_characters,
            self._find_ward,
        )

    def _skip_to_header(self, records: Records) -> Iterator[tuple[int, list[str]]]:
        """Return the records from the header on, whose cells get the names that they mean."""
        rows = islice(iter(records), self.table.header_row - 1, None)
        for row, cells in rows:
            yield row, [self.table.columns.get(cell, cell) for cell in cells]
            break
        yield from rows

    def _open(self) -> AbstractContextManager[Records]:
        return open_uploaded(self.table, self._settings)

    def _add(self, found: Iterable[Finding]) -> bool:
        """Add findings to the report; return whether there were any."""
        is_any = False
        for finding in found:
            is_any = True
            self._is_blocked |= finding.severity is Severity.BLOCK
            self._findings.add(finding)
        return is_any


def _collect_keys(
    tables: Sequence[UploadedTable], readable: Sequence[_TableCheck]
) -> dict[str, ReferencedKeys]:
    """Return, for every table of the upload, the keys to which any of its tables refers."""
    wanted: dict[str, set[Columns]] = defaultdict(set)
    for table in tables:
        for key in table.schema.foreign_keys:
            wanted[key.table or table.name].add(key.reference_fields)
    keys = {table.name: ReferencedKeys(table.source, {}) for table in tables}
    for check in readable:
        if columns := wanted.get(check.table.name):
            keys[check.table.name] = ReferencedKeys(check.table.source, check.collect_keys(columns))
    return keys
