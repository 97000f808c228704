"""Pages of standards: the list, and one with its downloads, its sources and how full its columns are."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.dependencies.reader import ReaderDep
from app.serve.standard import get_standard, list_formats, list_standards, measure_fill, preview_standard
from app.web.dataset import PREVIEW_ROWS
from app.web.templating import render

router = APIRouter(include_in_schema=False)


@router.get("/standards")
@router.get("/standards/")
def show_standards(reader: ReaderDep) -> HTMLResponse:
    """Return the list of standards."""
    return render("standards.html", reader.catalog, reader.base, standards=list_standards(reader))


@router.get("/standards/{name}")
def show_standard(reader: ReaderDep, name: str) -> HTMLResponse:
    """Return a standard's page."""
    standard = get_standard(reader, name)
    return render(
        "standard.html",
        reader.catalog,
        reader.base,
        standard=standard,
        schema=standard.table_schema,
        formats=list_formats(reader, standard),
        fill=measure_fill(reader, standard),
        rows=preview_standard(reader, standard, PREVIEW_ROWS),
    )
