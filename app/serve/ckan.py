"""CKAN's action API v3, datasets: lists, searches and packages.

Source: CKAN 2.11 API guide, and what its clients send and read.
"""

from __future__ import annotations

import json
from typing import Any

from app.errors import RequestError
from app.formats.json import JsonText
from app.model.organization import License, Organization, Theme
from app.model.query import (
    MAX_TEXT_CHARACTERS,
    Or,
    Pattern,
    Query,
    QuerySyntaxError,
    Words,
    join_all,
    parse_query,
)
from app.serve.catalogue import Reader, list_names
from app.serve.packages import Search, count_values, find_records, load_package, load_packages
from app.serve.parameters import Parameters
from app.storage.matches import SORT_FIELDS, SortKey

MAX_ROWS = 1000

_DEFAULT_ROWS = 10
_DEFAULT_SORT = "score desc, metadata_modified desc"
_DEFAULT_FACETS = 50
_MOST_FACET_FIELDS = 20
_MOST_SORT_KEYS = 10
_DIRECTIONS = ("asc", "desc")


class SearchQueryError(RequestError):
    """The search words, filter or order cannot be understood."""


def package_list(reader: Reader, parameters: Parameters) -> list[str]:
    """Return the names of all datasets, sorted; `limit` and `offset` cut a part out."""
    return list_names(reader, offset=parameters.integer("offset", 0), limit=parameters.limit())


def package_show(reader: Reader, parameters: Parameters) -> JsonText:
    """Return the dataset whose name or id is `id`."""
    return load_package(reader, parameters.required("id"))


def package_search(reader: Reader, parameters: Parameters) -> dict[str, Any]:
    """Return the datasets that `q`, `fq` and each of `fq_list` hold for, `rows` of them from `start` on.

    At most 1000 rows. `sort` is a list of `field asc|desc`; the id decides what it leaves open. `facet.field`
    is a list of fields to count the values of. Raises SearchQueryError for what cannot be read.
    """
    scored = _parse("q", parameters.text("q"))
    filters = [("fq", text) for text in parameters.texts("fq")]
    filters += [("fq_list", text) for text in parameters.texts("fq_list")]
    query = join_all([scored, *(_parse(key, text) for key, text in filters)])
    sort = parameters.text("sort", _DEFAULT_SORT)
    rows = min(parameters.integer("rows", _DEFAULT_ROWS), MAX_ROWS)
    start = parameters.integer("start", 0)
    try:
        found = find_records(reader, Search(query, scored, _read_sort(sort)))
    except QuerySyntaxError as error:
        raise SearchQueryError("q", str(error)) from error
    facets = _count_facets(reader, parameters, query)
    return {
        "count": len(found),
        "sort": sort,
        "facets": facets,
        "search_facets": {field: _describe_facet(reader, field, counts) for field, counts in facets.items()},
        "results": load_packages(reader, found[start : start + rows]),
    }


def current_package_list_with_resources(reader: Reader, parameters: Parameters) -> list[JsonText]:
    """Return the datasets, newest change first: `limit` (at most 1000) from `offset` on."""
    order = (SortKey("metadata_modified", descending=True),)
    limit = min(parameters.integer("limit", MAX_ROWS), MAX_ROWS)
    offset = parameters.integer("offset", (parameters.integer("page", 1, minimum=1) - 1) * limit)
    return load_packages(reader, find_records(reader, Search(order=order))[offset : offset + limit])


def package_autocomplete(reader: Reader, parameters: Parameters) -> list[dict[str, str]]:
    """Return `limit` datasets (10 unless told) whose name begins with `q` or whose title holds it."""
    text = parameters.required("q")
    limit = min(parameters.integer("limit", _DEFAULT_ROWS), MAX_ROWS)
    if len(text) > MAX_TEXT_CHARACTERS:
        raise RequestError("q", f"{MAX_TEXT_CHARACTERS}文字までにしてください。")
    query = Or((Pattern("name", (text.lower(), "")), Words("title", text)))
    packages = map(json.loads, load_packages(reader, find_records(reader, Search(query))[:limit]))
    return [_complete(package["name"], package["title"], text) for package in packages]


def _parse(key: str, text: str) -> Query:
    try:
        return parse_query(text)
    except QuerySyntaxError as error:
        raise SearchQueryError(key, str(error)) from error


def _read_sort(text: str) -> tuple[SortKey, ...]:
    keys = []
    for part in text.split(","):
        field, _, direction = part.strip().partition(" ")
        direction = direction.strip().lower() or "asc"
        if field not in SORT_FIELDS or direction not in _DIRECTIONS:
            raise SearchQueryError("sort", f"並べ方「{part.strip()}」は使えません。")
        keys.append(SortKey(field, direction == "desc"))
    if len(keys) > _MOST_SORT_KEYS:
        raise SearchQueryError("sort", f"並べ方は{_MOST_SORT_KEYS}個までにしてください。")
    return tuple(keys)


def _count_facets(reader: Reader, parameters: Parameters, query: Query) -> dict[str, dict[str, int]]:
    fields = parameters.texts("facet.field")[:_MOST_FACET_FIELDS]
    if not fields or not parameters.boolean("facet", default=True):
        return {}
    limit = parameters.integer("facet.limit", _DEFAULT_FACETS, minimum=-1)
    least = parameters.integer("facet.mincount", 1)
    counted = count_values(reader, query, fields)
    return {
        field: dict([entry for entry in counts.items() if entry[1] >= least][: None if limit < 0 else limit])
        for field, counts in counted.items()
    }


def _describe_facet(reader: Reader, field: str, counts: dict[str, int]) -> dict[str, Any]:
    items = [
        {"name": name, "display_name": _display_name(reader, field, name), "count": count}
        for name, count in counts.items()
    ]
    return {"title": field, "items": items}


def _display_name(reader: Reader, field: str, value: str) -> str:
    catalog = reader.catalog
    match field:
        case "organization":
            known: Organization | Theme | License | None = catalog.organizations.get(value)
        case "groups":
            known = catalog.themes.get(value)
        case "license_id":
            known = catalog.licenses.get(value)
        case _:
            known = None
    return known.title if known else value


def _complete(name: str, title: str, text: str) -> dict[str, str]:
    is_name = name.startswith(text.lower())
    return {
        "name": name,
        "title": title,
        "match_field": "name" if is_name else "title",
        "match_displayed": name if is_name else f"{title} ({name})",
    }
