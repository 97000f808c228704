from __future__ import annotations

import datetime as dt
from typing import Any
from xml.etree import ElementTree

import feedparser
import httpx
import pytest

import app.serve.sitemap
from app.publish.record import retire_dataset
from app.publish.withdraw import withdraw_version
from app.storage.installation import Installation
from tests.conftest import BASE, PLAN, STAFF, START, PackageMaker, make_client, publish_folder, sample_tables

HOUR = dt.timedelta(hours=1)
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
FEEDS = (
    "/feed.atom",
    "/dataset/first/feed.atom",
    "/organization/t131156/feed.atom",
    "/schemas/plan-plans/feed.atom",
)

pytestmark = pytest.mark.anyio


async def read_feed(client: httpx.AsyncClient, path: str) -> Any:  # noqa: ANN401  # feedparser has no types
    response = await client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    parsed = feedparser.parse(response.content, response_headers={"content-type": "application/atom+xml"})
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


def changed(name: str) -> dict[str, list[str]]:
    header, row, *_ = sample_tables(name)["measures"]
    return {"measures": [header, row]}


@pytest.fixture
def three(installation: Installation, make_package: PackageMaker) -> Installation:
    """Three datasets, the first in two versions; the title of the second is a trap for XML."""
    publish_folder(installation, make_package("first"), START)
    publish_folder(installation, make_package("second", title="<b>&amp; ]]> \u200b計画"), START + HOUR)
    publish_folder(installation, make_package("third"), START + HOUR * 2)
    publish_folder(installation, make_package("first", changed("first")), START + HOUR * 3)
    return installation


async def test_feedparser_reads_every_feed_newest_first(three: Installation) -> None:
    async with make_client(three) as client:
        for path in FEEDS:
            parsed = await read_feed(client, path)
            times = [entry.updated for entry in parsed.entries]
            assert times == sorted(times, reverse=True)
            assert parsed.feed.id == f"{BASE}{path}"
            assert parsed.feed.updated == times[0]
            assert [link.href for link in parsed.feed.links if link.rel == "self"] == [f"{BASE}{path}"]
            assert len({entry.id for entry in parsed.entries}) == len(parsed.entries)
            assert all(entry.title and entry.summary and entry.author for entry in parsed.entries)
        site = await read_feed(client, "/feed.atom")
        own = await read_feed(client, "/dataset/first/feed.atom")
    identifiers = [entry.id.removeprefix(f"{BASE}/id/dataset/") for entry in site.entries]
    assert identifiers == ["first#v2", "third#v1", "second#v1"]
    assert "<b>" in site.entries[2].title_detail.value or "&lt;b&gt;" in site.entries[2].title_detail.value
    assert [entry.id.rpartition("#")[2] for entry in own.entries] == ["v2", "v1"]


async def test_what_an_entry_links_to_is_there(three: Installation) -> None:
    async with make_client(three) as client:
        parsed = await read_feed(client, "/feed.atom")
        for entry in parsed.entries:
            for link in entry.links:
                assert (await client.get(link.href)).status_code == 200
        enclosures = [link for entry in parsed.entries for link in entry.links if link.rel == "enclosure"]
        sizes = [len((await client.get(link.href)).content) for link in enclosures]
    assert [int(link.length) for link in enclosures] == sizes


async def test_what_is_withdrawn_leaves_every_feed(three: Installation) -> None:
    withdraw_version(three, STAFF, "third", 1, "試験のため", START + HOUR * 4)
    async with make_client(three) as client:
        for path in FEEDS[:1] + FEEDS[2:]:
            parsed = await read_feed(client, path)
            assert [entry.id for entry in parsed.entries if "third" in entry.id] == []
        assert (await client.get("/dataset/third/feed.atom")).status_code == 410


async def test_a_notice_is_what_the_entry_says(three: Installation) -> None:
    retire_dataset(three, STAFF, "second", "統合のため公開を終了します。", START + HOUR * 5)
    async with make_client(three) as client:
        parsed = await read_feed(client, "/dataset/second/feed.atom")
        site = await read_feed(client, "/feed.atom")
    assert [entry.summary for entry in parsed.entries] == ["統合のため公開を終了します。"]
    assert not [entry for entry in site.entries if "second" in entry.id]  # the notice period is over by now


async def test_an_empty_catalogue_has_empty_feeds(installation: Installation) -> None:
    async with make_client(installation) as client:
        for path in ("/feed.atom", "/organization/t131156/feed.atom", "/schemas/plan-plans/feed.atom"):
            parsed = await read_feed(client, path)
            assert (parsed.entries, bool(parsed.feed.updated)) == ([], True)
        missing = ("/dataset/none/feed.atom", "/organization/none/feed.atom", "/schemas/none/feed.atom")
        assert [(await client.get(path)).status_code for path in missing] == [404, 404, 404]


async def read_sitemap(client: httpx.AsyncClient, path: str, root: str) -> list[tuple[str, str | None]]:
    response = await client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/xml; charset=utf-8"
    tree = ElementTree.fromstring(response.content)  # noqa: S314  # our own answer
    assert tree.tag == f"{SITEMAP}{root}"
    found = []
    for node in tree:
        location = node.findtext(f"{SITEMAP}loc")
        assert location
        found.append((location, node.findtext(f"{SITEMAP}lastmod")))
    assert 0 < len(found) <= 50_000
    return found


async def test_the_sitemaps_name_every_page_once_and_each_answers(
    three: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.serve.sitemap, "PART_SIZE", 2)
    async with make_client(three) as client:
        robots = await client.get("/robots.txt")
        index = await read_sitemap(client, "/sitemap.xml", "sitemapindex")
        parts = [await read_sitemap(client, address, "urlset") for address, _ in index]
        pages = [address for part in parts for address, _ in part]
        statuses = {address: (await client.get(address)).status_code for address in pages}
        missing = [(await client.get(f"/sitemap-{name}.xml")).status_code for name in ("0", "4", "x", "１")]
    assert f"Sitemap: {BASE}/sitemap.xml" in robots.text
    assert [len(part) for part in parts[1:]] == [2, 1]
    assert set(statuses.values()) == {200}
    assert len(set(pages)) == len(pages)
    for path in ("/dataset/first", "/organization/t131156", "/dataset_series/131156-plans"):
        assert f"{BASE}{path}" in pages
    assert dict(parts[1])[f"{BASE}/dataset/first"] == (START + HOUR * 3).isoformat()
    assert missing == [404, 404, 404, 404]


async def test_the_sitemap_of_an_empty_catalogue_has_the_fixed_pages(installation: Installation) -> None:
    async with make_client(installation) as client:
        index = await read_sitemap(client, "/sitemap.xml", "sitemapindex")
        pages = await read_sitemap(client, "/sitemap-pages.xml", "urlset")
    assert index == [(f"{BASE}/sitemap-pages.xml", None)]
    assert (f"{BASE}/dataset/", None) in pages


@pytest.mark.parametrize(
    "path", ["/", f"/dataset/{PLAN}", "/organization/t131156", "/dataset_series/131156-plans"]
)
async def test_a_page_names_its_other_forms_in_its_head_and_in_link(
    client: httpx.AsyncClient, path: str
) -> None:
    page = await client.get(path)
    named = page.headers["link"].split(", ")
    assert len(named) > 1
    for entry in named:
        address, _, rest = entry.removeprefix("<").partition(">")
        media_type = rest.partition('type="')[2].rstrip('"')
        assert rest.startswith('; rel="alternate"')
        assert f'<link rel="alternate" type="{media_type}" href="{address}"' in page.text
        answer = await client.get(address)
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media_type)
