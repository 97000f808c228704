"""Standards: `/standards/{schema}.{suffix}`, and what they are made of: `/api/v1/standards`."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.files import send_file, split_file_name
from app.dependencies.answer import answer_ready
from app.model.standard import Source
from app.serve.answers import Answer, make_answer
from app.serve.catalogue import Reader
from app.serve.standard import (
    HOME,
    find_union,
    get_standard,
    list_formats,
    list_standards,
    measure_fill,
)
from app.serve.union import Standard

router = APIRouter(tags=["標準ごとの表"])

_JSON = "application/json; charset=utf-8"


@router.get(HOME + "/{stem}.{rest}", summary="同じ標準の表の、全自治体の行")
async def get_standard_file(request: Request, stem: str, rest: str) -> Response:
    """Send every row of the tables that follow a Table Schema, in the format that the suffix names."""
    name, suffix = split_file_name(f"{stem}.{rest}")
    return await send_file(request, lambda reader: find_union(reader, name, suffix))


@router.get("/api/v1/standards", summary="標準の一覧")
async def get_standards(request: Request) -> Response:
    """List the standards, each with the number of its tables and rows."""

    def make(reader: Reader) -> Answer:
        return _answer([_summarize(reader, standard) for standard in list_standards(reader)])

    return await answer_ready(request, make)


@router.get("/api/v1/standards/{name}", summary="標準ごとの表の出典と、列ごとの記入率")
async def get_standard_description(request: Request, name: str) -> Response:
    """Tell what a standard's table is made of, what is left out and why, and how full its columns are."""

    def make(reader: Reader) -> Answer:
        standard = get_standard(reader, name)
        fill = measure_fill(reader, standard)
        files = [
            {"format": entry.suffix, "url": f"{reader.base}{HOME}/{name}.{entry.suffix}"}
            for entry in list_formats(reader, standard)
        ]
        return _answer(
            {
                **_summarize(reader, standard),
                "sources": [_describe(reader, source) for source in standard.sources],
                "left_out": [
                    {**_describe(reader, entry.source), "reason": entry.reason} for entry in standard.left_out
                ],
                "rows_by_municipality": fill.rows,
                "filled_by_column": fill.filled,
                "files": files,
            }
        )

    return await answer_ready(request, make)


def _answer(document: object) -> Answer:
    return make_answer(json.dumps(document, ensure_ascii=False, indent=1).encode(), _JSON)


def _summarize(reader: Reader, standard: Standard) -> dict[str, Any]:
    schema = standard.schema
    return {
        "name": schema.name,
        "title": schema.title,
        "schema": f"{reader.base}/schemas/{schema.name}/{schema.version}.json",
        "page": f"{reader.base}{HOME}/{schema.name}",
        "table_count": len(standard.sources),
        "left_out_count": len(standard.left_out),
        "row_count": standard.row_count,
    }


def _describe(reader: Reader, source: Source) -> dict[str, Any]:
    table = f"{reader.base}/dataset/{source.dataset}/v/{source.number}/{source.table.name}"
    return {
        "dataset": source.dataset,
        "version": source.number,
        "table": source.table.name,
        "schema_version": source.table.schema_version,
        "title": source.record.title,
        "municipality": source.record.local_government_code,
        "license": source.record.license,
        "unofficial": source.record.unofficial,
        "row_count": source.row_count,
        "csv": f"{table}.csv",
    }
