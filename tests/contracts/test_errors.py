from __future__ import annotations

import re
from typing import Any

import html5lib
import httpx
import pytest

from app.model.actor import Action
from app.model.clock import system_clock
from app.people.token import add_token
from app.storage.installation import Installation
from tests.conftest import PLAN, STAFF, PackageMaker, make_client, publish_folder

PAGE = f"/dataset/{PLAN}"
JAPANESE = re.compile(r"[ぁ-ん]")
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
MISSING = (
    "/nothing",
    "/dataset/nothing",
    "/dataset/nothing.ttl",
    "/dataset/nothing/measures.csv",
    f"{PAGE}.n3",
    f"{PAGE}/nothing.csv",
    f"{PAGE}/measures.txt",
    f"{PAGE}/v/9/measures.csv",
    f"{PAGE}/resource/nothing",
    "/organization/nothing",
    "/group/nothing",
    "/id/dataset/nothing",
    "/id/distribution/nothing",
    "/id/organization/nothing",
    "/schemas/nothing/1.0.0.json",
    "/schemas/plan-plans/9.9.9.json",
    "/vocab/nothing.ttl",
    "/static/nothing.css",
    "/files/nothing/measures.csv",
    "/catalog.n4",
)
HOSTILE = (
    "/dataset/%00",
    "/dataset/%00.ttl",
    "/dataset/%00/measures.csv",
    "/dataset/?q=%00",
    "/dataset/?q=%F0%28%8C%28",
    "/dataset/%ED%A0%80",
    "/api/3/action/package_show?id=%00",
    "/api/3/action/package_search?q=%00",
    "/api/3/action/package_search?q=%25_%5C",
    "/api/3/action/package_list?offset=999999999",
    "/api/3/action/organization_show?id=%00",
    "/catalog.ttl?after=%00",
    "/catalog.ttl?after=%F0%9F%98%80",
    "/catalog.ttl?page=999999",
    "/id/distribution/%00",
    "/id/dataset/%00",
    "/files/%00/x.csv",
    f"/files/{'0' * 64}/%00",
    "/organization/%00",
    "/group/%00",
    "/dataset/sample-plan/v/2147483648/measures.csv",
    "/dataset/sample-plan/v/99999999999999999999/measures.csv",
    "/dataset/sample-plan/v/99999999999999999999.zip",
    "/dataset/sample-plan/resource/%00",
    f"/dataset/?q={'a+' * 90}",
    "/dataset/?page=999999",
    "/schemas/%00/%00",
    "/vocab/%00",
    "/static/%00",
    "/api/v1/datasets/sample-plan/tables/measures/rows?limit=1&cursor=%00",
    "/api/v1/datasets/sample-plan/tables/measures/rows?ID=%00",
    "/api/v1/datasets/sample-plan/tables/measures/rows?%00=1",
    "/api/v1/datasets/sample-plan/tables/%00/rows",
    "/api/v1/datasets/%00/tables/measures/rows",
    "/api/v1/datasets/sample-plan/versions/99999999999999999999/tables/measures/rows",
    "/api/v1/datasets/%00/unreleased",
)

pytestmark = pytest.mark.anyio


def _check_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """Check the members that RFC 9457 names, and return the problem."""
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == response.status_code == status
    assert isinstance(problem["type"], str)
    assert JAPANESE.search(problem["detail"]), problem
    assert problem["title"]
    return problem


@pytest.mark.parametrize("path", MISSING)
async def test_what_is_not_there_is_a_problem_for_programs_and_a_page_for_people(
    client: httpx.AsyncClient, path: str
) -> None:
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        _check_problem(await client.get(path, headers=headers), 404)
    head = await client.head(path)
    assert (head.status_code, head.content) == (404, b"")
    page = await client.get(path, headers=BROWSER)
    assert page.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "accept" in page.headers["vary"].lower()
    html5lib.HTMLParser(strict=True).parse(page.text)
    assert JAPANESE.search(page.text)
    assert page.headers["access-control-allow-origin"] == "*"


async def test_no_address_is_an_internal_error(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(either_installation, make_package())
    async with make_client(either_installation) as client:
        statuses = {
            path: ((await client.get(path)).status_code, (await client.head(path)).status_code)
            for path in HOSTILE
        }
    assert {path: got for path, got in statuses.items() if max(got) >= 500} == {}
    assert all(got[0] == got[1] for got in statuses.values())


@pytest.mark.parametrize(
    "path", ["/", PAGE, f"{PAGE}.ttl", f"{PAGE}/measures.csv", "/catalog.ttl", "/healthz"]
)
async def test_another_method_says_which_ones_there_are(client: httpx.AsyncClient, path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        response = await client.request(method, path)
        assert response.status_code == 405
        assert "GET" in response.headers["allow"]
        _check_problem(response, 405)


async def test_a_text_with_nul_matches_nothing(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(either_installation, make_package())
    async with make_client(either_installation) as client:
        for query in ("%00", "見本%00", "見本+%00"):
            found = (await client.get(f"/api/3/action/package_search?q={query}")).json()["result"]
            assert (found["count"], found["results"]) == (0, []), query
            page = await client.get(f"/dataset/?q={query}")
            assert (page.status_code, "sample-plan" in page.text) == (200, False), query
        for path in (
            "/catalog.ttl?after=%00",
            "/api/3/action/package_show?id=sample-plan%00",
            "/dataset/sample-plan%00",
            "/dataset/sample-plan%00.ttl",
            "/id/distribution/%00",
            "/files/%00/x.csv",
            "/static/%00",
            "/api/v1/datasets/%00/unreleased",
        ):
            assert (await client.get(path)).status_code == 404, path


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/dataset/", {"GET", "HEAD"}),
        ("/static/site.css", {"GET", "HEAD"}),
        ("/api/3/action/package_show", {"GET", "HEAD", "POST"}),
        ("/api/v1/uploads", {"POST"}),
        ("/api/v1/datasets/x/record", {"PUT"}),
    ],
)
async def test_allow_names_every_method_of_the_address(
    client: httpx.AsyncClient, path: str, allowed: set[str]
) -> None:
    response = await client.delete(path)
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize("path", ["/", f"{PAGE}/measures.csv", "/api/3/action/package_search", "/nothing"])
async def test_a_preflight_opens_every_path_to_scripts(client: httpx.AsyncClient, path: str) -> None:
    response = await client.options(
        path, headers={"Origin": "https://example.com", "Access-Control-Request-Method": "GET"}
    )
    assert response.status_code in (200, 204)
    assert response.headers["access-control-allow-origin"] == "*"
    assert "GET" in response.headers["access-control-allow-methods"]


async def test_a_wrong_parameter_is_named(client: httpx.AsyncClient) -> None:
    assert _check_problem(await client.get("/catalog.ttl?page=0"), 409)["field"] == "page"
    for path in ("/dataset/?page=0", "/dataset/?page=x", f"/dataset/?q={'a' * 300}"):
        problem = _check_problem(await client.get(path), 400)
        assert problem["field"] in ("page", "q")
        page = await client.get(path, headers=BROWSER)
        assert (page.status_code, page.headers["content-type"]) == (400, "text/html; charset=utf-8")


async def test_what_changes_state_asks_who_is_there(client: httpx.AsyncClient) -> None:
    name = f"/api/v1/datasets/{PLAN}"
    asked = [
        await client.post("/api/v1/uploads", content=b"x"),
        await client.put(f"{name}/draft", content=b"x"),
        await client.get(f"{name}/unreleased"),
        await client.put(f"{name}/record", json={}),
        *[
            await client.post(f"{name}/{act}", json={})
            for act in ("submit", "send-back", "approve", "cancel", "retire", "withdraw")
        ],
    ]
    for response in asked:
        _check_problem(response, 401)
        assert response.headers["www-authenticate"] == "Bearer"
    wrong = {"Authorization": "Bearer shisaku_x"}
    _check_problem(await client.post("/api/v1/uploads", content=b"x", headers=wrong), 401)
    for header in (b"Basic YTpi", b"Bearer", b"Bearer ", b"Bearer \xff", b"Bearer a b"):
        response = await client.post("/api/v1/uploads", headers={b"Authorization": header})
        _check_problem(response, 401)


@pytest.mark.parametrize("text", ["\\u0000", "理由\\u0000", "\\ud800"])
async def test_what_no_database_can_keep_is_refused(
    either_installation: Installation, make_package: PackageMaker, text: str
) -> None:
    publish_folder(either_installation, make_package())
    secret = add_token(either_installation, STAFF, "tester", "t131156", list(Action), 1, system_clock())
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    name = "/api/v1/datasets/sample-plan"
    async with make_client(either_installation) as client:
        for act, body in (
            ("send-back", f'{{"comment": "{text}"}}'),
            ("retire", f'{{"notice": "{text}"}}'),
            ("withdraw", f'{{"number": 1, "reason": "{text}"}}'),
        ):
            response = await client.post(f"{name}/{act}", content=body, headers=headers)
            _check_problem(response, 400)
        sent = await client.post("/api/v1/uploads?file_name=%00", content=b"x", headers=headers)
        _check_problem(sent, 400)
        assert (await client.get("/dataset/sample-plan")).status_code == 200


async def test_our_own_fault_says_nothing_of_the_inside_and_is_open_to_scripts(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package())
    for blob in installation.folder.blobs.rglob("*"):
        if blob.is_file():
            blob.unlink()
    paths = (
        "/catalog.ttl",
        "/dataset/sample-plan.ttl",
        "/dataset/sample-plan",
        "/dataset/sample-plan/measures.csv",
        "/dataset/sample-plan/v/1/measures.csv",
        "/dataset/sample-plan.zip",
    )
    async with make_client(installation) as client:
        for path in paths:
            response = await client.get(path)
            problem = _check_problem(response, 500)
            assert str(installation.folder.root) not in response.text
            assert "Traceback" not in response.text
            assert problem["title"] == "エラー"
            assert response.headers["access-control-allow-origin"] == "*"
            page = await client.get(path, headers=BROWSER)
            assert (page.status_code, page.headers["content-type"]) == (500, "text/html; charset=utf-8")
            head = await client.head(path)
            assert (head.status_code, head.content) == (500, b"")


async def test_a_database_that_fails_is_an_error_and_never_an_empty_list(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package())
    with installation.database.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE record_revision RENAME TO gone")
    async with make_client(installation) as client:
        for action in ("package_list", "package_search", "organization_list?all_fields=true"):
            response = await client.get(f"/api/3/action/{action}")
            assert response.status_code == 500
            assert response.json()["error"]["__type"] == "Internal Server Error"
            assert response.json()["success"] is False
            assert response.headers["access-control-allow-origin"] == "*"
        for path in ("/catalog.ttl", "/dataset/sample-plan.ttl", "/dataset/", "/readyz"):
            assert (await client.get(path)).status_code == 500
        assert (await client.get("/healthz")).status_code == 200


async def test_the_openapi_document_holds_together(client: httpx.AsyncClient) -> None:
    response = await client.get("/openapi.json")
    assert response.status_code == 200
    document = response.json()
    assert document["openapi"].startswith("3.")
    assert document["info"]["title"]
    assert document["info"]["version"]
    operations = [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    assert len({operation["operationId"] for _, _, operation in operations}) == len(operations)
    for path, method, operation in operations:
        assert method in ("get", "post", "put"), path
        assert operation["responses"], path
        assert operation["summary"], path
        declared = {entry["name"] for entry in operation.get("parameters", ()) if entry["in"] == "path"}
        assert declared == set(re.findall(r"{([^}]+)}", path)), path
        assert ":" not in path
    for reference in re.findall(r'"\$ref":\s*"(#[^"]+)"', response.text):
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        assert target


async def test_every_documented_get_without_parameters_answers(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    for path, item in document["paths"].items():
        if "get" in item and "{" not in path and "security" not in item["get"]:
            response = await client.get(path)
            assert response.status_code in (200, 303), path
            assert (await client.head(path)).status_code == response.status_code
