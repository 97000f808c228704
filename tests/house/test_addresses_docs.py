from __future__ import annotations

import re

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from app.main import create_app
from app.serve.actions import ACTIONS
from app.settings import HOUSE
from app.storage.installation import Installation

PLAN = "131156-digital-plan-2022"
DOCUMENT = (HOUSE / "docs" / "addresses.md").read_text(encoding="utf-8")
ADDRESSES = [
    address
    for line in DOCUMENT.splitlines()
    if line.startswith("| `/")
    for address in re.findall(r"`([^`]+)`", line.split("|")[1])
]

ACTS = re.findall(r"^\| `(GET|POST|PUT) (/[^`]+)`", DOCUMENT, flags=re.MULTILINE)


@pytest.fixture
async def values(client: httpx.AsyncClient) -> dict[str, str]:
    """Return something real for each name in braces."""
    record = (await client.get(f"/dataset/{PLAN}.json")).json()
    file = record["tables"][0]["files"][0]
    return {
        "name": PLAN,
        "table": record["tables"][0]["name"],
        "n": "1",
        "id": file["id"],
        "csv": next(one["id"] for one in record["tables"][0]["files"] if one["url"].endswith(".csv")),
        "sha256": file["sha256"],
        "organization": "t131156",
        "theme": "gove",
        "series": "131156-plans",
        "part": "1",
        "schema": "plan-measures",
        "version": "1.0.0",
        "action": "package_list",
        "kind": "measure",
        "row": f"{PLAN}-m01",
        "code": "131156",
        "department": "情報政策課",
    }


def list_route_paths(installation: Installation) -> list[str]:
    """Return the path of each route, in the order in which they are tried; a mount's with what is below."""
    contexts = iter_route_contexts(create_app(installation).routes)
    return [
        f"{context.path}/{{file}}" if context.path == "/static" else str(context.path) for context in contexts
    ]


def find_route_path(paths: list[str], address: str) -> str | None:
    """Return the path of the route that a request for this address reaches."""
    asked = address.replace("{n}", "1").replace("{", "").replace("}", "")
    return next((path for path in paths if compile_path(path)[0].fullmatch(asked)), None)


def test_no_address_is_listed_twice() -> None:
    assert sorted(set(ADDRESSES)) == sorted(ADDRESSES)


def test_every_route_is_listed_and_every_listed_address_has_a_route(published: Installation) -> None:
    paths = list_route_paths(published)
    reached = {address: find_route_path(paths, address) for address in ADDRESSES}
    assert [address for address, path in reached.items() if path is None] == []
    acts = {path.replace("{n}", "{number:int}") for _, path in ACTS}
    assert acts <= set(paths)
    assert set(paths) - set(reached.values()) == acts


@pytest.mark.anyio
@pytest.mark.parametrize(("method", "address"), ACTS)
async def test_every_act_wants_a_token(client: httpx.AsyncClient, method: str, address: str) -> None:
    answer = await client.request(method, address.format(name=PLAN, id=1), json={})
    assert answer.status_code == 401


@pytest.mark.anyio
@pytest.mark.parametrize("address", ADDRESSES)
async def test_every_listed_address_answers(
    client: httpx.AsyncClient, values: dict[str, str], address: str
) -> None:
    files = {"/files": f"{values['table']}.csv", "/vocab": "status.ttl", "/static": "site.css"}
    known = {**values, "file": files.get(address[: address.find("/", 1)], "")}
    answer = await client.get(address.format_map(known))
    assert answer.status_code in (200, 303)


def test_every_action_and_every_vocabulary_is_named() -> None:
    assert [action for action in ACTIONS if f"`{action}`" not in DOCUMENT] == []
    served = [path.name for path in (HOUSE / "vocab").iterdir() if path.suffix in (".ttl", ".csv")]
    assert [name for name in served if f"`{name}`" not in DOCUMENT] == []
