"""Pages of the Table Schemas: their list, and what each column means and how to write it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from app.dependencies.reader import ReaderDep
from app.formats.template import mark_label
from app.web.templating import render

router = APIRouter(include_in_schema=False)

Version = Annotated[str | None, Query(max_length=20)]


@router.get("/schemas/")
def show_schemas(reader: ReaderDep) -> HTMLResponse:
    """Return the list of schemas: those of the municipal standard datasets, then those of plans."""
    newest = [reader.schemas.get_schema(name) for name in reader.schemas.versions]
    groups = (
        ("自治体標準オープンデータセット", [schema for schema in newest if schema.is_partial]),
        ("計画の施策", [schema for schema in newest if not schema.is_partial]),
    )
    return render("schemas.html", reader.catalog, reader.base, groups=groups)


@router.get("/schemas/{name}")
def show_schema(reader: ReaderDep, name: str, version: Version = None) -> HTMLResponse:
    """Return a schema's page, of the newest version unless one is named."""
    schema = reader.schemas.get_schema(name, version)
    marks = {field.name: mark_label(field) for field in schema.fields}
    versions = reader.schemas.versions[name]
    return render("schema.html", reader.catalog, reader.base, schema=schema, versions=versions, marks=marks)
