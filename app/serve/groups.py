"""CKAN's action API v3, what datasets are grouped by: organizations, groups (themes), tags, licences."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from app.errors import NotFoundError, RequestError
from app.formats.ckan import group_dict, license_dict, organization_dict, tag_dict
from app.formats.json import JsonText
from app.model.organization import Organization, Theme
from app.model.query import Words
from app.model.search import normalize_words
from app.serve.catalogue import Reader
from app.serve.packages import EVERYTHING, Search, count_values, find_records, load_packages
from app.serve.parameters import Parameters

MAX_PACKAGES = 1000
"""Datasets that `include_datasets` gives at most."""

Grouping = TypeVar("Grouping", Organization, Theme)
_SORTS = ("name", "title", "package_count")


def organization_list(reader: Reader, parameters: Parameters) -> list[Any]:
    """Return the names of organizations, or with `all_fields` their descriptions.

    `sort` is `name`, `title` or `package_count`, with `asc` or `desc`; `limit` and `offset` cut a part out.
    """
    counts = count_values(reader, EVERYTHING, ["organization"])["organization"]
    return _list(
        parameters,
        reader.catalog.organizations.values(),
        counts,
        lambda entry: organization_dict(entry, reader.catalog, counts.get(entry.name, 0)),
    )


def organization_show(reader: Reader, parameters: Parameters) -> dict[str, Any]:
    """Return the organization whose name or id is `id`; with `include_datasets`, its first 1000 datasets."""
    organization = reader.catalog.get_organization(parameters.required("id"))
    records = find_records(reader, Search(Words("organization", organization.name)))
    described = organization_dict(organization, reader.catalog, len(records))
    return described | _packages(reader, parameters, records)


def group_list(reader: Reader, parameters: Parameters) -> list[Any]:
    """Return the names of groups, which are themes, or with `all_fields` their descriptions.

    `sort` is `name`, `title` or `package_count`, with `asc` or `desc`; `limit` and `offset` cut a part out.
    """
    counts = count_values(reader, EVERYTHING, ["groups"])["groups"]
    return _list(
        parameters,
        reader.catalog.themes.values(),
        counts,
        lambda entry: group_dict(entry, reader.catalog, counts.get(entry.name, 0)),
    )


def group_show(reader: Reader, parameters: Parameters) -> dict[str, Any]:
    """Return the group whose name or id is `id`; with `include_datasets`, its first 1000 datasets."""
    wanted = parameters.required("id")
    theme = next(
        (entry for entry in reader.catalog.themes.values() if wanted in (entry.name, entry.id)), None
    )
    if theme is None:
        raise NotFoundError(f"グループ「{wanted}」はありません。")
    records = find_records(reader, Search(Words("groups", theme.name)))
    return group_dict(theme, reader.catalog, len(records)) | _packages(reader, parameters, records)


def tag_list(reader: Reader, parameters: Parameters) -> list[Any]:
    """Return the names of tags in use, sorted, those that hold `query`, or with `all_fields` more of them."""
    wanted = normalize_words(parameters.text("query"))
    tags = sorted(count_values(reader, EVERYTHING, ["tags"])["tags"])
    found = [tag for tag in tags if wanted in normalize_words(tag)]
    return [tag_dict(tag) for tag in found] if parameters.boolean("all_fields") else list(found)


def tag_show(reader: Reader, parameters: Parameters) -> dict[str, Any]:
    """Return the tag whose name or id is `id`; with `include_datasets`, its first 1000 datasets."""
    wanted = parameters.required("id")
    tags = count_values(reader, EVERYTHING, ["tags"])["tags"]
    tag = next((tag_dict(tag) for tag in tags if tag == wanted or tag_dict(tag)["id"] == wanted), None)
    if tag is None:
        raise NotFoundError(f"タグ「{wanted}」はありません。")
    if not parameters.boolean("include_datasets"):
        return tag
    return tag | _packages(reader, parameters, find_records(reader, Search(Words("tags", tag["name"]))))


def license_list(reader: Reader, _parameters: Parameters) -> list[dict[str, Any]]:
    """Return the licences that a dataset can have."""
    return [license_dict(entry) for entry in reader.catalog.licenses.values()]


def _list(
    parameters: Parameters,
    entries: Iterable[Grouping],
    counts: dict[str, int],
    describe: Callable[[Grouping], dict[str, Any]],
) -> list[Any]:
    field, _, direction = parameters.text("sort", "name").partition(" ")
    if field not in _SORTS or direction.strip().lower() not in ("", "asc", "desc"):
        raise RequestError("sort", f"{'、'.join(_SORTS)} のどれかで並べてください。")
    keys: dict[str, Callable[[Grouping], Any]] = {
        "name": lambda entry: entry.name,
        "title": lambda entry: entry.title,
        "package_count": lambda entry: counts.get(entry.name, 0),
    }
    ordered = sorted(sorted(entries, key=keys["name"]), key=keys[field], reverse="desc" in direction.lower())
    offset, limit = parameters.integer("offset", 0), parameters.limit()
    page = ordered[offset:] if limit is None else ordered[offset : offset + limit]
    return [describe(entry) if parameters.boolean("all_fields") else entry.name for entry in page]


def _packages(reader: Reader, parameters: Parameters, records: Iterable[int]) -> dict[str, list[JsonText]]:
    if not parameters.boolean("include_datasets"):
        return {}
    return {"packages": load_packages(reader, list(records)[:MAX_PACKAGES])}
