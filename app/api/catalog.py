"""The whole catalogue for harvesters: `/catalog.{ttl,rdf,xml,jsonld,nt}` and `/data.json`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.dependencies.answer import answer_ready
from app.errors import PageNumberError
from app.serve.answers import Answer, make_answer
from app.serve.catalogue import Reader
from app.serve.data_json import catalogue_json
from app.serve.feed import catalogue_feed

router = APIRouter(tags=["カタログのフィード"])


@router.get("/catalog.{suffix}", summary="カタログ全体のDCATフィード")
async def get_catalogue_feed(request: Request, suffix: str, after: str = "", page: str = "1") -> Response:
    """Send one page of the feed; follow `hydra:next` for the rest. Other parameters are ignored."""
    number = read_page_number(page)

    def make(reader: Reader) -> Answer:
        return make_answer(*catalogue_feed(reader, suffix, after=after, page=number))

    return await answer_ready(request, make)


@router.get("/data.json", summary="カタログ全体（data.json）")
async def get_catalogue_json(request: Request, page: str = "1") -> Response:
    """Send one page of the catalogue for ckanext-dcat's JSON harvester."""
    number = read_page_number(page)

    def make(reader: Reader) -> Answer:
        return make_answer(catalogue_json(reader, number), "application/json; charset=utf-8")

    return await answer_ready(request, make)


def read_page_number(text: str) -> int:
    """Return a page number from 1 on; raises PageNumberError."""
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) > 0):
        raise PageNumberError("page", "page には1以上の整数を指定してください。")
    return int(text)
