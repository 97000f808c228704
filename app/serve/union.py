"""The rows of a standard's table, read from the tables of its datasets one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache

from app.errors import OperatorError
from app.formats.iri import ID_FIELD
from app.model.standard import WARD_FIELD, LookUp, Source, list_places, standard_schema
from app.model.table import Table
from app.model.table_schema import TableSchema
from app.model.value import Row, Value
from app.serve.catalogue import Reader
from app.storage.rowfile import open_row_file
from app.tables.table import open_table

_REMEMBERED_ROWS = 1000


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A table that is not among a standard's rows, and why (Japanese)."""

    source: Source
    reason: str


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard at a moment: its Table Schema, the tables in it by dataset, and those left out.

    `packages` holds every table of every listed dataset, by the dataset's and the table's name.
    """

    schema: TableSchema
    look_ups: tuple[LookUp, ...]
    sources: tuple[Source, ...]
    left_out: tuple[LeftOut, ...]
    packages: Mapping[str, Mapping[str, Source]] = field(repr=False)

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return sum(source.row_count for source in self.sources)

    @property
    def table_schema(self) -> TableSchema:
        """The schema of the table with all rows."""
        return standard_schema(self.schema, self.look_ups)

    def find(self, source: Source, look_up: LookUp) -> Source | None:
        """Return the table of a source's package in which something is looked up, or None."""
        found = self.packages[source.dataset].get(look_up.table)
        return found if found and found.table.schema_name == look_up.schema.name else None


def open_standard(reader: Reader, standard: Standard) -> Table:
    """Return the table of a standard; its rows are read anew on each pass.

    A pass raises OperatorError if a table cannot be read to its end.
    """
    schema = standard.table_schema

    def rows() -> Iterator[Row]:
        for source in standard.sources:
            try:
                yield from _list_rows(reader, standard, source)
            except (OSError, ValueError) as error:
                title = f"データセット「{source.dataset}」の表「{source.table.title}」"
                raise OperatorError(f"{title}を読み取れないため、まとめた表を作れません。") from error

    return Table(schema.name, schema.title, schema.description, schema, standard.row_count, rows)


def _list_rows(reader: Reader, standard: Standard, source: Source) -> Iterator[Row]:
    newest, blobs = standard.schema, reader.installation.blobs
    schema = reader.schemas.get_schema(newest.name, source.table.schema_version)
    places = list_places(schema, newest)
    table = open_table(source.table, schema, source.row_count, lambda: blobs.open(source.sha256))
    ward = () if newest.find_field(WARD_FIELD) else (source.record.local_government_code,)
    count = 0
    with ExitStack() as files:
        finders = [_open_finder(reader, standard, source, look_up, files) for look_up in standard.look_ups]
        for count, row in enumerate(table.rows(), start=1):
            cells = [None if place is None else row[place] for place in places]
            looked_up = (value for find in finders for value in find(cells))
            yield (source.dataset, source.number, count, *ward, *cells, *looked_up)
    if count != source.row_count:
        raise ValueError(f"{count} rows of {source.row_count}")


def _open_finder(
    reader: Reader, standard: Standard, source: Source, look_up: LookUp, files: ExitStack
) -> Callable[[list[Value]], Row]:
    """Return what gives, for a row under the newest schema, the values that are taken over into it."""
    nothing: Row = (None,) * len(look_up.fields)
    place = standard.schema.field_names.index(look_up.column)
    found = standard.find(source, look_up)
    if found is None:
        return lambda _: nothing
    schema = reader.schemas.get_schema(look_up.schema.name, found.table.schema_version)
    path = files.enter_context(reader.installation.blobs.local(found.rows_sha256))
    rows = files.enter_context(open_row_file(path, schema))
    names = schema.field_names
    places = [names.index(entry.name) if entry.name in names else None for entry in look_up.fields]

    @lru_cache(maxsize=_REMEMBERED_ROWS)
    def find(identifier: Value) -> Row:
        if identifier is None:
            return nothing
        row = next((row for _, row in rows.list_rows({ID_FIELD: identifier}, 0, 1)), None)
        return nothing if row is None else tuple(None if at is None else row[at] for at in places)

    return lambda cells: find(cells[place])
