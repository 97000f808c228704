"""The page of a series: the plans of a municipality, one after the other."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.dependencies.reader import ReaderDep
from app.serve.series import get_series, list_plan_links
from app.web.templating import MachineLink, render

router = APIRouter(include_in_schema=False)


@router.get("/dataset_series/{name}")
def show_series(reader: ReaderDep, name: str) -> HTMLResponse:
    """Return a series' page: its datasets by period, with the plan before each and what it is made from."""
    series, members = get_series(reader, name)
    links = list_plan_links(reader, members)
    holders = {link.plan: link.dataset for link in links}
    titles = {release.name: release.record.title for release in members}
    befores = {
        release.name: [
            (holders[link.before], titles[holders[link.before]])
            for link in links
            if link.dataset == release.name != holders.get(link.before, release.name)
        ]
        for release in members
    }
    address = f"/dataset_series/{series.name}"
    return render(
        "series.html",
        reader.catalog,
        reader.base,
        series=series,
        members=members,
        befores=befores,
        machine_links=(
            MachineLink(f"{address}.ttl", "text/turtle", "DCAT（Turtle）"),
            MachineLink(f"{address}.rdf", "application/rdf+xml", "DCAT（RDF/XML）"),
            MachineLink(f"{address}.jsonld", "application/ld+json", "DCAT（JSON-LD）"),
        ),
    )
