"""Atom feeds: `/feed.atom`, and under a dataset, an organization and a Table Schema."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from app.dependencies.answer import answer_ready
from app.serve.answers import Answer, make_answer
from app.serve.atom import dataset_atom, organization_atom, schema_atom, site_atom
from app.serve.catalogue import Reader

router = APIRouter(tags=["カタログのフィード"])

_MEDIA_TYPE = "application/atom+xml; charset=utf-8"


@router.get("/feed.atom", summary="新しい公開（Atom）")
async def get_site_feed(request: Request) -> Response:
    """Send the newest releases of the catalogue."""
    return await _send(request, site_atom)


@router.get("/dataset/{name}/feed.atom", summary="データセットの版（Atom）")
async def get_dataset_feed(request: Request, name: str) -> Response:
    """Send the versions of a dataset."""
    return await _send(request, lambda reader: dataset_atom(reader, name))


@router.get("/organization/{name}/feed.atom", summary="組織の新しい公開（Atom）")
async def get_organization_feed(request: Request, name: str) -> Response:
    """Send the newest releases about a municipality, or by another publisher."""
    return await _send(request, lambda reader: organization_atom(reader, name))


@router.get("/schemas/{name}/feed.atom", summary="標準の新しい公開（Atom）")
async def get_schema_feed(request: Request, name: str) -> Response:
    """Send the newest releases that have a table of that Table Schema."""
    return await _send(request, lambda reader: schema_atom(reader, name))


async def _send(request: Request, make: Callable[[Reader], bytes]) -> Response:
    def answer(reader: Reader) -> Answer:
        return make_answer(make(reader), _MEDIA_TYPE)

    return await answer_ready(request, answer)
