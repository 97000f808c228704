"""Atom feeds: the newest releases, of all, an organization or a standard; the versions of a dataset."""

from __future__ import annotations

import datetime as dt

from app.formats.atom import Entry, Feed, write_atom
from app.formats.graphs import dataset_iri
from app.model.release import Release
from app.serve.catalogue import (
    Page,
    Reader,
    get_release,
    list_releases,
    list_releases_of,
    list_version_numbers,
)

ENTRIES = 50
"""Entries of one feed; older ones are in the catalogue itself."""


def site_atom(reader: Reader) -> bytes:
    """Return the feed of the whole catalogue."""
    title = reader.catalog.title
    return _write(reader, title, "/feed.atom", "/", list_releases(reader, limit=ENTRIES))


def organization_atom(reader: Reader, name: str) -> bytes:
    """Return the feed of an organization's datasets; raises OrganizationNotFound."""
    organization = reader.catalog.get_organization(name)
    found = list_releases_of(reader, organization, offset=0, limit=ENTRIES)
    page = f"/organization/{organization.name}"
    return _write(reader, f"{organization.title}のデータセット", f"{page}/feed.atom", page, found)


def schema_atom(reader: Reader, name: str) -> bytes:
    """Return the feed of the datasets with a table of that schema; raises SchemaNotFound."""
    schema = reader.schemas.get_schema(name)
    found = list_releases(reader, schema=schema.name, limit=ENTRIES)
    title = f"「{schema.title}」の表を持つデータセット"
    return _write(reader, title, f"/schemas/{schema.name}/feed.atom", "/schemas/", found)


def dataset_atom(reader: Reader, name: str) -> bytes:
    """Return the feed of a dataset's versions; raises DatasetNotFound, GoneError."""
    release = get_release(reader, name)
    page = f"{reader.base}/dataset/{release.name}"
    publisher = reader.catalog.get_organization(release.record.publisher).title
    entries = [
        _entry(reader, release)
        if version.number == release.number
        else Entry(
            id=_entry_id(reader, release.name, version.number),
            title=f"{release.record.title}（第{version.number}版）",
            url=page,
            summary=f"第{version.number}版です。いまの版は第{release.number}版です。",
            author=publisher,
            published=version.effective_at,
            updated=version.effective_at,
        )
        for version in list_version_numbers(reader, release.name)[:ENTRIES]
    ]
    feed = Feed(release.record.title, f"{page}/feed.atom", page, publisher, release.created)
    return write_atom(feed, entries)


def _write(reader: Reader, title: str, path: str, page: str, found: Page[Release]) -> bytes:
    since = dt.datetime.combine(reader.catalog.issued, dt.time(), dt.UTC)
    feed = Feed(title, reader.base + path, reader.base + page, reader.catalog.operator.title, since)
    return write_atom(feed, [_entry(reader, release) for release in found.items])


def _entry(reader: Reader, release: Release) -> Entry:
    record, archive = release.record, release.find_distribution("", "zip")
    address = f"{reader.base}/dataset/{release.name}"
    return Entry(
        id=_entry_id(reader, release.name, release.number),
        title=f"{record.title}（第{release.number}版）",
        url=address,
        summary=record.notice or record.description or record.title,
        author=reader.catalog.get_organization(record.publisher).title,
        published=release.effective_at,
        updated=release.modified,
        enclosure=(f"{address}/v/{release.number}.zip", archive.size) if archive else None,
    )


def _entry_id(reader: Reader, name: str, number: int) -> str:
    return f"{dataset_iri(name, reader.base)}#v{number}"
