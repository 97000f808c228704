"""Rows of a table as JSON, of the current version or a numbered one: `/api/v1/datasets/…/rows`."""

from __future__ import annotations

import io
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response

from app.dependencies.answer import answer_ready
from app.errors import RequestError
from app.formats.json import encode_json, write_array
from app.serve.answers import Answer, make_answer
from app.serve.catalogue import Reader
from app.serve.rows import DEFAULT_ROWS, MAX_ROWS, RowsPage, list_rows

router = APIRouter(tags=["rows"])

Limit = Annotated[str, Query(description=f"1ページの行数（1から{MAX_ROWS}まで）")]
Cursor = Annotated[str, Query(description="前のページの next にある値")]
_OWN_PARAMETERS = ("limit", "cursor")


@router.get("/api/v1/datasets/{name}/tables/{table}/rows", summary="表の行（最新版）")
async def get_rows(
    request: Request, name: str, table: str, limit: Limit = str(DEFAULT_ROWS), cursor: Cursor = ""
) -> Response:
    """Send a page of a table's rows; follow `next` for the rest.

    Every other parameter is a filter: a column's name and the value that its cells must equal. A cell of
    several values needs to hold the one given. An empty value asks for empty cells.
    """
    return await _send(request, name, table, limit, cursor)


@router.get("/api/v1/datasets/{name}/versions/{number:int}/tables/{table}/rows", summary="表の行（版を指定）")
async def get_version_rows(
    request: Request,
    name: str,
    number: int,
    table: str,
    limit: Limit = str(DEFAULT_ROWS),
    cursor: Cursor = "",
) -> Response:
    """Send a page of a table's rows in a numbered version, where a walk is never cut by a newer one."""
    return await _send(request, name, table, limit, cursor, number)


async def _send(
    request: Request, name: str, table: str, limit: str, cursor: str, number: int | None = None
) -> Response:
    filters = _read_filters(request)
    rows = read_limit(limit)

    def make(reader: Reader) -> Answer:
        page = list_rows(
            reader, name, table, filters=filters, cursor=cursor or None, limit=rows, number=number
        )
        version = "" if number is None else f"/versions/{number}"
        address = f"{reader.base}/api/v1/datasets/{page.release.name}{version}/tables/{quote(table)}/rows"
        query = {**filters, "limit": limit, "cursor": page.next_cursor}
        following = f"{address}?{urlencode(query)}" if page.next_cursor else None
        return make_answer(_write_page(reader, page, following), "application/json; charset=utf-8")

    return await answer_ready(request, make)


def read_limit(text: str) -> int:
    """Return how many rows a page is to have; raises RequestError."""
    if not (
        text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ROWS)) and 0 < int(text) <= MAX_ROWS
    ):
        raise RequestError("limit", f"limit には1から{MAX_ROWS}までの整数を指定してください。")
    return int(text)


def _read_filters(request: Request) -> dict[str, str]:
    filters: dict[str, str] = {}
    for name, text in request.query_params.multi_items():
        if name in filters:
            raise RequestError(name, f"「{name}」は1度だけ指定してください。")
        if name not in _OWN_PARAMETERS:
            filters[name] = text
    return filters


def _write_page(reader: Reader, page: RowsPage, following: str | None) -> bytes:
    record = page.table.record
    head = {
        "dataset": page.release.name,
        "version": page.release.number,
        "table": record.name,
        "total": page.total,
        "next": following,
        "license": reader.catalog.licenses[page.release.record.license].url,
        "source": f"{reader.base}/dataset/{page.release.name}",
        "schema": f"{reader.base}/schemas/{record.schema_name}/{record.schema_version}.json",
    }
    target = io.BytesIO()
    write_array(f'{encode_json(head)[:-1]},"rows":[', page.rows, "]}", target)
    return target.getvalue()
