"""Sitemaps: addresses of pages for search engines. Source: sitemaps.org protocol 0.9."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

MAX_URLS = 50_000
"""Addresses that one sitemap may hold."""

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"

Location = tuple[str, dt.datetime | None]
"""An address and when it last changed, if known."""


def write_sitemap(pages: Iterable[Location]) -> bytes:
    """Return a sitemap of at most `MAX_URLS` pages."""
    return _write("urlset", "url", pages)


def write_sitemap_index(sitemaps: Iterable[Location]) -> bytes:
    """Return the index of all sitemaps."""
    return _write("sitemapindex", "sitemap", sitemaps)


def _write(root_name: str, name: str, locations: Iterable[Location]) -> bytes:
    root = Element(root_name, {"xmlns": _NAMESPACE})
    for address, modified in locations:
        node = SubElement(root, name)
        SubElement(node, "loc").text = address
        if modified:
            SubElement(node, "lastmod").text = modified.astimezone(dt.UTC).isoformat(timespec="seconds")
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content
