"""Vocabularies and schemas: the files of `vocab/` under `/vocab/` and `/schemas/`."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request, Response

from app.dependencies.answer import answer_ready
from app.serve.answers import Answer, make_answer
from app.serve.catalogue import Reader
from app.serve.vocabulary import list_schemas, make_template, read_vocabulary

router = APIRouter(tags=["語彙とスキーマ"])

_JSON = "application/json; charset=utf-8"


@router.get("/schemas/index.json", summary="スキーマの一覧")
async def get_schemas(request: Request) -> Response:
    """List the Table Schemas with their versions."""

    def make(reader: Reader) -> Answer:
        return make_answer(json.dumps(list_schemas(reader), ensure_ascii=False, indent=1).encode(), _JSON)

    return await answer_ready(request, make)


@router.get("/schemas/{name}/{version}/template.{suffix}", summary="スキーマのひな型（csv、xlsx）")
async def get_template(request: Request, name: str, version: str, suffix: str) -> Response:
    """Send a file to fill in: the header with an example row, as CSV or as a workbook with drop-downs."""

    def make(reader: Reader) -> Answer:
        content, media_type = make_template(reader, name, version, suffix)
        file_name = f"{name}_{version}.{suffix}"
        return make_answer(
            content, media_type, {"Content-Disposition": f'attachment; filename="{file_name}"'}
        )

    return await answer_ready(request, make)


@router.get("/schemas/{name}/{version}", include_in_schema=False)  # the IRI that records name
@router.get("/schemas/{name}/{version}.json", summary="Table Schema")  # decorators apply from below
async def get_schema(request: Request, name: str, version: str) -> Response:
    """Send a Table Schema."""

    def make(reader: Reader) -> Answer:
        descriptor = reader.schemas.get_schema(name, version).descriptor
        return make_answer(json.dumps(descriptor, ensure_ascii=False, indent=1).encode(), _JSON)

    return await answer_ready(request, make)


@router.get("/vocab/shapes/{file_name}", summary="RDFが満たす形（SHACL）")
async def get_shapes(request: Request, file_name: str) -> Response:
    """Send SHACL shapes, in Turtle."""

    def make(reader: Reader) -> Answer:
        return make_answer(*read_vocabulary(reader, file_name, "shapes"))

    return await answer_ready(request, make)


@router.get("/vocab/{file_name}", summary="語彙")
async def get_vocabulary(request: Request, file_name: str) -> Response:
    """Send a vocabulary, in Turtle or as CSV."""

    def make(reader: Reader) -> Answer:
        return make_answer(*read_vocabulary(reader, file_name))

    return await answer_ready(request, make)
