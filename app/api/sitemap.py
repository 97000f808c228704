"""What search engines ask for first: `/robots.txt`, `/sitemap.xml` and its parts."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.dependencies.answer import answer_ready
from app.serve.answers import make_answer
from app.serve.sitemap import robots_text, sitemap_index, sitemap_part

router = APIRouter(include_in_schema=False)

_XML = "application/xml; charset=utf-8"


@router.get("/robots.txt")
async def get_robots(request: Request) -> Response:
    """Say that everything may be read, and where the sitemap is."""
    return await answer_ready(
        request, lambda reader: make_answer(robots_text(reader), "text/plain; charset=utf-8")
    )


@router.get("/sitemap.xml")
async def get_sitemap_index(request: Request) -> Response:
    """Send the index of the sitemaps."""
    return await answer_ready(request, lambda reader: make_answer(sitemap_index(reader), _XML))


@router.get("/sitemap-{name}.xml")
async def get_sitemap(request: Request, name: str) -> Response:
    """Send one sitemap: `pages`, or datasets by number."""
    return await answer_ready(request, lambda reader: make_answer(sitemap_part(reader, name), _XML))
