"""The home page."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.dependencies.reader import ReaderDep
from app.model.organization import Organization
from app.serve.catalogue import Reader, count_by_municipality, list_releases
from app.web.templating import ATOM, MachineLink, render

router = APIRouter(include_in_schema=False)

NEWEST = 5
"""Datasets that the home page names."""


@router.get("/")
def show_home(reader: ReaderDep) -> HTMLResponse:
    """Return the home page: what this is, search, the newest datasets, municipalities that have some."""
    return render(
        "home.html",
        reader.catalog,
        reader.base,
        machine_links=(
            MachineLink("/catalog.ttl", "text/turtle", "カタログ（DCAT、Turtle）"),
            MachineLink("/catalog.rdf", "application/rdf+xml", "カタログ（DCAT、RDF/XML）"),
            MachineLink("/catalog.jsonld", "application/ld+json", "カタログ（DCAT、JSON-LD）"),
            MachineLink("/feed.atom", ATOM, "新しい公開（Atom）"),
        ),
        newest=list_releases(reader, limit=NEWEST),
        municipalities=_list_municipalities(reader),
    )


def _list_municipalities(reader: Reader) -> list[tuple[Organization, int]]:
    found = (
        (reader.catalog.find_municipality(code), count)
        for code, count in count_by_municipality(reader).items()
    )
    return [(municipality, count) for municipality, count in found if municipality]
