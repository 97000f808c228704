"""Clients of CKAN's API as they walk a catalogue, each written from what its own code does.

A walker takes the number of rows that its client asks for at once, so that few datasets make several pages.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import httpx

Json = dict[str, Any]
BetweenPages = Callable[[int], None]

UDATA_TEXTS = (
    "id name title notes license_id license_title metadata_created metadata_modified type author "
    "author_email maintainer maintainer_email state"
)
UDATA_RESOURCE_TEXTS = "id name description format hash created last_modified url"


def _do_nothing(_start: int) -> None:
    return


async def harvest_ckan(
    client: httpx.AsyncClient,
    *,
    since: str = "",
    terms: tuple[str, ...] = (),
    rows: int = 100,
    between: BetweenPages = _do_nothing,
) -> list[Json]:
    """ckanext-harvest's CKANHarvester: pages by start, ordered by id, until one is empty.

    It reads an answer without results as an empty one, drops what it has by id, and gives up if a page is the
    one before.
    """
    filters = [*terms, *([f"metadata_modified:[{since}Z TO *]"] if since else [])]
    parameters: dict[str, str | int] = {"rows": rows, "start": 0, "sort": "id asc"}
    if filters:
        parameters["fq"] = " ".join(filters)
    packages: list[Json] = []
    seen: set[str] = set()
    before = ""
    while True:
        answer = await client.get("/api/3/action/package_search", params=parameters)
        assert answer.text != before, "paging doesn't seem to work"
        before = answer.text
        page = answer.json().get("result", {}).get("results", [])
        if not page:
            return packages
        fresh = [package for package in page if package["id"] not in seen]
        seen |= {package["id"] for package in fresh}
        packages += fresh
        if not fresh:
            return packages
        parameters["start"] = int(parameters["start"]) + rows
        between(int(parameters["start"]))


async def harvest_udata(client: httpx.AsyncClient) -> list[Json]:
    """udata's CKAN backend: package_list, then each package, refused if a key of its schema is missing."""
    listed = await client.get("/api/3/action/package_list")
    assert (listed.status_code, listed.json()["success"]) == (200, True)
    packages = []
    for name in listed.json()["result"]:
        answer = await client.get("/api/3/action/package_show", params={"id": name})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/json")
        package = answer.json()["result"]
        require_udata_schema(package)
        packages.append(package)
    return packages


def require_udata_schema(package: Json) -> None:
    """Assert what udata's voluptuous schema asks of a package."""
    for key in UDATA_TEXTS.split():
        assert isinstance(package[key], str), key
    assert package["type"] == "dataset"
    assert isinstance(package["private"], bool)
    for tag in package["tags"]:
        assert isinstance(tag["id"], str)
        assert isinstance(tag["name"], str)
        assert tag["vocabulary_id"] is None or isinstance(tag["vocabulary_id"], str)
    texts = "id name title description image_url created type approval_status state"
    assert all(isinstance(package["organization"][key], str) for key in texts.split())
    assert all(isinstance(extra["key"], str) and extra["value"] for extra in package["extras"])
    assert package["resources"]
    for resource in package["resources"]:
        assert all(isinstance(resource[key], str) for key in UDATA_RESOURCE_TEXTS.split())
        assert isinstance(resource["position"], int)
        assert resource["resource_type"] in ("file", "file.upload", "api", "metadata")
        assert resource["url"].startswith("http")
        assert {"mimetype", "size"} <= resource.keys()


async def harvest_piveau(client: httpx.AsyncClient, *, since: str = "", rows: int = 100) -> list[Json]:
    """piveau's importer: no order of its own, a query encoded twice, until start reaches the count."""
    packages: list[Json] = []
    start = 0
    while True:
        address = f"/api/3/action/package_search?rows={rows}&start={start}"
        if since:
            address += f"&q=metadata_modified:[{since}Z%2520TO%2520*]"
        answer = (await client.get(address)).json()
        assert answer["success"]
        packages += answer["result"]["results"]
        start += rows
        if start >= answer["result"]["count"] or not answer["result"]["results"]:
            return packages


async def register_at_xckan(client: httpx.AsyncClient, since: str) -> bool:
    """Do as search.ckan.jp does with a new site; tell whether its differential mode is on."""
    assert (await client.get("/dataset/")).status_code == 200
    first = (await client.get("/api/3/action/package_list?limit=1")).json()["result"]
    assert len(first) == 1
    assert (await client.get(f"/api/3/action/package_show?id={first[0]}")).json()["success"]
    parameters: dict[str, str | int] = {"q": "*:*", "rows": 0, "fq": _xckan_filter(since)}
    answer = await client.get("/api/3/action/package_search", params=parameters)
    return bool(answer.status_code == 200 and answer.json()["success"])


async def harvest_xckan(client: httpx.AsyncClient, since: str, *, rows: int = 100) -> list[Json]:
    """Ask as search.ckan.jp does for what changed: start is what it has, until that is the count."""
    packages: list[Json] = []
    while True:
        parameters: dict[str, str | int] = {"fq": _xckan_filter(since), "rows": rows, "start": len(packages)}
        result = (await client.get("/api/3/action/package_search", params=parameters)).json()["result"]
        packages += result["results"]
        if len(packages) >= result["count"]:
            break
    for package in packages:
        assert package["organization"]["is_organization"] is True
        assert package["organization"]["title"]
        assert (await client.get(f"/dataset/{package['name']}")).status_code == 200
    return packages


def _xckan_filter(since: str) -> str:
    return f'(metadata_modified:["{since}Z" TO *] OR metadata_created:["{since}Z" TO *])'


async def list_names(client: httpx.AsyncClient) -> list[str]:
    """What search.ckan.jp compares with what it has: names that are gone are deleted there."""
    names: list[str] = (await client.get("/api/3/action/package_list")).json()["result"]
    return names


async def call_ckanr(client: httpx.AsyncClient, action: str, **parameters: str) -> Json:
    """ckanr: GET with a JSON content type and no body; searches of rows by POST, query and empty body."""
    if action == "datastore_search":
        answer = await client.post(f"/api/action/{action}", params=parameters)
    else:
        headers = {"Content-Type": "application/json"}
        answer = await client.get(f"/api/3/action/{action}", params=parameters, headers=headers)
    assert answer.status_code == 200, answer.text
    envelope: Json = answer.json()
    assert envelope["success"]
    return envelope


def stamp(moment: dt.datetime) -> str:
    """Return a moment as the harvesters write it: naive UTC."""
    return moment.replace(tzinfo=None).isoformat()
