"""The page of a theme (CKAN: group) and its datasets."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.dependencies.reader import ReaderDep
from app.errors import NotFoundError
from app.serve.catalogue import list_releases
from app.web.dataset import PAGE_SIZE, PageNumber
from app.web.templating import render

router = APIRouter(include_in_schema=False)


@router.get("/group/{name}")
def show_group(reader: ReaderDep, name: str, page: PageNumber = 1) -> HTMLResponse:
    """Return a theme's page with its datasets, newest first."""
    theme = reader.catalog.themes.get(name)
    if theme is None:
        raise NotFoundError(f"分類「{name}」はありません。")
    found = list_releases(reader, theme=theme.eu_code, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    return render("group.html", reader.catalog, reader.base, theme=theme, page=found)
