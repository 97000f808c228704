from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlmodel import select

from app.api.problem import STATUSES
from app.errors import RequestError
from app.settings import HOUSE
from app.storage.entities import RenderingEntity
from app.storage.installation import Installation
from tests.conftest import PLAN, PackageMaker, load_folder, make_client, publish_folder, sample_tables

pytestmark = pytest.mark.anyio

REFUSED = STATUSES[RequestError]
FOLDER = HOUSE / "datasets" / PLAN


def rows_address(table: str, name: str = PLAN) -> str:
    return f"/api/v1/datasets/{name}/tables/{table}/rows"


def read_source(table: str) -> list[dict[str, str]]:
    """The rows of the bundled package's CSV, as its authors wrote it."""
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def get_page(client: httpx.AsyncClient, address: str, **filters: str) -> dict[str, Any]:
    answer = await client.get(address, params=filters or None)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def test_a_table_is_had_with_what_its_reader_needs(client: httpx.AsyncClient) -> None:
    page = await get_page(client, rows_address("measures"))
    assert page["total"] == 56
    assert page["rows"] == (await client.get(f"/dataset/{PLAN}/measures.json")).json()
    assert {key: value for key, value in page.items() if key != "rows"} == {
        "dataset": PLAN,
        "version": 1,
        "table": "measures",
        "total": 56,
        "next": None,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "source": f"https://data.example.jp/dataset/{PLAN}",
        "schema": "https://data.example.jp/schemas/plan-measures/1.0.0.json",
    }


@pytest.mark.parametrize(
    ("table", "column", "text"),
    [("measures", "主管課", "情報政策課"), ("schedule", "年度", "2023"), ("schedule", "備考", "")],
)
async def test_a_filter_leaves_the_rows_with_that_value(
    client: httpx.AsyncClient, table: str, column: str, text: str
) -> None:
    wanted = [row["ID"] for row in read_source(table) if text in row[column].split(";")]
    page = await get_page(client, rows_address(table), limit="1000", **{column: text})
    assert 0 < len(wanted) < len(read_source(table))
    assert [row["ID"] for row in page["rows"]] == wanted
    assert page["total"] == len(wanted)


async def test_all_filters_must_hold(client: httpx.AsyncClient) -> None:
    row = read_source("schedule")[7]
    page = await get_page(client, rows_address("schedule"), 年度=row["年度"], ID=row["ID"])
    assert [found["ID"] for found in page["rows"]] == [row["ID"]]
    page = await get_page(client, rows_address("schedule"), 年度="1999", ID=row["ID"])
    assert (page["rows"], page["total"], page["next"]) == ([], 0, None)


async def walk(client: httpx.AsyncClient, address: str) -> list[str]:
    found: list[str] = []
    following: str | None = address
    while following:
        page = await get_page(client, following)
        assert len(page["rows"]) <= 7
        found += [row["ID"] for row in page["rows"]]
        following = page["next"]
    return found


@pytest.mark.parametrize("version", ["", "/versions/1"])
async def test_a_walk_gives_every_row_once_in_order(client: httpx.AsyncClient, version: str) -> None:
    address = f"/api/v1/datasets/{PLAN}{version}/tables/schedule/rows?limit=7"
    source = read_source("schedule")
    assert await walk(client, address) == [row["ID"] for row in source]
    assert await walk(client, f"{address}&年度=2023") == [
        row["ID"] for row in source if row["年度"] == "2023"
    ]


async def test_long_rows_make_short_pages(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.serve.rows.MAX_PAGE_CHARACTERS", 1500)
    first = await get_page(client, rows_address("glossary"), limit="7")
    assert 1 <= len(first["rows"]) < 7
    walked = await walk(client, f"{rows_address('glossary')}?limit=7")
    assert walked == [row["ID"] for row in read_source("glossary")]


async def test_a_page_that_ends_with_the_table_is_the_last(client: httpx.AsyncClient) -> None:
    assert (await get_page(client, rows_address("measures"), limit="56"))["next"] is None
    assert (await get_page(client, rows_address("measures"), limit="55"))["next"] is not None


@pytest.mark.parametrize(
    ("table", "query", "field"),
    [
        ("measures", "主管=情報政策課", "主管"),
        ("measures", "c0=131156", "c0"),
        ("schedule", "年度=令和5", "年度"),
        ("schedule", "年度=２０２３", "年度"),
        ("schedule", "年度=2023&年度=2024", "年度"),
        ("measures", "limit=0", "limit"),
        ("measures", "limit=1001", "limit"),
        ("measures", "limit=many", "limit"),
        ("measures", "cursor=5", "cursor"),
        ("measures", "cursor=-1-0123456789abcdef", "cursor"),
        ("measures", "cursor=5-0123456789abcdef", "cursor"),
    ],
)
async def test_what_cannot_be_understood_is_named(
    client: httpx.AsyncClient, table: str, query: str, field: str
) -> None:
    answer = await client.get(f"{rows_address(table)}?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (REFUSED, "application/problem+json")
    assert answer.json()["field"] == field


async def test_unknown_names_are_not_found(client: httpx.AsyncClient) -> None:
    for address in (
        rows_address("nothing"),
        rows_address("measures", "nothing"),
        f"/api/v1/datasets/{PLAN}/versions/2/tables/measures/rows",
    ):
        answer = await client.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_an_answer_is_revalidated_by_its_etag(client: httpx.AsyncClient) -> None:
    first = await client.get(rows_address("goals"))
    again = await client.get(rows_address("goals"), headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_numbers_keep_every_digit(installation: Installation, make_package: PackageMaker) -> None:
    exact = "123456789012345678.123456789012345670"
    head = (
        "全国地方公共団体コード,ID,地方公共団体名,計画_ID,施策_ID,番号,指標名,説明,単位,現状値,現状,現状年度"
    )
    lines = [
        f"{head},目標値,目標,比較,目標年度,備考",
        f"131156,sample-plan-i1,東京都杉並区,sample-plan,sample-plan-m1,,割合,,,{exact},,,,,,,",
    ]
    publish_folder(installation, make_package(tables={**sample_tables("sample-plan"), "indicators": lines}))
    async with make_client(installation) as client:
        answer = await client.get(rows_address("indicators", "sample-plan"), params={"現状値": exact[:-1]})
    assert json.loads(answer.text, parse_float=Decimal)["rows"][0]["現状値"] == Decimal(exact)
    assert f'"現状値":{exact}' in answer.text


async def test_a_draft_has_no_rows(installation: Installation, make_package: PackageMaker) -> None:
    load_folder(installation, make_package())
    async with make_client(installation) as client:
        assert (await client.get(rows_address("measures", "sample-plan"))).status_code == 404


async def test_a_walk_is_not_continued_in_another_version(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package())
    changed = sample_tables("sample-plan")
    changed["measures"][1] = changed["measures"][1].replace("窓口の改善", "窓口の刷新")
    second = make_package(tables=changed)
    async with make_client(installation) as client:
        first = await get_page(client, rows_address("measures", "sample-plan"), limit="1")
        load_folder(installation, second)
        assert await get_page(client, rows_address("measures", "sample-plan"), limit="1") == first
        publish_folder(installation, second)
        fresh = await get_page(client, rows_address("measures", "sample-plan"), limit="1")
        assert (fresh["version"], fresh["rows"][0]["名称"]) == (2, "窓口の刷新")
        refused = await client.get(first["next"])
        assert (refused.status_code, refused.json()["field"]) == (REFUSED, "cursor")
        old = await get_page(client, "/api/v1/datasets/sample-plan/versions/1/tables/measures/rows")
        assert [row["名称"] for row in old["rows"]] == ["窓口の改善", "電子申請の拡充"]


async def test_a_row_file_is_never_sent(client: httpx.AsyncClient, published: Installation) -> None:
    with published.database.reading() as session:
        renderings = list(session.exec(select(RenderingEntity).where(RenderingEntity.format == "rows")))
    tables = {path.stem for path in FOLDER.glob("*.csv")}
    assert {entry.table_name for entry in renderings} == tables
    for entry in renderings:
        for address in list_addresses(entry):
            assert (await client.get(address)).status_code == 404, address


def list_addresses(entry: RenderingEntity) -> Iterator[str]:
    file_name = f"{entry.table_name}.rows"
    yield f"/dataset/{PLAN}/{file_name}"
    yield f"/dataset/{PLAN}/v/1/{file_name}"
    for name in (file_name, f"{entry.table_name}.csv", f"{PLAN}.rows"):
        yield f"/files/{entry.sha256}/{name}"
    yield f"/id/distribution/{entry.resource_id}"
    yield f"/dataset/{PLAN}/resource/{entry.resource_id}"


async def test_no_reader_hears_of_row_files(client: httpx.AsyncClient, published: Installation) -> None:
    with published.database.reading() as session:
        renderings = list(session.exec(select(RenderingEntity).where(RenderingEntity.format == "rows")))
    addresses = [f"/dataset/{PLAN}{end}" for end in ("", ".json", ".ttl")]
    addresses += ["/catalog.ttl", f"/api/3/action/package_show?id={PLAN}"]
    for address in addresses:
        text = (await client.get(address)).text
        assert PLAN in text
        for entry in renderings:
            assert entry.sha256 not in text
            assert entry.resource_id not in text
