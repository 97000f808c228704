"""The page of an organization and its datasets."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.dependencies.reader import ReaderDep
from app.serve.catalogue import list_releases_of
from app.web.dataset import PAGE_SIZE, PageNumber
from app.web.templating import ATOM, MachineLink, render

router = APIRouter(include_in_schema=False)


@router.get("/organization/{name}")
def show_organization(reader: ReaderDep, name: str, page: PageNumber = 1) -> HTMLResponse:
    """Return an organization's page: datasets about a municipality, datasets by any other publisher."""
    organization = reader.catalog.get_organization(name)
    found = list_releases_of(reader, organization, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    address = f"/organization/{organization.name}"
    links = (
        MachineLink(f"{address}/feed.atom", ATOM, "新しい公開（Atom）"),
        MachineLink(f"{address}/open_data_list.csv", "text/csv", "オープンデータ一覧（CSV）"),
    )
    return render(
        "organization.html",
        reader.catalog,
        reader.base,
        machine_links=links,
        organization=organization,
        page=found,
    )
