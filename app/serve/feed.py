"""The RDF feed of the catalogue, page by page in the order of names.

A page is joined from the stored records of its datasets. The next link says after which name it goes on, so
that a change while someone walks shifts nothing. Page numbers are ways in: each stands for an offset of
`PAGE_SIZE` names, also where a page ends earlier because of its bytes.
"""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from app.errors import DistributionNotFound
from app.formats.feed import FeedPage, feed_page
from app.formats.rdf import RdfForm, find_form
from app.serve.catalogue import Reader, get_listed_release
from app.serve.record import read_ntriples
from app.storage import releases

PAGE_SIZE = 100
"""Datasets on one page at most."""

MAX_PAGE_BYTES = 15_000_000
"""Bytes of N-Triples, the longest form, after which a page ends."""


def catalogue_feed(reader: Reader, suffix: str, *, after: str = "", page: int = 1) -> tuple[bytes, str]:
    """Return one page of the feed and its media type.

    `after` is the name of the last dataset read; `page`, from 1, counts from there and is for people and
    tools. Raises DistributionNotFound for an unknown form or a page past the end.
    """
    form = find_form(suffix)
    if form is None or "\0" in after:  # PostgreSQL can't even compare with NUL
        raise DistributionNotFound(f"catalog.{suffix}")
    with reader.installation.database.reading() as session:
        total = releases.count_current(session, reader.now)
        offset = (page - 1) * PAGE_SIZE
        names = releases.list_names(session, reader.now, after=after, offset=offset, limit=PAGE_SIZE + 1)
        modified = releases.latest_change(session, reader.now)
    if page > 1 and not names:
        raise DistributionNotFound(f"catalog.{suffix}?page={page}")
    read, datasets = _read_page(reader, names[:PAGE_SIZE])
    has_next = len(read) < len(names)
    described = FeedPage(
        url=_address(reader, form, after, page),
        names=tuple(read),
        total=total,
        page_size=PAGE_SIZE,
        first_url=_address(reader, form),
        next_url=_address(reader, form, read[-1]) if has_next else None,
        previous_url=_address(reader, form, after, page - 1) if page > 1 else None,
    )
    moment = modified or dt.datetime.combine(reader.catalog.issued, dt.time(), dt.UTC)
    return feed_page(reader.catalog, reader.base, described, moment, datasets, form), form.media_type


def _read_page(reader: Reader, names: list[str]) -> tuple[list[str], list[bytes]]:
    datasets: list[bytes] = []
    size = 0
    for name in names:
        lines = read_ntriples(reader, get_listed_release(reader, name))
        size += len(lines)
        if datasets and size > MAX_PAGE_BYTES:
            break
        datasets.append(lines)
    return names[: len(datasets)], datasets


def _address(reader: Reader, form: RdfForm, after: str = "", page: int = 1) -> str:
    position = {"after": after} if after else {}
    if page > 1:
        position["page"] = str(page)
    address = f"{reader.base}/catalog.{form.suffix}"
    return f"{address}?{urlencode(position)}" if position else address
