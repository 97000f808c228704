"""Identifiers: `/id/…` name things; they answer 303 to a page or to data, by Accept."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from app.dependencies import ReaderDep
from app.model.release import Release
from app.serve.catalogue import get_release, get_resource_dataset
from app.serve.identifier import get_department_release, get_row_table
from app.serve.series import get_series

router = APIRouter(tags=["識別子"])

_DATA_TYPES = (
    ("text/turtle", "ttl"),
    ("application/rdf+xml", "rdf"),
    ("application/ld+json", "jsonld"),
    ("application/n-triples", "nt"),
    ("application/json", "json"),
)
RDF_SUFFIXES = ("ttl", "rdf", "jsonld", "nt")
_VARY = {"Vary": "Accept"}


@router.get("/id/dataset/{name}", status_code=303, summary="データセットの識別子")
def redirect_dataset(request: Request, reader: ReaderDep, name: str) -> RedirectResponse:
    """Go to the dataset's page, or to its record in the form that Accept asks for."""
    get_release(reader, name)
    suffix = _wanted_suffix(request)
    target = f"{reader.base}/dataset/{name}" + (f".{suffix}" if suffix else "")
    return RedirectResponse(target, status_code=303, headers=_VARY)


@router.get("/id/distribution/{resource_id}", status_code=303, summary="配布ファイルの識別子")
def redirect_distribution(reader: ReaderDep, resource_id: str) -> RedirectResponse:
    """Go to the page of the file."""
    name = get_resource_dataset(reader, resource_id)
    return RedirectResponse(f"{reader.base}/dataset/{name}/resource/{resource_id}", status_code=303)


@router.get("/id/organization/{name}", status_code=303, summary="組織の識別子")
def redirect_organization(reader: ReaderDep, name: str) -> RedirectResponse:
    """Go to the organization's page."""
    organization = reader.catalog.get_organization(name)
    return RedirectResponse(f"{reader.base}/organization/{organization.name}", status_code=303)


@router.get("/id/dataset_series/{name}", status_code=303, summary="シリーズの識別子")
def redirect_series(request: Request, reader: ReaderDep, name: str) -> RedirectResponse:
    """Go to the page of the series, or to its record in the form that Accept asks for."""
    series, _ = get_series(reader, name)
    suffix = _wanted_suffix(request)
    target = f"{reader.base}/dataset_series/{series.name}" + (f".{suffix}" if suffix in RDF_SUFFIXES else "")
    return RedirectResponse(target, status_code=303, headers=_VARY)


@router.get("/id/catalog", status_code=303, summary="カタログの識別子")
def redirect_catalog(request: Request, reader: ReaderDep) -> RedirectResponse:
    """Go to the home page, or to the catalogue's feed in the form that Accept asks for."""
    suffix = _wanted_suffix(request)
    target = f"{reader.base}/catalog.{suffix}" if suffix in RDF_SUFFIXES else f"{reader.base}/"
    return RedirectResponse(target, status_code=303, headers=_VARY)


@router.get("/id/service/ckan", status_code=303, summary="APIの識別子")
def redirect_service(reader: ReaderDep) -> RedirectResponse:
    """Go to the description of the API."""
    return RedirectResponse(f"{reader.base}/docs", status_code=303)


@router.get("/id/department/{code}/{name:path}", status_code=303, summary="部署の識別子")
def redirect_department(request: Request, reader: ReaderDep, code: str, name: str) -> RedirectResponse:
    """Go to a plan that names the department, or to its graph in the form that Accept asks for."""
    release = get_department_release(reader, code, name)
    target = reader.base + (_find_graph(request, release) or f"/dataset/{release.name}")
    return RedirectResponse(target, status_code=303, headers=_VARY)


@router.get("/id/{kind}/{identifier}", status_code=303, summary="計画・施策などの識別子")
def redirect_row(request: Request, reader: ReaderDep, kind: str, identifier: str) -> RedirectResponse:
    """Go to its dataset's page, or as Accept asks to the plan's graph or to the row of that ID as JSON."""
    release, table = get_row_table(reader, kind, identifier)
    path = _find_graph(request, release)
    if path is None and "json" in request.headers.get("accept", ""):
        path = f"/api/v1/datasets/{release.name}/tables/{table.record.name}/rows?ID={identifier}"
    target = reader.base + (path or f"/dataset/{release.name}")
    return RedirectResponse(target, status_code=303, headers=_VARY)


def _find_graph(request: Request, release: Release) -> str | None:
    """Return the address of a plan's graph in the form that Accept asks for, or None."""
    found = release.find_distribution("", f"plan.{_wanted_suffix(request)}")
    return found.path if found else None


def _wanted_suffix(request: Request) -> str | None:
    accepted = request.headers.get("accept", "")
    return next((suffix for media_type, suffix in _DATA_TYPES if media_type in accepted), None)
