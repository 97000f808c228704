"""CKAN's action API v3, resources: files of datasets, by id or by a text in one of their fields."""

from __future__ import annotations

import json
from typing import Any

from app.errors import DistributionNotFound, RequestError
from app.model.query import Pattern, Query, join_all
from app.serve.catalogue import Reader, get_resource_dataset
from app.serve.packages import Search, find_records, load_package, load_packages
from app.serve.parameters import Parameters

MAX_SEARCHED = 2000
"""Datasets whose resources one search reads at most."""

_FIELDS = frozenset({"id", "name", "description", "format", "mimetype", "url", "hash", "package_id"})
_BATCH = 200


def resource_show(reader: Reader, parameters: Parameters) -> dict[str, Any]:
    """Return the resource whose id is `id`."""
    wanted = parameters.required("id")
    package = json.loads(load_package(reader, get_resource_dataset(reader, wanted)))
    found = next((entry for entry in package["resources"] if entry["id"] == wanted), None)
    if found is None:  # a format that packages do not name
        raise DistributionNotFound(wanted)
    return dict(found)


def resource_search(reader: Reader, parameters: Parameters) -> dict[str, Any]:
    """Return the resources in whose fields the texts of `query` (`field:text`, one or a list) occur.

    `order_by` is a field; `limit` and `offset` cut a part out. Raises RequestError if that would mean to read
    more than 2000 datasets: `package_search` narrows down first.
    """
    terms = [_read_term(text) for text in parameters.texts("query")]
    if not terms:
        raise RequestError("query", "「フィールド名:語」の形で指定してください（例: name:施策）。")
    order = parameters.text("order_by", "name")
    if order not in _FIELDS:
        raise RequestError("order_by", f"{'、'.join(sorted(_FIELDS))} のどれかを指定してください。")
    records = find_records(reader, Search(_narrow(terms)))
    if len(records) > MAX_SEARCHED:
        raise RequestError("query", "対象が多すぎます。package_search で、データセットを先に絞ってください。")
    found = [
        resource
        for place in range(0, len(records), _BATCH)
        for package in load_packages(reader, records[place : place + _BATCH])
        for resource in json.loads(package)["resources"]
        if all(text in str(resource[field] or "").casefold() for field, text in terms)
    ]
    found.sort(key=lambda resource: (str(resource[order] or ""), resource["id"]))
    offset, limit = parameters.integer("offset", 0), parameters.limit()
    return {"count": len(found), "results": found[offset : None if limit is None else offset + limit]}


def _read_term(text: str) -> tuple[str, str]:
    field, _, wanted = text.partition(":")
    if field.strip() not in _FIELDS:
        raise RequestError("query", f"「{field.strip()}」というフィールドでは探せません。")
    return field.strip(), wanted.strip().casefold()


def _narrow(terms: list[tuple[str, str]]) -> Query:
    """Return what every dataset holds for that has such a resource."""
    labels: list[Query] = [
        Pattern("res_format", ("", text.upper(), "")) for field, text in terms if field == "format"
    ]
    ids: list[Query] = [Pattern("id", ("", text, "")) for field, text in terms if field == "package_id"]
    return join_all([*labels, *ids])
