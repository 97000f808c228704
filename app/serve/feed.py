"""The RDF feed of the catalogue, page by page in the order of names.

A page is joined from the stored records of its datasets. The next link says after which name it goes on, so
that a change while someone walks shifts nothing. Page numbers are ways in: each stands for an offset of
`PAGE_SIZE` names, also where a page ends earlier because of its bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import accumulate
from urllib.parse import urlencode

from app.errors import DistributionNotFound
from app.formats.feed import FeedPage, feed_page
from app.formats.rdf import RdfForm, find_form
from app.serve.catalogue import Reader
from app.storage import releases
from app.storage.feed import FeedRecord, list_records, list_records_back

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
    total, modified = reader.recall("feed", lambda: _read_totals(reader))
    with reader.installation.database.reading() as session:
        offset = (page - 1) * PAGE_SIZE
        following = list_records(session, reader.now, after=after, offset=offset, limit=PAGE_SIZE + 1)
        before = list_records_back(session, reader.now, until=after, limit=PAGE_SIZE + 1) if after else []
    if page > 1 and not following:
        raise DistributionNotFound(f"catalog.{suffix}?page={page}")
    records = _fit(following[:PAGE_SIZE])
    has_next = len(records) < len(following)
    described = FeedPage(
        url=_address(reader, form, after, page),
        names=tuple(record.name for record in records),
        total=total,
        page_size=PAGE_SIZE,
        first_url=_address(reader, form),
        last_url=_address(reader, form, page=max(1, -(-total // PAGE_SIZE))),
        next_url=_address(reader, form, records[-1].name) if has_next else None,
        previous_url=_address(reader, form, after, page - 1) if page > 1 else _back(reader, form, before),
    )
    datasets = [_read(reader, record) for record in records]
    return feed_page(reader.catalog, reader.base, described, modified, datasets, form), form.media_type


def _read_totals(reader: Reader) -> tuple[int, dt.datetime]:
    with reader.installation.database.reading() as session:
        total = releases.count_current(session, reader.now)
        modified = releases.latest_change(session, reader.now)
    return total, modified or dt.datetime.combine(reader.catalog.issued, dt.time(), dt.UTC)


def _fit(records: Sequence[FeedRecord]) -> Sequence[FeedRecord]:
    """Return the first records that one page can hold, one at least."""
    sizes = accumulate(record.size for record in records)
    return records[: max(1, sum(size <= MAX_PAGE_BYTES for size in sizes))]


def _back(reader: Reader, form: RdfForm, before: Sequence[FeedRecord]) -> str | None:
    """Return the address of a page that ends where this one begins or later; None at the beginning."""
    fitting = len(_fit(before[:PAGE_SIZE]))
    if not before:
        return None
    return _address(reader, form, before[fitting].name if fitting < len(before) else "")


def _read(reader: Reader, record: FeedRecord) -> bytes:
    with reader.installation.blobs.open(record.sha256) as file:
        return file.read()


def _address(reader: Reader, form: RdfForm, after: str = "", page: int = 1) -> str:
    position = {"after": after} if after else {}
    if page > 1:
        position["page"] = str(page)
    address = f"{reader.base}/catalog.{form.suffix}"
    return f"{address}?{urlencode(position)}" if position else address
