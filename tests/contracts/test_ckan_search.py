"""`package_search`: the query forms that clients send, orders, pages, facets."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.conftest import PLAN

pytestmark = pytest.mark.anyio

SEARCH = "/api/3/action/package_search"
PAST, FUTURE = "2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"
TITLE = "杉並区デジタル化推進計画"


async def search(client: httpx.AsyncClient, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401  # what httpx takes
    answer = await client.get(SEARCH, params=parameters)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()["result"]
    return result


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        ("*:*", 1),
        (TITLE, 1),
        ("デジタル", 1),
        ("ﾃﾞｼﾞﾀﾙ 杉並", 1),
        ("でじたる", 1),
        ("窓", 1),
        ("デジタル 見つからない語", 0),
        ("見つからない語 OR デジタル", 1),
        (f'title:"{TITLE}"', 1),
        (f"title:*{TITLE[3:7]}*", 1),
        ("title:施策_ID", 0),
        ("施策_ID", 1),
        ("NOT 見つからない語", 1),
        ("-デジタル", 0),
        (f"name:{PLAN}", 1),
        ("name:*2022", 1),
        ("name:131156*", 1),
        ("name:131157*", 0),
        ("name:[131156 TO 131157]", 1),
        ("res_format:CSV", 1),
        ("res_format:csv", 0),
        ("license_id:CC-BY-4.0", 1),
        ("organization:shisaku", 1),
        ("organization:t131156 OR organization:t131202", 0),
        ("organization:shisaku OR organization:t131202 groups:gove", 1),
        ("organization:shisaku OR organization:t131202 groups:econ", 0),
        ("-organization:t131156 -groups:econ", 1),
        ("local_government_code:131156", 1),
        ("tags:*デジタル*", 1),
        ("xckan_title:*デジタル* OR tags:*デジタル*", 1),
        ("xckan_title:*デジタル*", 0),
        ("NOT xckan_title:*デジタル*", 1),
        (f"metadata_modified:[{PAST} TO *]", 1),
        (f"metadata_modified:[* TO {PAST}]", 0),
        (f"metadata_modified:[{PAST}%20TO%20*]", 1),
        (f'(metadata_modified:["{FUTURE}" TO *] OR metadata_created:["{PAST}" TO *])', 1),
        ("metadata_created:[2026-04-01 TO 2026-04-01]", 1),
        ("metadata_modified:2026-04-01T00:00:00Z", 1),
        ("dataset_type:dataset +state:active capacity:public", 1),
        ("private:true", 0),
        ("tags:(存在しない OR 計画) OR title:デジタル", 1),
        ("nothing:[* TO *]", 0),
        ("title:[* TO *]", 1),
        ("計画 - デジタル・トランスフォーメーション", 0),
        ("杉並区 - 計画", 1),
        ("a\\:b", 0),
    ],
)
async def test_a_query_finds_the_plan_or_not_in_q_and_in_fq(
    client: httpx.AsyncClient, query: str, count: int
) -> None:
    for parameters in (
        {"q": query},
        {"fq": query},
        {"q": "*:*", "fq_list": f'["{quote("*:*")}"]', "fq": query},
    ):
        if "fq_list" in parameters:
            parameters["fq_list"] = '["*:*", "state:active"]'
        found = await search(client, **parameters)
        assert (found["count"], len(found["results"])) == (count, count), parameters
    for body in ({"q": query}, {"fq": [query]}, {"fq_list": [query, "*:*"]}):
        answer = await client.post(SEARCH, json=body)
        assert answer.json()["result"]["count"] == count, body


@pytest.mark.parametrize(
    "query", ["title:(", "(a", 'a"', "[a TO", "metadata_modified:[昨日 TO *]", "OR", "a AND"]
)
@pytest.mark.parametrize("key", ["q", "fq"])
async def test_what_cannot_be_read_is_a_search_query_error(
    client: httpx.AsyncClient, query: str, key: str
) -> None:
    for answer in (
        await client.get(SEARCH, params={key: query}),
        await client.post(SEARCH, json={key: query}),
    ):
        assert (answer.status_code, answer.json()["success"]) == (400, False)
        assert answer.json()["error"]["__type"] == "Search Query Error"
        assert "検索式" in answer.json()["error"]["message"] or "時刻" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "sort",
    [
        "id asc",
        "name asc",
        "name",
        "metadata_modified desc",
        "title_string asc",
        "score desc",
        "score desc, metadata_modified desc",
        "title_string desc,name asc",
    ],
)
async def test_every_order_is_taken_and_told(client: httpx.AsyncClient, sort: str) -> None:
    for query in ("", "計画"):
        found = await search(client, sort=sort, q=query)
        assert (found["count"], found["sort"]) == (1, sort)


@pytest.mark.parametrize("sort", ["views_recent desc", "name down", ";", "name asc,", "id asc desc"])
async def test_another_order_is_refused(client: httpx.AsyncClient, sort: str) -> None:
    answer = await client.get(SEARCH, params={"sort": sort})
    assert (answer.status_code, answer.json()["error"]["__type"]) == (400, "Search Query Error")


async def test_facets_count_values_and_name_them(client: httpx.AsyncClient) -> None:
    fields = ["organization", "groups", "tags", "res_format", "license_id", "nothing"]
    quoted = '["' + '", "'.join(fields) + '"]'
    found = await search(client, rows=0, **{"facet.field": quoted, "facet.limit": -1})
    assert found["results"] == []
    assert list(found["facets"]) == fields
    assert found["facets"]["res_format"] == {"CSV": 1, "JSON": 1, "TTL": 1, "XLSX": 1, "ZIP": 1}
    assert found["facets"]["license_id"] == {"CC-BY-4.0": 1}
    assert found["facets"]["nothing"] == {}
    described = found["search_facets"]["groups"]
    assert described["title"] == "groups"
    assert {"name": "gove", "display_name": "行政", "count": 1} in described["items"]
    posted = (await client.post(SEARCH, json={"rows": 0, "facet.field": fields, "facet.limit": -1})).json()
    assert posted["result"]["facets"] == found["facets"]
    limited = await search(client, rows=0, **{"facet.field": '["res_format"]', "facet.limit": 2})
    assert limited["facets"] == {"res_format": {"CSV": 1, "JSON": 1}}
    assert (await search(client, rows=0, **{"facet.field": quoted, "facet.mincount": 2}))["facets"][
        "res_format"
    ] == {}
    assert (await search(client, rows=0, **{"facet.field": quoted, "facet": "false"}))["facets"] == {}
    assert (await search(client, q="見つからない語", **{"facet.field": quoted}))["facets"]["tags"] == {}


async def test_what_the_search_does_not_know_changes_nothing(client: httpx.AsyncClient) -> None:
    plain = (await client.get(SEARCH)).json()
    ignored = {
        "include_private": "true",
        "include_drafts": "true",
        "include_deleted": "true",
        "use_default_schema": "true",
        "ext_bbox": "1,2,3,4",
        "defType": "edismax",
        "unheard": "of",
    }
    headers = {"Authorization": "some-key", "X-CKAN-API-Key": "some-key"}
    assert (await client.get(SEARCH, params=ignored, headers=headers)).json() == plain
    assert (await client.post(SEARCH, json={**ignored, "include_private": True})).json() == plain


async def test_groups_tags_and_completion(client: httpx.AsyncClient) -> None:
    async def call(action: str, **parameters: str) -> Any:  # noqa: ANN401  # JSON
        answer = await client.get(f"/api/3/action/{action}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    groups = await call("group_list")
    assert groups == sorted(groups)
    described = await call("group_list", all_fields="true", sort="package_count desc", limit="2")
    assert [entry["package_count"] for entry in described] == [1, 1]
    shown = await call("group_show", id=described[0]["name"], include_datasets="true")
    assert shown["id"] == described[0]["id"]
    assert [package["name"] for package in shown["packages"]] == [PLAN]
    assert await call("group_show", id=shown["id"], include_datasets="true") == shown
    tags = await call("tag_list")
    assert tags == sorted(tags) != []
    assert await call("tag_list", query=tags[0][1:]) == [tag for tag in tags if tags[0][1:] in tag]
    tag = await call("tag_show", id=tags[0])
    assert (tag["name"], tag in await call("tag_list", all_fields="1")) == (tags[0], True)
    assert next(entry["id"] for entry in await call("license_list")) == "CC-BY-4.0"
    assert await call("user_list") == await call("vocabulary_list") == []
    for text, field in ((PLAN[:8], "name"), ("デジタル化", "title")):
        completed = await call("package_autocomplete", q=text)
        assert [(one["name"], one["match_field"]) for one in completed] == [(PLAN, field)]
    assert await call("package_autocomplete", q="見つからない") == []
    for action in ("group_show", "tag_show", "resource_show"):
        missing = await client.get(f"/api/3/action/{action}?id=nothing")
        assert (missing.status_code, missing.json()["error"]["__type"]) == (404, "Not Found Error")
    for query in ("", "nothing:a"):
        answer = await client.get("/api/3/action/resource_search", params={"query": query})
        assert answer.status_code == 409
    by_format = await call("resource_search", query="format:xlsx", order_by="id", limit="2", offset="1")
    every = await call("resource_search", query="format:xlsx", order_by="id")
    assert every["count"] == len(every["results"]) > 3
    assert by_format == {"count": every["count"], "results": every["results"][1:3]}
    both = (
        await client.post("/api/3/action/resource_search", json={"query": ["format:csv", "name:施策"]})
    ).json()
    assert both["result"]["count"] >= 1
    assert all(entry["format"] == "CSV" and "施策" in entry["name"] for entry in both["result"]["results"])
