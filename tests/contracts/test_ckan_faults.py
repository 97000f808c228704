"""A fault of ours while an answer is made is 500 with an envelope, never a shorter list, and is not kept."""

from __future__ import annotations

import pkgutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.storage.installation import Installation
from app.storage.rowfile import RowFile
from tests.conftest import PackageMaker, make_client, publish_folder

pytestmark = pytest.mark.anyio

SEARCH = "/api/3/action/package_search?rows=100&sort=id+asc"
LISTS = (
    SEARCH,
    "/api/3/action/package_list",
    "/api/3/action/current_package_list_with_resources",
    "/api/3/action/organization_show?id=t131156&include_datasets=true",
    "/api/3/action/package_show?id=plan-b",
    "/api/3/action/resource_search?query=format:csv",
    "/api/3/action/tag_list",
    SEARCH + "&facet.field=[%22tags%22]",
)


@pytest.fixture
async def two(installation: Installation, make_package: PackageMaker) -> AsyncIterator[httpx.AsyncClient]:
    for name in ("plan-a", "plan-b"):
        publish_folder(installation, make_package(name))
    async with make_client(installation) as client:
        yield client


def _break(times_good: int, real: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function with a fault that comes after it was called some times."""
    left = times_good

    def faulty(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # whatever the real one takes
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError("the disk is gone")
        return real(*arguments, **named)

    return faulty


@pytest.mark.parametrize(
    ("place", "times_good", "addresses"),
    [
        ("app.storage.matches.list_matches", 0, (LISTS[0], LISTS[2], LISTS[3], LISTS[5], LISTS[7])),
        ("app.storage.matches.count_values", 0, (LISTS[6], LISTS[7])),
        ("app.storage.releases.list_names", 0, (LISTS[1],)),
        ("app.storage.releases._build_release", 1, (LISTS[0], LISTS[2], LISTS[3], LISTS[5])),
        ("app.storage.releases.find_listed_record", 0, (LISTS[4],)),
        ("app.serve.packages.package_dict", 1, (LISTS[0],)),
        ("app.formats.ckan._resource_dict", 5, (LISTS[2], LISTS[4])),
        ("app.serve.packages.zlib.decompress", 1, (LISTS[0], LISTS[2], LISTS[3], LISTS[5])),
        ("app.api.ckan.join_json", 0, LISTS),
        ("app.storage.database.Database.head", 0, LISTS),
    ],
)
async def test_a_fault_at_any_layer_is_no_list(
    two: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    times_good: int,
    addresses: tuple[str, ...],
) -> None:
    for address in addresses:
        with monkeypatch.context() as patched:
            patched.setattr(place, _break(times_good, pkgutil.resolve_name(place)))
            answer = await two.get(address)
        assert answer.status_code == 500, address
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.json()["success"] is False
        assert answer.json()["error"]["__type"] == "Internal Server Error"
    whole = (await two.get(SEARCH)).json()["result"]
    assert (whole["count"], len(whole["results"])) == (2, 2)


async def test_rows_that_break_off_are_no_rows(
    two: httpx.AsyncClient, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = (await two.get("/api/3/action/package_show?id=plan-a")).json()["result"]
    measures = next(entry for entry in package["resources"] if entry["url"].endswith("/measures.csv"))
    addresses = [
        f"/api/3/action/datastore_search?resource_id={measures['id']}",
        f"/datastore/dump/{measures['id']}",
        f"/datastore/dump/{measures['id']}?format=json",
    ]
    real = RowFile.select

    def breaks_off(*arguments: Any) -> Iterator[Any]:  # noqa: ANN401  # whatever the real one takes
        yield next(real(*arguments))
        raise OSError("the disk is gone")

    with monkeypatch.context() as patched:
        patched.setattr(RowFile, "select", breaks_off)
        for address in addresses:
            assert (await two.get(address)).status_code == 500
    assert [(await two.get(address)).status_code for address in addresses] == [200, 200, 200]
    for path in [path for path in installation.folder.blobs.rglob("*") if path.is_file()]:
        _spoil_database(path)
    for address in addresses:
        assert (await two.get(f"{address}{'&' if '?' in address else '?'}again=1")).status_code == 500


def _spoil_database(path: Path) -> None:
    content = path.read_bytes()
    if content.startswith(b"SQLite format 3\0") and path.suffix == "":
        path.write_bytes(content[:5000] + b"\xff" * (len(content) - 5000))
