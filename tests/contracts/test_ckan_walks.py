"""Every harvester of CKAN's API reads the whole catalogue, before and after each kind of change."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from app.main import create_app
from app.model.record import Record
from app.publish.record import edit_record, retire_dataset
from app.publish.withdraw import withdraw_version
from app.serve.catalogue import Reader, get_release
from app.storage.installation import Installation
from tests.conftest import BASE, STAFF, START, PackageMaker, publish_folder
from tests.contracts.ckan_clients import (
    Json,
    call_ckanr,
    harvest_ckan,
    harvest_piveau,
    harvest_udata,
    harvest_xckan,
    list_names,
    register_at_xckan,
    stamp,
)

NAMES = [f"plan-{letter}" for letter in "abcdef"]
HOUR = dt.timedelta(hours=1)
FIRST_RUN = START + 3 * HOUR
EARLIER = "2000-01-01T00:00:00"
ROWS = 2
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}")

pytestmark = pytest.mark.anyio


@dataclass
class Site:
    """A catalogue of six datasets, with a clock that tests set."""

    installation: Installation
    client: httpx.AsyncClient
    now: list[dt.datetime]

    def edit(self, name: str, title: str) -> None:
        record = get_release(Reader(self.installation, self.now[0]), name).record
        changed = Record.model_validate({**record.model_dump(), "title": title})
        assert edit_record(self.installation, STAFF, name, changed, self.now[0])

    def withdraw(self, name: str) -> None:
        withdraw_version(self.installation, STAFF, name, 1, "個人情報があったため", self.now[0])

    async def require(self, names: list[str]) -> list[Json]:
        """Assert that every client reads exactly these datasets, once each; return CKAN's packages."""
        packages = await harvest_ckan(self.client, rows=ROWS)
        assert [package["id"] for package in packages] == sorted(package["id"] for package in packages)
        walks = {
            "package_list": await list_names(self.client),
            "ckan": sorted(_names(packages)),
            "udata": _names(await harvest_udata(self.client)),
            "piveau": sorted(_names(await harvest_piveau(self.client, rows=ROWS))),
            "xckan": sorted(_names(await harvest_xckan(self.client, EARLIER, rows=ROWS))),
        }
        assert walks == dict.fromkeys(walks, names)
        shown = {package["id"]: package for package in await harvest_udata(self.client)}
        assert {package["id"]: package for package in packages} == shown
        for name in set(NAMES) - set(names):
            gone = await self.client.get("/api/3/action/package_show", params={"id": name})
            assert (gone.status_code, gone.json()["error"]["__type"]) == (404, "Not Found Error")
        return packages

    async def require_changed(self, since: dt.datetime, names: list[str]) -> None:
        """Assert that clients which ask for changes since a moment get exactly these datasets."""
        text = stamp(since)
        for form in (text, stamp(since.replace(microsecond=1)), f"{text}.000000"):
            assert sorted(_names(await harvest_ckan(self.client, since=form, rows=ROWS))) == names
        assert sorted(_names(await harvest_piveau(self.client, since=text, rows=ROWS))) == names
        assert sorted(_names(await harvest_xckan(self.client, text, rows=ROWS))) == names


def _names(packages: list[Json]) -> list[str]:
    names = [package["name"] for package in packages]
    assert len(set(names)) == len(names)
    return names


@pytest.fixture
async def site(either_installation: Installation, make_package: PackageMaker) -> AsyncIterator[Site]:
    for minute, name in enumerate(NAMES):
        package = make_package(name, publisher="t131156" if name < "plan-d" else "shisaku")
        publish_folder(either_installation, package, START + dt.timedelta(minutes=minute))
    now = [FIRST_RUN]
    transport = httpx.ASGITransport(create_app(either_installation, clock=lambda: now[0]))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield Site(either_installation, client, now)


async def test_every_client_reads_all_and_sees_each_change_in_one_step(site: Site) -> None:
    before = {package["name"]: package for package in await site.require(NAMES)}
    assert await register_at_xckan(site.client, EARLIER)
    assert all(TIME.fullmatch(package["metadata_modified"]) for package in before.values())

    site.now[0] = FIRST_RUN + HOUR  # an idle hour: from one hour before the last run
    await site.require_changed(FIRST_RUN - HOUR, [])
    await site.require(NAMES)

    site.edit("plan-c", "直した題名")
    site.now[0] += HOUR
    await site.require_changed(FIRST_RUN - HOUR, ["plan-c"])
    after = {package["name"]: package for package in await site.require(NAMES)}
    assert after["plan-c"]["metadata_modified"] > before["plan-c"]["metadata_modified"]
    assert {name: after[name] for name in NAMES if name != "plan-c"} == {
        name: before[name] for name in NAMES if name != "plan-c"
    }

    last_run = site.now[0]
    site.now[0] += HOUR
    retire_at = retire_dataset(
        site.installation, STAFF, "plan-a", "計画が終わったため、公開を終えます。", site.now[0]
    )
    await site.require(NAMES)
    await site.require_changed(last_run, ["plan-a"])
    site.now[0] = retire_at - dt.timedelta(microseconds=1)
    await site.require(NAMES)
    site.now[0] = retire_at
    await site.require(NAMES[1:])
    await site.require_changed(last_run, [])

    site.withdraw("plan-e")
    left = [name for name in NAMES if name not in ("plan-a", "plan-e")]
    await site.require(left)
    await site.require_changed(last_run, [])


async def test_filters_of_the_harvester_hold_together_and_ckanr_reads(site: Site) -> None:
    await _require_ckanr(site)

    async def found(*terms: str, since: str = "") -> list[str]:
        return sorted(_names(await harvest_ckan(site.client, terms=terms, since=since, rows=ROWS)))

    assert await found("organization:t131156") == NAMES[:3]
    assert await found("organization:t131156 OR organization:shisaku") == NAMES
    assert await found("-organization:t131156", "-groups:econ") == NAMES[3:]
    assert await found("groups:gove OR groups:econ") == NAMES
    site.edit("plan-b", "直した題名")
    since = stamp(FIRST_RUN - HOUR)
    assert await found("organization:t131156 OR organization:shisaku", since=since) == ["plan-b"]
    assert await found("organization:shisaku", since=since) == []
    ids = {package["id"]: package["name"] for package in await harvest_ckan(site.client)}
    assert set(ids.values()) == set(NAMES)


async def test_a_withdrawal_in_the_middle_of_a_walk_repeats_nothing_and_is_felt_at_once(site: Site) -> None:
    ids = [package["name"] for package in await harvest_ckan(site.client)]

    def withdraw(name: str, at: int) -> None:
        if at == 2 * ROWS:
            site.withdraw(name)

    # One on a page not read yet: the walk is the new catalogue.
    walked = _names(
        await harvest_ckan(site.client, rows=ROWS, between=lambda start: withdraw(ids[-1], start))
    )
    assert walked == ids[:-1]
    # One on a page that was read: numbers count anew, so one dataset moves to a page that was read; what was
    # read stays good, the walk ends, and the next one has it.
    walked = _names(await harvest_ckan(site.client, rows=ROWS, between=lambda start: withdraw(ids[0], start)))
    assert walked[: 2 * ROWS] == ids[: 2 * ROWS]
    assert set(ids[:-1]) - set(walked) <= {ids[2 * ROWS]}
    assert _names(await harvest_ckan(site.client, rows=ROWS)) == ids[1:-1]


async def _require_ckanr(site: Site) -> None:
    status = (await call_ckanr(site.client, "status_show"))["result"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", status["ckan_version"])
    found = await call_ckanr(
        site.client,
        "package_search",
        q="*:*",
        rows="2",
        facet="false",
        include_drafts="false",
        include_private="false",
        use_default_schema="false",
    )
    assert (found["result"]["count"], len(found["result"]["results"])) == (len(NAMES), 2)
    package = found["result"]["results"][0]
    shown = await call_ckanr(site.client, "package_show", id=package["id"], use_default_schema="FALSE")
    assert shown["result"] == package
    resource = package["resources"][0]
    assert (await call_ckanr(site.client, "resource_show", id=resource["id"]))["result"] == resource
    searched = (await call_ckanr(site.client, "resource_search", query=f"url:{package['name']}"))["result"]
    assert {entry["id"] for entry in searched["results"]} == {entry["id"] for entry in package["resources"]}
    assert searched["count"] == len(searched["results"])
    rows = await call_ckanr(site.client, "datastore_search", resource_id=resource["id"], limit="1")
    assert (rows["result"]["total"], len(rows["result"]["records"])) == (1, 1)
    for action in ("group_list", "organization_list", "tag_list", "license_list"):
        assert (await call_ckanr(site.client, action))["result"]
    listed = await call_ckanr(site.client, "current_package_list_with_resources", limit="3", offset="1")
    assert [entry["name"] for entry in listed["result"]] == ["plan-e", "plan-d", "plan-c"]
