"""What readers see of the catalogue: releases, versions, and the first rows of tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeVar

from app.errors import DatasetNotFound, DistributionNotFound, GoneError, TableNotFound, VersionNotFound
from app.model.organization import Organization
from app.model.release import Release
from app.model.table import Table
from app.model.value import Row
from app.serve.answers import Answers
from app.storage import releases
from app.storage.installation import Installation
from app.storage.releases import ReleaseFilter, VersionSummary
from app.tables.table import open_table
from app.vocabulary.catalog import Catalog
from app.vocabulary.schemas import SchemaRegistry

Item = TypeVar("Item")
Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list: its items, where they begin, how many were asked for, and how many there are."""

    items: tuple[Item, ...]
    total: int
    offset: int
    limit: int


@dataclass(frozen=True, slots=True)
class Reader:
    """One request's view of the catalogue: everything that is effective at `now`.

    `answers` are the process's, with what it keeps ready.
    """

    installation: Installation
    now: dt.datetime
    answers: Answers = field(default_factory=lambda: Answers(0))

    def recall(self, name: str, make: Callable[[], Fact]) -> Fact:
        """Return a fact of the whole catalogue, made once as long as the same versions are effective."""
        return self.answers.recall(self.answers.epoch(self.installation, self.now), name, make)

    @property
    def catalog(self) -> Catalog:
        """Who we are."""
        return self.installation.catalog

    @property
    def schemas(self) -> SchemaRegistry:
        """The Table Schemas."""
        return self.installation.schemas

    @property
    def base(self) -> str:
        """The public URL without a trailing slash."""
        return self.installation.base


def get_release(reader: Reader, name: str) -> Release:
    """Return the effective release of a dataset, by name or id, retired ones too.

    Raises DatasetNotFound; GoneError if its last version was withdrawn.
    """
    with reader.installation.database.reading() as session:
        found = releases.find_release(session, name, reader.now)
        reason = None if found else releases.find_withdrawal(session, name, reader.now)
    if found is None:
        raise DatasetNotFound(name) if reason is None else GoneError(gone_message(reason))
    return found


def get_listed_release(reader: Reader, name: str) -> Release:
    """Return a release that is listed; raises DatasetNotFound, also for retired and withdrawn ones."""
    try:
        release = get_release(reader, name)
    except GoneError as error:
        raise DatasetNotFound(name) from error
    retire_at = release.record.retire_at
    if retire_at is not None and retire_at <= reader.now:
        raise DatasetNotFound(name)
    return release


def gone_message(reason: str) -> str:
    """Say that something was withdrawn, and why."""
    return f"このデータは取り下げられました。理由: {reason}"


def get_release_version(reader: Reader, name: str, number: int) -> Release:
    """Return a version of a dataset that is or was effective.

    Raises DatasetNotFound, VersionNotFound; GoneError if it was withdrawn.
    """
    with reader.installation.database.reading() as session:
        found = releases.find_release(session, name, reader.now, number)
        reason = None if found else releases.find_withdrawal(session, name, reader.now, number)
    if reason is not None:
        raise GoneError(gone_message(reason))
    if found is None:
        get_release(reader, name)
        raise VersionNotFound(name, number)
    return found


def list_releases(
    reader: Reader,
    *,
    terms: tuple[str, ...] = (),
    publisher: str | None = None,
    municipality: str | None = None,
    theme: str | None = None,
    schema: str | None = None,
    order: str = "modified",
    offset: int = 0,
    limit: int = 20,
) -> Page[Release]:
    """Return a page of effective releases.

    Each of the `terms` must be found (`app/model/search.py`); `publisher` is an organization's name,
    `municipality` a six-digit code, `theme` a code of EU data-theme, `schema` the Table Schema of some table;
    `order` is `modified` (newest first), `score` (best find first) or `name`.
    """
    wanted = ReleaseFilter(terms, publisher, municipality, theme, schema)
    with reader.installation.database.reading() as session:
        items, total = releases.list_releases(
            session, wanted, reader.now, order=order, offset=offset, limit=limit
        )
    return Page(tuple(items), total, offset, limit)


def list_releases_of(
    reader: Reader, organization: Organization, *, order: str = "modified", offset: int, limit: int
) -> Page[Release]:
    """Return an organization's effective releases: about a municipality, or by any other publisher."""
    return list_releases(
        reader,
        municipality=organization.code or None,
        publisher=None if organization.code else organization.name,
        order=order,
        offset=offset,
        limit=limit,
    )


def list_names(reader: Reader, *, offset: int = 0, limit: int | None = None) -> list[str]:
    """Return the names of all effective datasets in order, or `limit` of them from `offset` on."""
    with reader.installation.database.reading() as session:
        return releases.list_names(session, reader.now, offset=offset, limit=limit)


def count_by_publisher(reader: Reader) -> dict[str, int]:
    """Return how many effective datasets each publisher has, by the organization's name."""
    with reader.installation.database.reading() as session:
        return releases.count_releases(session, reader.now, "publisher", ReleaseFilter())


def count_by_municipality(reader: Reader, schema: str | None = None) -> dict[str, int]:
    """Return how many effective datasets there are about each municipality, by six-digit code.

    With `schema`, those that have a table of that Table Schema.
    """
    wanted = ReleaseFilter(schema=schema)
    with reader.installation.database.reading() as session:
        return releases.count_releases(session, reader.now, "local_government_code", wanted)


def get_resource_dataset(reader: Reader, resource_id: str) -> str:
    """Return the name of the dataset that has that resource; raises DistributionNotFound."""
    with reader.installation.database.reading() as session:
        name = releases.find_dataset_of_resource(session, resource_id, reader.now)
    if name is None:
        raise DistributionNotFound(resource_id)
    return name


def list_version_numbers(reader: Reader, name: str) -> tuple[VersionSummary, ...]:
    """Return a dataset's versions that are or were effective, newest first."""
    with reader.installation.database.reading() as session:
        return tuple(releases.list_version_summaries(session, name, reader.now))


def get_table(reader: Reader, release: Release, name: str) -> Table:
    """Return a table of a release with its typed rows; raises TableNotFound."""
    table = release.find_table(name)
    if table is None:
        raise TableNotFound(release.name, name)
    schema = reader.schemas.get_schema(table.record.schema_name, table.record.schema_version)
    blobs = reader.installation.blobs
    return open_table(table.record, schema, table.row_count, lambda: blobs.open(table.sha256))


def preview_rows(reader: Reader, release: Release, table: str, limit: int) -> tuple[Row, ...]:
    """Return the first rows of a table of a release."""
    return tuple(islice(get_table(reader, release, table).rows(), limit))
