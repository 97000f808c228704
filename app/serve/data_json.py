"""data.json, page by page in the order of names."""

from __future__ import annotations

from app.errors import NotFoundError
from app.formats.data_json import data_json
from app.serve.catalogue import Reader, list_releases

PAGE_SIZE = 100
"""Datasets on one page."""


def catalogue_json(reader: Reader, page: int) -> bytes:
    """Return a page, from 1 on; raises NotFoundError past the end, which is how its harvester stops."""
    found = list_releases(reader, order="name", offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    if page > 1 and not found.items:
        raise NotFoundError(f"data.json の{page}ページ目はありません。")
    return data_json(found.items, reader.catalog, reader.base)
