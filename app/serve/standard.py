"""Standards: every row of the tables that follow one Table Schema, of all listed datasets together.

What is made stands for the set of effective versions that it was made of, and is made anew when that is
another one. A table that cannot be read is an error: never a shorter list. A table under a version of the
schema that doesn't fit into the newest is left out, and the description says which and why.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter, defaultdict
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from app.errors import DistributionNotFound, SchemaNotFound
from app.formats.context import RenderContext
from app.formats.iri import ID_FIELD
from app.formats.registry import render_table
from app.model.distribution import TABLE_FORMATS, Distribution, Format, find_format
from app.model.organization import License
from app.model.record import Contact, Record
from app.model.standard import LEADING_FIELDS, WARD_FIELD, LookUp, Source, list_places, make_look_up
from app.model.table import Table
from app.model.table_schema import TableSchema
from app.model.value import Row
from app.serve.catalogue import Reader
from app.serve.download import Download
from app.serve.union import LeftOut, Standard, open_standard
from app.storage import releases
from app.storage.unions import UnionFile

STANDARD_FORMATS = tuple(entry for entry in TABLE_FORMATS if entry.suffix != "csv-metadata.json")
"""The formats of a standard's table."""

HOME = "/standards"
_RENDERER = 1
"""Raised when the same datasets would give other bytes though no format's renderer is raised."""


@dataclass(frozen=True, slots=True)
class Fill:
    """How many cells hold a value: rows by municipality's code, and by column and code the filled cells."""

    rows: dict[str, int]
    filled: dict[str, dict[str, int]]


def list_standards(reader: Reader) -> list[Standard]:
    """Return every standard, with the tables that follow it now, by name."""
    with reader.installation.database.reading() as session:
        found = releases.list_sources(session, reader.now)
    return [_sort_out(reader, name, found) for name in reader.schemas.versions]


def get_standard(reader: Reader, name: str) -> Standard:
    """Return a standard with the tables that follow it now; raises SchemaNotFound."""
    reader.schemas.get_schema(name)
    with reader.installation.database.reading() as session:
        found = releases.list_sources(session, reader.now)
    return _sort_out(reader, name, found)


def list_formats(reader: Reader, standard: Standard) -> list[Format]:
    """Return the formats that a standard's table has: no XLSX beyond the bounds of the settings."""
    settings = reader.installation.settings
    cells = (standard.row_count + 1) * len(standard.table_schema.fields)
    fits = standard.row_count <= settings.max_xlsx_rows and cells <= settings.max_xlsx_cells
    return [entry for entry in STANDARD_FORMATS if fits or entry.suffix != "xlsx"]


def find_union(reader: Reader, name: str, suffix: str) -> Download:
    """Return the file of a standard's table in a format.

    Raises SchemaNotFound, DistributionNotFound; OperatorError if a table of it cannot be read.
    """
    standard, format_ = get_standard(reader, name), find_format(suffix, STANDARD_FORMATS)
    if format_ is None or format_ not in list_formats(reader, standard):
        raise DistributionNotFound(f"standards/{name}.{suffix}")
    table, context = open_standard(reader, standard), _context(reader, standard)

    def write(path: Path) -> None:
        with path.open("wb") as file:
            render_table(table, format_, context, file)

    made = reader.installation.unions.get(name, _key(reader, standard), suffix, write)
    return Download(
        distribution=Distribution("standards", name, format_, made.sha256, made.size),
        open_local=lambda: nullcontext(made.path),
        file_name=f"{name}.{suffix}",
        readable_name=f"{table.title}（全自治体）.{suffix}",
        modified=None,
    )


def measure_fill(reader: Reader, standard: Standard) -> Fill:
    """Return how far the columns of a standard's table are filled; raises OperatorError."""
    table = open_standard(reader, standard)

    def write(path: Path) -> None:
        path.write_text(json.dumps(asdict(_count_filled(table)), ensure_ascii=False), encoding="utf-8")

    made: UnionFile = reader.installation.unions.get(
        standard.schema.name, _key(reader, standard), "fill", write
    )
    return Fill(**json.loads(made.path.read_bytes()))


def _sort_out(reader: Reader, name: str, found: list[Source]) -> Standard:
    newest = reader.schemas.get_schema(name)
    packages: dict[str, dict[str, Source]] = defaultdict(dict)
    sources: list[Source] = []
    left_out: list[LeftOut] = []
    for source in found:
        packages[source.dataset][source.table.name] = source
        if source.table.schema_name != name:
            continue
        try:
            list_places(reader.schemas.get_schema(name, source.table.schema_version), newest)
        except (SchemaNotFound, ValueError) as error:
            left_out.append(LeftOut(source, str(error)))
        else:
            sources.append(source)
    return Standard(newest, _list_look_ups(reader, newest), tuple(sources), tuple(left_out), packages)


def _list_look_ups(reader: Reader, schema: TableSchema) -> tuple[LookUp, ...]:
    """Return what a standard's table takes over; tables of one family have one beginning: `plan-`."""
    family = schema.name.rpartition("-")[0]
    return tuple(
        make_look_up(key, reader.schemas.get_schema(f"{family}-{key.table}"))
        for key in schema.foreign_keys
        if key.reference_fields == (ID_FIELD,) and f"{family}-{key.table}" in reader.schemas.versions
    )


def _count_filled(table: Table) -> Fill:
    columns = [
        (place, field.name)
        for place, field in enumerate(table.schema.fields)
        if field not in LEADING_FIELDS and field.name != WARD_FIELD
    ]
    ward_place = table.schema.field_names.index(WARD_FIELD)
    rows: Counter[str] = Counter()
    filled: dict[str, Counter[str]] = {name: Counter() for _, name in columns}
    for row in table.rows():
        ward = str(row[ward_place])
        rows[ward] += 1
        for place, name in columns:
            filled[name][ward] += row[place] is not None
    return Fill(dict(sorted(rows.items())), {name: dict(counts) for name, counts in filled.items()})


def _key(reader: Reader, standard: Standard) -> str:
    """Return what stands for everything that a standard's files are made of."""
    parts = [
        _RENDERER,
        [(entry.suffix, entry.renderer) for entry in STANDARD_FORMATS],
        reader.base,
        reader.catalog.operator.title,
        reader.catalog.issued.isoformat(),
        standard.schema.version,
        [
            (
                source.dataset,
                source.number,
                source.table.name,
                source.table.schema_version,
                source.sha256,
                source.record.license,
                source.record.local_government_code,
                [found.sha256 for look_up in standard.look_ups if (found := standard.find(source, look_up))],
            )
            for source in standard.sources
        ],
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:32]


def _context(reader: Reader, standard: Standard) -> RenderContext:
    catalog, name = reader.catalog, standard.schema.name
    licenses = {source.record.license for source in standard.sources}
    terms = License("mixed", "データセットごとに示すライセンス", f"{reader.base}{HOME}/{name}", "")
    id_paths = {
        look_up.table: look_up.schema.id_path for look_up in standard.look_ups if look_up.schema.id_path
    }
    return RenderContext(
        base=reader.base,
        dataset="standards",
        version=1,
        record=Record(
            title="全自治体",
            description="",
            publisher=catalog.operator.name,
            local_government_code="",
            contact=Contact(name=catalog.contact_name),
            tables=(),
        ),
        license=catalog.licenses[licenses.pop()] if len(licenses) == 1 else terms,
        publisher=catalog.operator,
        approved_at=dt.datetime.combine(catalog.issued, dt.time(), dt.UTC),
        id_paths=id_paths,
        home=HOME,
    )


def preview_standard(reader: Reader, standard: Standard, limit: int) -> tuple[Row, ...]:
    """Return the first rows of a standard's table; raises OperatorError."""
    return tuple(islice(open_standard(reader, standard).rows(), limit))
