"""Series: the plans of one municipality, in the order of their periods, with the plan before each."""

from __future__ import annotations

from itertools import islice

from app.errors import DistributionNotFound, NotFoundError
from app.formats.rdf import find_form, write_rdf
from app.formats.series import SeriesMember, series_ntriples
from app.model.release import Release
from app.model.series import PLANS_SCHEMA, PlanLink, Series, read_municipality_code
from app.serve.catalogue import Reader, get_table, list_releases

MAX_MEMBERS = 500
"""Datasets of one series; more are an error, never a shorter list."""

_MAX_PLANS = 100  # of one dataset


def get_series(reader: Reader, name: str) -> tuple[Series, tuple[Release, ...]]:
    """Return a series and its listed datasets, the earliest period first.

    Raises NotFoundError if no listed dataset is in it.
    """
    municipality = reader.catalog.find_municipality(read_municipality_code(name))
    if municipality is None:
        raise NotFoundError(f"シリーズ「{name}」はありません。")
    found = list_releases(
        reader, municipality=municipality.code, schema=PLANS_SCHEMA, order="name", limit=MAX_MEMBERS
    )
    if not found.items:
        raise NotFoundError(f"シリーズ「{name}」はありません。")
    if found.total > MAX_MEMBERS:
        raise ValueError(f"{name} has {found.total} datasets")
    return Series(municipality), tuple(sorted(found.items, key=_period))


def list_plan_links(reader: Reader, members: tuple[Release, ...]) -> list[PlanLink]:
    """Return the plans of these datasets, each with the ID of the one before, as their tables say."""
    return [link for release in members for link in _read_links(reader, release)]


def series_rdf(reader: Reader, name: str, suffix: str) -> tuple[bytes, str]:
    """Return a series in DCAT and its media type; raises NotFoundError, DistributionNotFound."""
    form = find_form(suffix)
    series, members = get_series(reader, name)
    if form is None:
        raise DistributionNotFound(f"{name}.{suffix}")
    links = list_plan_links(reader, members)
    holders = {link.plan: link.dataset for link in links}
    befores = [(link.dataset, holders[link.before]) for link in links if link.before in holders]
    described = [
        SeriesMember(
            release.name,
            release.created,
            release.modified,
            tuple(before for dataset, before in befores if dataset == release.name != before),
        )
        for release in members
    ]
    return write_rdf(series_ntriples(series, described, reader.catalog, reader.base), form), form.media_type


def _period(release: Release) -> tuple[str, str]:
    return str(release.record.period_start or ""), release.name


def _read_links(reader: Reader, release: Release) -> list[PlanLink]:
    links = []
    for released in release.tables:
        if released.record.schema_name != PLANS_SCHEMA:
            continue
        table = get_table(reader, release, released.record.name)
        names = table.schema.field_names
        for row in islice(table.rows(), _MAX_PLANS):
            values = dict(zip(names, row, strict=True))
            links.append(PlanLink(release.name, str(values["ID"] or ""), str(values["前計画_ID"] or "")))
    return links
