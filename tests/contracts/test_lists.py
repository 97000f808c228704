from __future__ import annotations

import csv
import io
import re
from typing import Any

import httpx
import pytest
from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import DCTERMS, RDFS, SKOS
from rdflib.term import Node

import app.serve.data_json
import app.serve.open_data_list
from app.formats.open_data_list import RECOMMENDED_COLUMNS, STANDARD_COLUMNS
from app.publish.withdraw import withdraw_version
from app.settings import HOUSE
from app.storage.installation import Installation
from tests.conftest import BASE, PLAN, STAFF, START, PackageMaker, make_client, publish_folder

MAPPING = list(csv.DictReader((HOUSE / "catalog/mapping.csv").read_text(encoding="utf-8").splitlines()))
EMPTY = {"subtitle", "universal_menu", "contact.telephone", "contact.extension", "contact.remarks"}
NAMESPACES: dict[str, Any] = {
    "adms": Namespace("http://www.w3.org/ns/adms#"),
    "dcat": Namespace("http://www.w3.org/ns/dcat#"),
    "dct": DCTERMS,
    "prov": Namespace("http://www.w3.org/ns/prov#"),
    "rdfs": RDFS,
    "skos": SKOS,
    "vcard": Namespace("http://www.w3.org/2006/vcard/ns#"),
}
LIST = "/organization/t131156/open_data_list.csv"

pytestmark = pytest.mark.anyio


@pytest.fixture
async def complete(installation: Installation, make_package: PackageMaker) -> Installation:
    """One dataset with everything that a record can say."""
    contact = {"name": "情報政策課", "email": "joho@city.example.jp", "url": "https://city.example.jp/form"}
    sources = [{"title": "見本計画書", "path": "https://city.example.jp/plan.pdf"}]
    publish_folder(installation, make_package("complete", contact=contact, sources=sources))
    return installation


def read_csv(response: httpx.Response) -> list[dict[str, str]]:
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8"), newline="")))


def follow(graph: Graph, node: URIRef, path: str) -> set[Node]:
    """Return what a property path of the mapping leads to."""
    found: set[Node] = {node}
    for step in re.sub(r" \(.*\)", "", path).split(" / "):
        prefix, name = step.split(":")
        found = {value for at in found for value in graph.objects(at, NAMESPACES[prefix][name])}
    return found


async def test_the_mapping_names_every_column_of_both_lists() -> None:
    named = [row["open_data_list"] for row in MAPPING if row["open_data_list"]]
    assert set(named) == set(STANDARD_COLUMNS)
    assert len(STANDARD_COLUMNS) == len(set(STANDARD_COLUMNS)) == 42
    older = {name for row in MAPPING for name in row["recommended_list"].split(" + ") if name}
    assert older == set(RECOMMENDED_COLUMNS)
    assert len(RECOMMENDED_COLUMNS) == 15


async def test_each_field_is_where_the_mapping_says(complete: Installation) -> None:
    async with make_client(complete) as client:
        response = await client.get("/dataset/complete.nt")
        package = (await client.get("/api/3/action/package_show?id=complete")).json()["result"]
        rows = {
            form: read_csv(await client.get(f"{LIST}?form={form}")) for form in ("standard", "recommended")
        }
    graph = Graph().parse(data=response.content, format="nt")
    extras = {extra["key"]: extra["value"] for extra in package["extras"]}
    for row in MAPPING:
        field = row["field"]
        if row["dcat"]:
            assert follow(graph, URIRef(f"{BASE}/id/dataset/complete"), row["dcat"]), field
        place, _, key = row["ckan"].partition(":")
        if place == "extras":
            assert extras[key], field
        elif place == "resources":
            assert all(resource[key] for resource in package["resources"]), field
        elif place:
            assert package[place], field
        if field in EMPTY | {"publisher"}:
            continue
        assert any(line[row["open_data_list"]] for line in rows["standard"]), field
        for column in filter(None, row["recommended_list"].split(" + ")):
            assert all(line[column] for line in rows["recommended"]), field


async def test_the_list_says_what_package_show_says(complete: Installation) -> None:
    async with make_client(complete) as client:
        package = (await client.get("/api/3/action/package_show?id=complete")).json()["result"]
        rows = read_csv(await client.get(LIST))
    assert tuple(rows[0]) == STANDARD_COLUMNS
    assert len(rows) == len(package["resources"])
    for line, resource in zip(rows, package["resources"], strict=True):
        assert line["データセット_ID"] == package["name"]
        assert line["データセット_タイトル"] == package["title"]
        assert line["データセット_URL"] == package["url"]
        assert line["データセット_キーワード"] == "見本;計画"
        assert line["データセット_分類"] == "行財政"
        assert line["データセット_公開日"] == "2026-04-01"
        assert line["データセット_対象期間"] == "2022-04-01/2025-03-31"
        assert line["全国地方公共団体コード"] == "131156"
        assert line["ファイル_ダウンロードURL"] == resource["url"]
        assert line["ファイル_サイズ"] == str(resource["size"])
        assert line["ファイル形式"] == resource["format"]
        assert line["ファイル_ライセンス"] == "CC BY 4.0"


async def test_the_older_list_has_a_row_for_each_dataset(complete: Installation) -> None:
    async with make_client(complete) as client:
        (row,) = read_csv(await client.get(f"{LIST}?form=recommended"))
    assert tuple(row) == RECOMMENDED_COLUMNS
    assert (row["都道府県名"], row["市区町村名"]) == ("東京都", "杉並区")
    assert row["データ形式"] == "CSV;XLSX;JSON;ZIP;TTL"


async def test_unofficial_data_say_so_and_name_their_publisher(client: httpx.AsyncClient) -> None:
    rows = read_csv(await client.get(LIST))
    own = read_csv(await client.get("/organization/shisaku/open_data_list.csv"))
    assert {row["データセット_ID"] for row in rows} == {PLAN}
    assert rows == own
    assert all(row["データセット_備考"].startswith("非公式のデータです。") for row in rows)


async def test_a_list_goes_on_under_the_next_page(
    installation: Installation, make_package: PackageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.serve.open_data_list, "PAGE_SIZE", 2)
    for name in ("a1", "b2", "c3"):
        publish_folder(installation, make_package(name))
    async with make_client(installation) as client:
        first = await client.get(f"{LIST}?form=recommended")
        address = first.headers["link"].partition(">")[0].removeprefix("<")
        second = await client.get(address)
        assert (await client.get(f"{LIST}?page=3")).status_code == 404
    names = [[row["NO"] for row in read_csv(page)] for page in (first, second)]
    assert names == [["a1", "b2"], ["c3"]]
    assert "link" not in second.headers


@pytest.mark.parametrize(
    ("query", "status"), [("form=x", 400), ("form=", 400), ("page=0", 409), ("page=x", 409)]
)
async def test_a_wrong_parameter_is_named(client: httpx.AsyncClient, query: str, status: int) -> None:
    response = await client.get(f"{LIST}?{query}")
    assert (response.status_code, response.json()["field"]) == (status, query.partition("=")[0])


async def test_a_list_of_nobody_is_not_there_and_of_nothing_is_empty(client: httpx.AsyncClient) -> None:
    assert (await client.get("/organization/t999999/open_data_list.csv")).status_code == 404
    assert read_csv(await client.get("/organization/t131016/open_data_list.csv")) == []


async def walk_json(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Read data.json as ckanext-dcat's JSON harvester does: by page, to a 404, an empty or a repeated one."""
    found: list[dict[str, Any]] = []
    last: list[str] = []
    for number in range(1, 100):
        response = await client.get("/data.json" if number == 1 else f"/data.json?page={number}")
        if number > 1 and response.status_code == 404:
            break
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        page = response.json()["dataset"]
        names = [entry["identifier"] for entry in page]
        if not page or names == last:
            break
        found, last = found + page, names
    return found


async def test_the_json_harvester_reads_the_whole_catalogue(
    installation: Installation, make_package: PackageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.serve.data_json, "PAGE_SIZE", 2)
    names = ["a1", "b2", "c3", "d4"]
    for name in reversed(names):
        publish_folder(installation, make_package(name))
    async with make_client(installation) as client:
        found = await walk_json(client)
        listed = (await client.get("/api/3/action/package_list")).json()["result"]
        package = (await client.get("/api/3/action/package_show?id=a1")).json()["result"]
        withdraw_version(installation, STAFF, "b2", 1, "試験のため", START)
        after = await walk_json(client)
    assert [entry["identifier"] for entry in found] == [f"{BASE}/id/dataset/{name}" for name in listed]
    assert listed == names
    assert len(after) == 3
    first = found[0]
    assert (first["title"], first["landingPage"]) == (package["title"], package["url"])
    assert first["publisher"]["mbox"] == "joho@city.example.jp"
    files = [(entry["downloadURL"], entry["byteSize"], entry["format"]) for entry in first["distribution"]]
    assert files == [(entry["url"], entry["size"], entry["format"]) for entry in package["resources"]]


async def test_an_empty_catalogue_is_an_empty_data_json(installation: Installation) -> None:
    async with make_client(installation) as client:
        assert await walk_json(client) == []
