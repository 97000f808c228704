"""The CKAN action API v3: each action takes its parameters as text and gives JSON values.

Source: CKAN 2.11 API guide, and what its clients send and read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.errors import NotFoundError, RequestError
from app.formats.ckan import organization_dict, package_dict
from app.serve.catalogue import (
    Reader,
    count_by_publisher,
    get_listed_release,
    list_names,
    list_releases,
)

CKAN_VERSION = "2.11.0"
"""The level that we imitate; clients read it before they search."""

MAX_ROWS = 1000
MAX_QUERY_CHARACTERS = 200
"""As many as the search of the pages takes."""

_DEFAULT_ROWS = 10
_DEFAULT_SORT = "metadata_modified desc"
_SORTS = {
    _DEFAULT_SORT: "modified",
    "score desc, metadata_modified desc": "modified",
    "name asc": "name",
    "name": "name",
}
_TRUE = frozenset({"true", "1", "yes", "on"})
_QUERY_SYNTAX = frozenset(':()[]{}"*^~')

Parameters = dict[str, str]
Action = Callable[[Reader, Parameters], Any]


class SearchQueryError(RequestError):
    """The search words, filter or order cannot be understood."""


def package_list(reader: Reader, parameters: Parameters) -> list[str]:
    """Return the names of all datasets, sorted; `limit` and `offset` cut a part out."""
    limit = _integer(parameters, "limit", default=None)
    return list_names(reader, offset=_integer(parameters, "offset", default=0) or 0, limit=limit)


def package_show(reader: Reader, parameters: Parameters) -> dict[str, Any]:
    """Return the dataset whose name or id is `id`."""
    release = get_listed_release(reader, _required(parameters, "id"))
    return package_dict(release, reader.catalog, reader.base)


def package_search(reader: Reader, parameters: Parameters) -> dict[str, Any]:
    """Return datasets that hold every word of `q`; `start` and `rows` (at most 1000) page through them.

    Raises SearchQueryError for query syntax and filters, which are not understood: an answer that left them
    out would be a wrong list. So it does for a `q` of more than 200 characters.
    """
    query = parameters.get("q", "").strip()
    if len(query) > MAX_QUERY_CHARACTERS:
        raise SearchQueryError("q", f"qが長すぎます（上限{MAX_QUERY_CHARACTERS}文字）。")
    terms = () if query in ("", "*:*") else tuple(query.split())
    if parameters.get("fq", "").strip() or any(_QUERY_SYNTAX & set(term) for term in terms):
        raise SearchQueryError("q", "検索式は使えません。qに、空白で区切った語だけを指定してください。")
    sort = parameters.get("sort", "").strip() or _DEFAULT_SORT
    if sort not in _SORTS:
        raise SearchQueryError("sort", f"並べ方「{sort}」は使えません。")
    rows = min(_integer(parameters, "rows", default=_DEFAULT_ROWS) or 0, MAX_ROWS)
    start = _integer(parameters, "start", default=0) or 0
    page = list_releases(reader, terms=terms, order=_SORTS[sort], offset=start, limit=rows)
    return {
        "count": page.total,
        "sort": sort,
        "facets": {},
        "search_facets": {},
        "results": [package_dict(release, reader.catalog, reader.base) for release in page.items],
    }


def organization_list(reader: Reader, parameters: Parameters) -> list[Any]:
    """Return the names of organizations, sorted, or with `all_fields` their descriptions."""
    names = sorted(reader.catalog.organizations)
    offset = _integer(parameters, "offset", default=0) or 0
    limit = _integer(parameters, "limit", default=None)
    names = names[offset:] if limit is None else names[offset : offset + limit]
    if not _boolean(parameters, "all_fields"):
        return list(names)
    counts = count_by_publisher(reader)
    return [
        organization_dict(reader.catalog.organizations[name], reader.catalog, counts.get(name, 0))
        for name in names
    ]


def organization_show(reader: Reader, parameters: Parameters) -> dict[str, Any]:
    """Return the organization whose name or id is `id`; with `include_datasets`, its first 1000 datasets."""
    organization = reader.catalog.get_organization(_required(parameters, "id"))
    counts = count_by_publisher(reader)
    described = organization_dict(organization, reader.catalog, counts.get(organization.name, 0))
    if _boolean(parameters, "include_datasets"):
        page = list_releases(reader, publisher=organization.name, order="name", limit=MAX_ROWS)
        described["packages"] = [package_dict(release, reader.catalog, reader.base) for release in page.items]
    return described


def status_show(reader: Reader, _parameters: Parameters) -> dict[str, Any]:
    """Return what the site is."""
    return {
        "site_title": reader.catalog.title,
        "site_description": reader.catalog.description,
        "site_url": reader.base,
        "ckan_version": CKAN_VERSION,
        "error_emails_to": reader.catalog.contact_email,
        "locale_default": "ja",
        "extensions": [],
    }


def site_read(_reader: Reader, _parameters: Parameters) -> bool:
    """Return true: everyone may read."""
    return True


def help_show(_reader: Reader, parameters: Parameters) -> str | None:
    """Return what the action `name` does; raises NotFoundError if there is none."""
    name = _required(parameters, "name")
    if name not in ACTIONS:
        raise NotFoundError(f"「{name}」というアクションはありません。")
    return ACTIONS[name].__doc__


ACTIONS: dict[str, Action] = {
    "help_show": help_show,
    "organization_list": organization_list,
    "organization_show": organization_show,
    "package_list": package_list,
    "package_search": package_search,
    "package_show": package_show,
    "site_read": site_read,
    "status_show": status_show,
}
"""Every action by name."""


def _required(parameters: Parameters, key: str) -> str:
    value = parameters.get(key, "").strip()
    if not value:
        raise RequestError(key, "値がありません。")
    return value


def _integer(parameters: Parameters, key: str, default: int | None) -> int | None:
    text = parameters.get(key, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise RequestError(key, "0以上の整数を指定してください。")
    return int(text)


def _boolean(parameters: Parameters, key: str) -> bool:
    return parameters.get(key, "").strip().casefold() in _TRUE
