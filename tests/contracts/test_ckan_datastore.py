"""`datastore_search` and the dump: the rows of every CSV, as CKAN gives them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import httpx
import pytest

from tests.conftest import PLAN

pytestmark = pytest.mark.anyio

SEARCH = "/api/3/action/datastore_search"
Json = dict[str, Any]


@pytest.fixture
async def measures(client: httpx.AsyncClient) -> str:
    return await _find(client, "measures.csv")


async def _find(client: httpx.AsyncClient, file: str) -> str:
    package = (await client.get(f"/api/3/action/package_show?id={PLAN}")).json()["result"]
    return next(str(one["id"]) for one in package["resources"] if one["url"].endswith(f"/{file}"))


async def call(client: httpx.AsyncClient, **parameters: Any) -> Json:  # noqa: ANN401  # JSON
    answer = await client.post(SEARCH, json=parameters)
    assert answer.status_code == 200, answer.text
    result: Json = answer.json()["result"]
    return result


async def test_every_active_resource_has_rows_that_are_those_of_its_csv(client: httpx.AsyncClient) -> None:
    package = (await client.get(f"/api/3/action/package_show?id={PLAN}")).json()["result"]
    active = [one for one in package["resources"] if one["datastore_active"]]
    assert active == [one for one in package["resources"] if one["format"] == "CSV"] != []
    for resource in active:
        lines = list(csv.reader(io.StringIO((await client.get(resource["url"])).text)))
        result = await call(client, resource_id=resource["id"], limit=32000)
        assert [field["id"] for field in result["fields"]] == ["_id", *lines[0]]
        assert result["fields"][0] == {"id": "_id", "type": "int"}
        assert result["total"] == len(lines) - 1 == len(result["records"])
        as_texts = [
            ["" if value is None else str(value) for value in one.values()] for one in result["records"]
        ]
        assert as_texts == [[str(number), *line] for number, line in enumerate(lines[1:], start=1)]
        dumped = await client.get(f"/datastore/dump/{resource['id']}?format=csv&bom=true")
        assert dumped.headers["content-type"] == "text/csv; charset=utf-8"
        assert dumped.content.startswith(b"\xef\xbb\xbf")
        dump = list(csv.reader(io.StringIO(dumped.content.decode("utf-8-sig"))))
        assert dump == [["_id", *lines[0]], *as_texts]


async def test_types_are_those_of_the_schema(client: httpx.AsyncClient) -> None:
    result = await call(client, resource_id=await _find(client, "schedule.csv"), limit=1)
    types = {field["id"]: field["type"] for field in result["fields"]}
    assert (types["年度"], types["ID"], types["状態"]) == ("int", "text", "text")
    record = result["records"][0]
    assert isinstance(record["年度"], int)
    assert isinstance(record["ID"], str)


async def test_pages_filters_orders_and_forms(client: httpx.AsyncClient, measures: str) -> None:
    every = (await call(client, resource_id=measures, limit=1000))["records"]
    assert [record["_id"] for record in every] == list(range(1, len(every) + 1))
    page = await call(client, id=measures, limit=10, offset=20)
    assert page["records"] == every[20:30]
    assert (page["limit"], page["offset"], page["total"]) == (10, 20, len(every))
    following = (await client.get(page["_links"]["next"])).json()["result"]
    assert following["records"] == every[30:40]
    assert (await client.get(page["_links"]["start"])).json()["result"]["records"] == every[:10]
    none = await call(client, resource_id=measures, limit=0)
    assert (none["records"], none["total"], len(none["fields"])) == ([], len(every), len(every[0]))
    assert "total" not in await call(client, resource_id=measures, include_total=False)
    assert (await call(client, resource_id=measures, offset=10_000))["records"] == []

    ids = [every[3]["ID"], every[1]["ID"]]
    for filters in ({"ID": ids}, json.dumps({"ID": ids}), {"_id": [2, 4]}, {"_id": ["2", "4"]}):
        found = await call(client, resource_id=measures, filters=filters)
        assert (found["records"], found["total"]) == ([every[1], every[3]], 2)
    empty = await call(client, resource_id=measures, filters={"再掲元_ID": None})
    assert empty["records"] == [record for record in every if record["再掲元_ID"] is None][:100]
    assert (await call(client, resource_id=measures, filters={"ID": []}))["total"] == 0

    word = every[5]["名称"][2:6]
    found = await call(client, resource_id=measures, q=word)
    assert found["records"] == [
        record for record in every if any(word in str(one) for one in record.values())
    ]
    assert (await call(client, resource_id=measures, q="100%_見つからない"))["total"] == 0

    named = await call(client, resource_id=measures, fields="名称,_id", sort='"名称" desc, _id asc', limit=5)
    assert [list(record) for record in named["records"]] == [["名称", "_id"]] * 5
    assert [field["id"] for field in named["fields"]] == ["名称", "_id"]
    assert [one["_id"] for one in named["records"]] == [
        one["_id"] for one in sorted(every, key=lambda one: one["名称"].encode(), reverse=True)[:5]
    ]
    kinds = await call(client, resource_id=measures, fields=["関係課"], distinct="true", sort="関係課")
    values = sorted({record["関係課"] for record in every if record["関係課"]}, key=str.encode)
    assert len(values) > 2
    assert [one["関係課"] for one in kinds["records"]] == [*values, None]
    assert kinds["total"] == len(values) + 1

    lists = await call(client, resource_id=measures, fields=["_id", "ID"], limit=2, records_format="lists")
    assert lists["records"] == [[1, every[0]["ID"]], [2, every[1]["ID"]]]
    for form, separator in (("csv", ","), ("tsv", "\t")):
        text = await call(client, resource_id=measures, fields=["_id", "ID"], limit=2, records_format=form)
        assert text["records"] == f"1{separator}{every[0]['ID']}\n2{separator}{every[1]['ID']}\n"


async def test_numbers_sort_by_value_and_empty_cells_come_last(client: httpx.AsyncClient) -> None:
    schedule = await _find(client, "schedule.csv")
    every = (await call(client, resource_id=schedule, limit=32000, fields=["_id", "年度", "行"]))["records"]
    found = await call(
        client, resource_id=schedule, limit=32000, fields=["_id", "年度", "行"], sort="行 desc, 年度"
    )
    key = lambda one: (one["年度"] is None, one["年度"] or 0, one["_id"])  # noqa: E731  # beside its use
    by_line = sorted(
        sorted(every, key=key), key=lambda one: (one["行"] is None, one["行"] or 0), reverse=True
    )
    assert found["records"] == by_line


async def test_dumps_take_what_the_search_takes(client: httpx.AsyncClient, measures: str) -> None:
    every = (await call(client, resource_id=measures, limit=1000))["records"]
    dumped = await client.get(f"/datastore/dump/{measures}?format=json&limit=2&fields=_id,ID")
    assert dumped.headers["content-type"] == "application/json; charset=utf-8"
    assert dumped.json()["records"] == [[1, every[0]["ID"]], [2, every[1]["ID"]]]
    assert dumped.json()["fields"] == [{"id": "_id", "type": "int"}, {"id": "ID", "type": "text"}]
    tabbed = await client.get(f"/datastore/dump/{measures}?format=tsv&limit=1&offset=1&fields=ID&bom=False")
    assert tabbed.text == f"ID\n{every[1]['ID']}\n"
    head = await client.head(f"/datastore/dump/{measures}")
    whole = await client.get(f"/datastore/dump/{measures}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"] == str(len(whole.content))
    assert whole.headers["access-control-allow-origin"] == "*"


async def test_what_cannot_be_asked_is_told(client: httpx.AsyncClient, measures: str) -> None:
    zipped = await _find(client, f"{PLAN}.zip")
    for unknown in ("nothing", zipped, "\x00"):
        answer = await client.post(SEARCH, json={"resource_id": unknown})
        assert (answer.status_code, answer.json()["error"]["__type"]) == (404, "Not Found Error")
    assert (await client.get("/datastore/dump/nothing")).status_code == 404
    for wrong in (
        {"resource_id": ""},
        {"filters": {"nothing": 1}},
        {"filters": "{"},
        {"filters": [1]},
        {"filters": {"_id": "x"}},
        {"fields": "nothing"},
        {"sort": "nothing desc"},
        {"sort": "ID; DROP TABLE data"},
        {"records_format": "xml"},
        {"limit": -1},
        {"offset": "x"},
        {"distinct": True, "fields": "ID", "sort": "名称"},
    ):
        answer = await client.post(SEARCH, json={"resource_id": measures, **wrong})
        assert (answer.status_code, answer.json()["error"]["__type"]) == (409, "Validation Error"), wrong
    assert (await client.get(f"/datastore/dump/{measures}?format=xml")).status_code == 400
    sql = await client.get("/api/3/action/datastore_search_sql?sql=SELECT+1")
    assert (sql.status_code, sql.json()) == (
        400,
        "Bad request: Action name not known: datastore_search_sql",
    )
