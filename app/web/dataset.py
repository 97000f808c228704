"""Pages of datasets: the list with its search, a dataset, one of its files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from app.dependencies.reader import ReaderDep
from app.errors import DistributionNotFound
from app.formats.schema_org import schema_org_dataset
from app.formats.sentences import credit_sentence, provenance_sentence
from app.model.distribution import PLAN_FORMATS, Distribution
from app.model.release import Release, ReleasedTable
from app.model.series import Series
from app.model.table_schema import TableSchema
from app.model.value import Row
from app.serve.catalogue import Reader, get_release, list_releases, list_version_numbers, preview_rows
from app.web.templating import ATOM, MachineLink, render

router = APIRouter(include_in_schema=False)

PREVIEW_ROWS = 10
PAGE_SIZE = 20
COMMON_FORMATS = frozenset({"csv", "bom.csv", "sjis.csv", "xlsx", "json"})
"""Suffixes that a dataset's page shows at once; the others unfold."""

PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]


@dataclass(frozen=True, slots=True)
class TableView:
    """A table as its page shows it: `rows` are the first ones, `common` and `special` its downloads."""

    table: ReleasedTable
    schema: TableSchema
    rows: tuple[Row, ...]
    common: tuple[Distribution, ...]
    special: tuple[Distribution, ...]


@router.get("/dataset")
@router.get("/dataset/")
def show_datasets(
    reader: ReaderDep, q: Annotated[str, Query(max_length=200)] = "", page: PageNumber = 1
) -> HTMLResponse:
    """Return one page of the datasets that hold every word of `q`, best find first; without `q`, newest."""
    terms = tuple(q.split())
    order = "score" if terms else "modified"
    found = list_releases(reader, terms=terms, order=order, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    return render("datasets.html", reader.catalog, reader.base, query=q.strip(), page=found)


@router.get("/dataset/{name}")
def show_dataset(reader: ReaderDep, name: str) -> HTMLResponse:
    """Return a dataset's page."""
    release = get_release(reader, name)
    municipality = reader.catalog.find_municipality(release.record.local_government_code)
    themes = (reader.catalog.find_theme(code) for code in release.record.themes)
    return render(
        "dataset.html",
        reader.catalog,
        reader.base,
        release=release,
        series=Series.of(release.record, municipality),
        themes=[theme for theme in themes if theme],
        views=[_view_table(reader, release, table) for table in release.tables],
        archive=release.find_distribution("", "zip"),
        versions=list_version_numbers(reader, release.name),
        machine_links=list_machine_links(release),
        schema_org=schema_org_dataset(release, reader.catalog, reader.base),
        credit=credit_sentence(release, reader.catalog),
        provenance=provenance_sentence(release, reader.catalog),
    )


@router.get("/dataset/{name}/resource/{resource_id}")
def show_resource(reader: ReaderDep, name: str, resource_id: str) -> HTMLResponse:
    """Return the page of one file of a dataset, by its resource id."""
    release = get_release(reader, name)
    entry = next((entry for entry in release.distributions if entry.id == resource_id), None)
    if entry is None:
        raise DistributionNotFound(f"{name}/resource/{resource_id}")
    table = release.find_table(entry.table)
    subject = table.record.title if table else "データセット全体"
    return render(
        "resource.html",
        reader.catalog,
        reader.base,
        release=release,
        entry=entry,
        title=f"{subject}: {entry.format.title}",
        view=_view_table(reader, release, table) if table else None,
    )


def list_machine_links(release: Release) -> tuple[MachineLink, ...]:
    """Return where the same is for programs: DCAT, JSON, Croissant, Atom, CKAN, a plan's graph, CSVW."""
    page = f"/dataset/{release.name}"
    return (
        MachineLink(f"{page}.ttl", "text/turtle", "DCAT（Turtle）"),
        MachineLink(f"{page}.rdf", "application/rdf+xml", "DCAT（RDF/XML）"),
        MachineLink(f"{page}.jsonld", "application/ld+json", "DCAT（JSON-LD）"),
        MachineLink(f"{page}.json", "application/json", "データセットの記録（JSON）"),
        MachineLink(f"{page}.croissant.json", "application/ld+json", "機械学習のための説明（Croissant）"),
        MachineLink(f"{page}/feed.atom", ATOM, "版の更新（Atom）"),
        MachineLink(
            f"/api/3/action/package_show?id={release.name}", "application/json", "CKAN互換の package_show"
        ),
        *(
            MachineLink(entry.path, entry.format.media_type.partition(";")[0], entry.format.title)
            for entry in release.distributions
            if entry.format in PLAN_FORMATS
        ),
        *(
            MachineLink(entry.path, "application/csvm+json", f"列の説明（CSVW）: {_title(release, entry)}")
            for entry in release.distributions
            if entry.format.suffix == "csv-metadata.json"
        ),
    )


def _title(release: Release, entry: Distribution) -> str:
    table = release.find_table(entry.table)
    return table.record.title if table else entry.table


def _view_table(reader: Reader, release: Release, table: ReleasedTable) -> TableView:
    record = table.record
    downloads = [entry for entry in release.distributions if entry.table == record.name]
    return TableView(
        table,
        reader.schemas.get_schema(record.schema_name, record.schema_version),
        preview_rows(reader, release, record.name, PREVIEW_ROWS),
        _select(downloads, is_common=True),
        _select(downloads, is_common=False),
    )


def _select(entries: Iterable[Distribution], *, is_common: bool) -> tuple[Distribution, ...]:
    return tuple(entry for entry in entries if (entry.format.suffix in COMMON_FORMATS) is is_common)
