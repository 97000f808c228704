"""Sitemaps of the pages: an index, the few pages that are no dataset's, and datasets by name."""

from __future__ import annotations

import datetime as dt

from app.errors import NotFoundError
from app.formats.sitemap import MAX_URLS, write_sitemap, write_sitemap_index
from app.model.series import PLANS_SCHEMA, Series
from app.serve.catalogue import Reader, count_by_municipality, count_by_publisher
from app.storage import feed, releases

PART_SIZE = MAX_URLS
"""Datasets of one sitemap."""


def sitemap_index(reader: Reader) -> bytes:
    """Return the index."""
    with reader.installation.database.reading() as session:
        total = releases.count_current(session, reader.now)
        modified = releases.latest_change(session, reader.now)
    parts = range(1, -(-total // PART_SIZE) + 1)
    names = ["pages", *map(str, parts)]
    return write_sitemap_index((f"{reader.base}/sitemap-{name}.xml", modified) for name in names)


def sitemap_part(reader: Reader, name: str) -> bytes:
    """Return the sitemap `pages`, or the n-th of datasets; raises NotFoundError."""
    if name == "pages":
        return write_sitemap((reader.base + path, None) for path in _list_paths(reader))
    changes = _list_changes(reader, int(name)) if name.isascii() and name.isdigit() and len(name) < 6 else []
    if not changes:
        raise NotFoundError(f"サイトマップ「{name}」はありません。")
    return write_sitemap((f"{reader.base}/dataset/{entry}", modified) for entry, modified in changes)


def robots_text(reader: Reader) -> bytes:
    """Return robots.txt: everything may be read."""
    return f"User-agent: *\nDisallow:\n\nSitemap: {reader.base}/sitemap.xml\n".encode()


def _list_changes(reader: Reader, part: int) -> list[tuple[str, dt.datetime]]:
    if part < 1:
        return []
    with reader.installation.database.reading() as session:
        offset = (part - 1) * PART_SIZE
        return feed.list_changes(session, reader.now, offset=offset, limit=PART_SIZE)


def _list_paths(reader: Reader) -> list[str]:
    catalog = reader.catalog
    named = {f"t{code}" for code in count_by_municipality(reader)} | set(count_by_publisher(reader))
    organizations = sorted(named & set(catalog.organizations))
    planned = count_by_municipality(reader, schema=PLANS_SCHEMA)
    series = [Series(found) for code in planned if (found := catalog.find_municipality(code))]
    return [
        "/",
        "/dataset/",
        "/docs",
        *(f"/organization/{name}" for name in organizations),
        *(f"/group/{name}" for name in catalog.themes),
        *(f"/dataset_series/{entry.name}" for entry in series),
    ]
