"""render: a version's canonical tables become the bytes of every format, kept as blobs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from app.formats.context import RenderContext
from app.formats.datapackage import PackagedTable, write_data_package
from app.formats.dcat import dataset_ntriples
from app.formats.losses import Losses
from app.formats.registry import list_plan_formats, render_plan, render_table
from app.model.distribution import (
    DATASET_FORMATS,
    ROW_FILE,
    TABLE_FORMATS,
    Distribution,
    Format,
)
from app.model.record import Record
from app.model.release import Release, ReleasedTable
from app.model.table import Table
from app.storage.entities import RenderingEntity, VersionTableEntity
from app.storage.installation import Installation
from app.storage.releases import build_distributions
from app.storage.rowfile import write_row_file
from app.storage.versions import StoredVersion
from app.tables.table import open_table

_ZIP, _NTRIPLES = DATASET_FORMATS[:2]


@dataclass(frozen=True, slots=True)
class Edition:
    """What a rendering is made of: a version under a record, with its number and times.

    `effective_at` is the version's, `modified` the time since which readers see it just so.
    """

    version: StoredVersion
    record: Record
    number: int
    effective_at: dt.datetime
    modified: dt.datetime


def render_version(installation: Installation, edition: Edition) -> list[RenderingEntity]:
    """Make every rendering of a version; see `Renderer`."""
    with installation.folder.scratch() as scratch:
        renderer = Renderer(installation, edition, scratch)
        renderings = [entry for table in edition.version.tables for entry in renderer.render_table(table)]
        renderings += renderer.render_dataset()
        return [*renderings, renderer.render_record(renderings, edition.effective_at, edition.modified)]


class Renderer:
    """The making of one edition's renderings in a scratch folder.

    The blobs are on disk when a method returns; the entities are not stored yet. The same edition and base
    give the same bytes. Raises ValueError if nobody approved the version.
    """

    def __init__(self, installation: Installation, edition: Edition, scratch: Path) -> None:
        self._installation = installation
        self._edition = edition
        self._context = _context(installation, edition)
        self._target = scratch / "rendering"
        self._described = {table.name: table for table in edition.record.tables}

    def formats(self, entity: VersionTableEntity) -> list[Format]:
        """Return what is made of a table: every format, but no XLSX beyond its limits, and the row file."""
        settings = self._installation.settings
        cells = (entity.row_count + 1) * len(self._open_table(entity).schema.fields)
        fits = entity.row_count <= settings.max_xlsx_rows and cells <= settings.max_xlsx_cells
        return [entry for entry in (*TABLE_FORMATS, ROW_FILE) if fits or entry.suffix != "xlsx"]

    def render_table(self, entity: VersionTableEntity) -> list[RenderingEntity]:
        """Make a table's rendering in each of its formats."""
        table = self._open_table(entity)
        return [self._render(table, format_) for format_ in self.formats(entity)]

    def render_dataset(self) -> list[RenderingEntity]:
        """Make what is of the whole dataset, its record apart: the zip and the formats of plans."""
        tables = [self._open_table(entity) for entity in self._edition.version.tables]
        formats = list_plan_formats(tables)
        return [self._render_package(), *(self._render_plan(tables, format_) for format_ in formats)]

    def _render_plan(self, tables: Sequence[Table], format_: Format) -> RenderingEntity:
        with self._target.open("wb") as file:
            render_plan(tables, format_, self._context, self._installation.schemes, file)
        return self._keep("", format_, Losses())

    def _render_package(self) -> RenderingEntity:
        blobs = self._installation.blobs
        with ExitStack() as held, self._target.open("wb") as file:
            packaged = [
                PackagedTable(
                    self._open_table(entity),
                    held.enter_context(blobs.local(entity.sha256)),
                    entity.sha256,
                    entity.size,
                )
                for entity in self._edition.version.tables
            ]
            write_data_package(self._context, packaged, file)
        return self._keep("", _ZIP, Losses())

    def render_record(
        self, renderings: Sequence[RenderingEntity], effective_at: dt.datetime, modified: dt.datetime
    ) -> RenderingEntity:
        """Make the DCAT record that names all these renderings, with the times that readers will see."""
        release = self._release(renderings, effective_at, modified)
        self._target.write_bytes(
            dataset_ntriples(release, self._installation.catalog, self._installation.base)
        )
        return self._keep("", _NTRIPLES, Losses())

    def _open_table(self, entity: VersionTableEntity) -> Table:
        described = self._described[entity.name]
        schema = self._installation.schemas.get_schema(described.schema_name, described.schema_version)
        return open_table(
            described, schema, entity.row_count, lambda: self._installation.blobs.open(entity.sha256)
        )

    def _render(self, table: Table, format_: Format) -> RenderingEntity:
        if format_ is ROW_FILE:
            write_row_file(table, self._target)
            return self._keep(table.name, format_, Losses())
        with self._target.open("wb") as file:
            losses = render_table(table, format_, self._context, file)
        return self._keep(table.name, format_, losses)

    def _keep(self, table: str, format_: Format, losses: Losses) -> RenderingEntity:
        blob = self._installation.blobs.adopt(self._target)
        entry = Distribution(
            self._context.dataset, table, format_, blob.sha256, blob.size, losses.losses, losses.count
        )
        return RenderingEntity(
            version_id=self._edition.version.version_id,
            record_id=0,  # known when it is stored: keep_renderings
            table_name=table,
            format=format_.suffix,
            resource_id=entry.id,
            renderer=format_.renderer,
            sha256=blob.sha256,
            size=blob.size,
            losses=json.dumps([asdict(loss) for loss in losses.losses], ensure_ascii=False),
            loss_count=losses.count,
        )

    def _release(
        self, renderings: Sequence[RenderingEntity], effective_at: dt.datetime, modified: dt.datetime
    ) -> Release:
        edition, dataset = self._edition, self._edition.version.dataset
        return Release(
            dataset_id=dataset.id,
            name=dataset.name,
            number=edition.number,
            created=dataset.created_at,
            effective_at=effective_at,
            modified=modified,
            record=edition.record,
            tables=tuple(
                ReleasedTable(self._described[table.name], table.row_count, table.sha256)
                for table in self._edition.version.tables
            ),
            distributions=build_distributions(dataset.name, edition.version.tables, renderings),
        )


def _context(installation: Installation, edition: Edition) -> RenderContext:
    record, approved_at = edition.record, edition.version.version.approved_at
    if approved_at is None:
        raise ValueError(f"version {edition.version.version_id} is not approved")
    schemas = {
        table.name: installation.schemas.get_schema(table.schema_name, table.schema_version)
        for table in record.tables
    }
    return RenderContext(
        base=installation.base,
        dataset=edition.version.dataset.name,
        version=edition.number,
        record=record,
        license=installation.catalog.licenses[record.license],
        publisher=installation.catalog.get_organization(record.publisher),
        approved_at=approved_at,
        id_paths={name: schema.id_path for name, schema in schemas.items() if schema.id_path},
    )
