from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from ckanapi import RemoteCKAN
from ckanapi.errors import CKANAPIError, NotFound, SearchQueryError, ValidationError

from app.serve.actions import ACTIONS
from tests.conftest import PLAN

TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}")
TAG = re.compile(r"[\w\-. ]{2,100}")
Json = dict[str, Any]


@pytest.fixture(params=[False, True], ids=["post", "get"])
def ckan(server: str, request: pytest.FixtureRequest) -> Iterator[RemoteCKAN]:
    with RemoteCKAN(server, apikey="no-key-of-ours", get_only=request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def http(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server) as opened:
        yield opened


@pytest.fixture(scope="module")
def package(http: httpx.Client) -> Json:
    shown: Json = http.get(f"/api/3/action/package_show?id={PLAN}").json()["result"]
    return shown


def test_a_ckan_client_walks_the_catalogue(ckan: RemoteCKAN) -> None:
    assert ckan.action.site_read() is True
    assert ckan.action.status_show()["locale_default"] == "ja"
    names = ckan.action.package_list()
    assert PLAN in names
    assert names == sorted(set(names))
    shown = ckan.action.package_show(id=PLAN)
    assert shown["name"] == PLAN
    assert ckan.action.package_show(id=shown["id"]) == shown
    for name in names:
        assert ckan.action.package_show(id=name)["name"] == name


def test_a_ckan_client_searches_in_japanese(ckan: RemoteCKAN) -> None:
    every = ckan.action.package_list()
    found = ckan.action.package_search(q="杉並 デジタル化")
    assert [one["name"] for one in found["results"]] == [PLAN, "131156-ict-action-plan-2017"]
    assert ckan.action.package_search(q="杉並区で見つからない語")["count"] == 0
    assert ckan.action.package_search(q="*:*")["count"] == len(every)
    assert ckan.action.package_search()["count"] == len(every)
    only_count = ckan.action.package_search(rows=0)
    assert (only_count["count"], only_count["results"]) == (len(every), [])
    past = ckan.action.package_search(start=10_000, rows=100)
    assert (past["count"], past["results"]) == (len(every), [])
    walked = [
        one["name"]
        for start in range(len(every))
        for one in ckan.action.package_search(start=start, rows=1, sort="name asc")["results"]
    ]
    assert walked == every
    assert ckan.action.package_search(rows=1000)["count"] == len(every)


def test_the_command_ckanapi_dumps_and_searches_all(server: str) -> None:
    def run(*arguments: str) -> list[Json]:
        beside = str(Path(sys.executable).parent)  # where it looks for itself, to start its workers
        environment = {**os.environ, "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}
        command = [f"{beside}/ckanapi", *arguments, "-r", server]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    names = httpx.get(f"{server}/api/3/action/package_list").json()["result"]
    dumped = run("dump", "datasets", "--all", "--datastore-fields")
    assert sorted(package["name"] for package in dumped) == names
    for package in dumped:
        for resource in package["resources"]:
            assert ("datastore_fields" in resource) == (resource["format"] == "CSV")
    searched = run("search", "datasets")
    assert sorted(package["name"] for package in searched) == names
    assert len(run("dump", "organizations", "--all")) > 0
    assert len(run("dump", "groups", "--all")) > 0


def test_a_search_result_says_as_much_as_package_show(ckan: RemoteCKAN) -> None:
    for found in ckan.action.package_search(rows=1000)["results"]:
        assert found == ckan.action.package_show(id=found["name"])


def test_a_ckan_client_reads_organizations(ckan: RemoteCKAN) -> None:
    names = ckan.action.organization_list()
    assert {"shisaku", "t131156"} <= set(names)
    assert names == sorted(names)
    described = ckan.action.organization_list(all_fields=True)
    assert [one["name"] for one in described] == names
    shown = ckan.action.organization_show(id="shisaku", include_datasets=True)
    assert shown["package_count"] == len(shown["packages"]) == len(ckan.action.package_list())
    assert ckan.action.organization_show(id=shown["id"])["name"] == "shisaku"
    assert ckan.action.organization_list(limit=2, offset=1) == names[1:3]


def test_a_ckan_client_gets_its_own_exceptions(ckan: RemoteCKAN) -> None:
    with pytest.raises(NotFound):
        ckan.action.package_show(id="nothing-of-that-name")
    with pytest.raises(NotFound):
        ckan.action.organization_show(id="nothing-of-that-name")
    with pytest.raises(ValidationError):
        ckan.action.package_show()
    with pytest.raises(ValidationError):
        ckan.action.package_search(rows="many")
    with pytest.raises(SearchQueryError):
        ckan.action.package_search(q="title:(")
    with pytest.raises(CKANAPIError, match="Action name not known: package_guess"):
        ckan.action.package_guess()


@pytest.mark.parametrize("root", ["/api/3/action", "/api/action"])
def test_every_form_of_request_is_understood(http: httpx.Client, root: str) -> None:
    address = f"{root}/package_show"
    body = json.dumps({"id": PLAN})
    answers = [
        http.get(f"{address}?id={PLAN}"),
        http.get(f"{address}?id={PLAN}", headers={"Content-Type": "application/json"}),
        http.get(f"{address}?id={PLAN}&unknown=1&include_private=True&use_default_schema=true"),
        http.get(f"{address}?id={PLAN}", headers={"Authorization": "x", "X-CKAN-API-Key": "y"}),
        http.get(f"{address}?id={PLAN}", headers={"Authorization": "Bearer not-a-token"}),
        http.get(f"{address}?id={PLAN}", headers={"Accept": "text/html"}),
        http.post(address, content=body, headers={"Content-Type": "application/json"}),
        http.post(address, content=body, headers={"Content-Type": "application/json; charset=utf-8"}),
        http.post(address, content=body),
        http.post(address, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}),
        http.post(address, data={"id": PLAN}),
        http.post(f"{address}?id={PLAN}"),
        http.post(f"{address}?id={PLAN}", content=b"", headers={"Content-Type": "application/json"}),
        http.post(f"{address}?id={PLAN}", content=b"{}", headers={"Content-Type": "application/json"}),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.request.headers
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert answer.headers["content-length"] == str(len(answer.content))
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "set-cookie" not in answer.headers
        assert answer.json() == answers[0].json()
    assert answers[0].json().keys() == {"help", "success", "result"}
    head = http.head(f"{address}?id={PLAN}")
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "date": ""} == {**answers[0].headers, "date": ""}


def test_the_media_type_of_a_form_is_read_without_case(http: httpx.Client) -> None:
    headers = {"Content-Type": "Application/X-WWW-Form-URLEncoded; charset=UTF-8"}
    answer = http.post("/api/3/action/package_show", content=f"id={PLAN}", headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("text", ["true", "True", "1"])
@pytest.mark.parametrize("other", ["false", "False", "0"])
def test_booleans_are_read_as_ckan_reads_them(http: httpx.Client, text: str, other: str) -> None:
    address = "/api/3/action/organization_list"
    for value, kind in ((text, dict), (other, str)):
        for answer in (
            http.get(address, params={"all_fields": value}),
            http.post(address, data={"all_fields": value}),
            http.post(address, json={"all_fields": value}),
        ):
            assert {type(one) for one in answer.json()["result"]} == {kind}
    for native, kind in ((True, dict), (False, str), (1, dict), (0, str)):
        answer = http.post(address, json={"all_fields": native})
        assert {type(one) for one in answer.json()["result"]} == {kind}


@pytest.mark.parametrize("path", ["/api/3", "/api"])
def test_the_api_says_its_version(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert (answer.status_code, answer.json()) == (200, {"version": 3})
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    ("action", "parameters", "status", "kind", "field"),
    [
        ("package_show", {"id": "nothing"}, 404, "Not Found Error", "message"),
        ("package_show", {"id": PLAN.upper()}, 404, "Not Found Error", "message"),
        ("package_show", {"id": f"{PLAN}\x00"}, 404, "Not Found Error", "message"),
        ("organization_show", {"id": "t999999"}, 404, "Not Found Error", "message"),
        ("help_show", {"name": "nothing"}, 404, "Not Found Error", "message"),
        ("package_show", {}, 409, "Validation Error", "id"),
        ("package_show", {"id": " "}, 409, "Validation Error", "id"),
        ("organization_show", {}, 409, "Validation Error", "id"),
        ("package_list", {"limit": "ten"}, 409, "Validation Error", "limit"),
        ("package_list", {"limit": "-1"}, 409, "Validation Error", "limit"),
        ("package_list", {"offset": "1.5"}, 409, "Validation Error", "offset"),
        ("package_search", {"rows": "-1"}, 409, "Validation Error", "rows"),
        ("package_search", {"start": "x"}, 409, "Validation Error", "start"),
        ("package_search", {"start": "９"}, 409, "Validation Error", "start"),
        ("package_search", {"q": "title:("}, 400, "Search Query Error", "message"),
        ("package_search", {"sort": "; DROP TABLE event"}, 400, "Search Query Error", "message"),
    ],
)
def test_errors_come_in_the_envelope_with_their_status(
    http: httpx.Client, action: str, parameters: dict[str, str], status: int, kind: str, field: str
) -> None:
    address = f"/api/3/action/{action}"
    for answer in (http.get(address, params=parameters), http.post(address, json=parameters)):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        envelope = answer.json()
        assert envelope.keys() == {"help", "success", "error"}
        assert envelope["success"] is False
        assert envelope["help"].endswith(f"/api/3/action/help_show?name={action}")
        assert envelope["error"]["__type"] == kind
        told = envelope["error"][field]
        assert re.search(r"[ぁ-ん]", told if isinstance(told, str) else told[0])
        assert isinstance(told, str) == (field == "message")


def test_an_unknown_action_is_a_plain_sentence(http: httpx.Client) -> None:
    for answer in (http.get("/api/3/action/package_guess"), http.post("/api/action/package_guess", json={})):
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.json() == "Bad request: Action name not known: package_guess"


@pytest.mark.parametrize(
    "body",
    [b"{", b"[1]", b'"id"', b"[" * 100_000, b"\xff\xfe", b"9" * 5000, b'{"id": ' + b"9" * 5000 + b"}"],
)
def test_a_body_that_cannot_be_read_is_an_error_of_the_caller(http: httpx.Client, body: bytes) -> None:
    answer = http.post(
        "/api/3/action/package_show", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 409)
    assert answer.json()["success"] is False


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("package_show", b'{"id": "\\ud800"}'),
        ("package_show", b'{"id": {"a": 1}}'),
        ("package_search", b'{"q": "\\udfff"}'),
        ("package_search", b'{"q": "\\u0000"}'),
        ("package_search", json.dumps({"q": "語 " * 1500}).encode()),
        ("package_search", json.dumps({"q": "語" * 60_000}).encode()),
        ("package_search", b'{"rows": 1e400}'),
        ("package_list", b'{"limit": 123456789012345678901234567890}'),
        ("organization_show", b'{"id": "\\ud800"}'),
        ("help_show", b'{"name": "\\ud800"}'),
    ],
)
def test_hostile_parameters_are_never_our_fault(http: httpx.Client, action: str, body: bytes) -> None:
    answer = http.post(f"/api/3/action/{action}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code < 500, body[:80]
    assert answer.json().keys() >= {"help", "success"}


def test_a_body_without_an_end_is_refused_as_too_large(http: httpx.Client) -> None:
    answer = http.post("/api/3/action/package_show", content=b" " * 2_000_000)
    assert answer.status_code == 413
    assert answer.json()["success"] is False
    assert answer.headers["access-control-allow-origin"] == "*"


def test_another_method_is_not_our_fault(http: httpx.Client) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        answer = http.request(method, "/api/3/action/package_show")
        assert answer.status_code == 405
        assert answer.headers["content-type"].startswith("application/json")
        assert "GET" in answer.headers["allow"]
        assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize(
    "path", ["/api/3/nothing", "/api/nothing", "/api/2/rest/dataset", "/api/3/action", "/api/"]
)
@pytest.mark.parametrize("accept", ["*/*", "text/html,application/xhtml+xml"])
def test_unknown_paths_under_api_answer_in_json(http: httpx.Client, path: str, accept: str) -> None:
    answer = http.get(path, headers={"Accept": accept})
    assert answer.status_code == 404
    assert re.match(r"application/(problem\+)?json", answer.headers["content-type"])
    assert isinstance(answer.json(), dict)


def test_jsonp_wraps_the_envelope_on_get_alone(http: httpx.Client) -> None:
    address = "/api/3/action/package_list"
    plain = http.get(address)
    wrapped = http.get(f"{address}?callback=jQuery.load_1")
    assert wrapped.status_code == 200
    assert wrapped.headers["content-type"] == "application/javascript; charset=utf-8"
    assert wrapped.text == f"jQuery.load_1({plain.text});"
    for name in ("alert(1)", "a b", "a;b", "<script>", "1a", "a" * 200, "あ"):
        refused = http.get(f"{address}?callback={quote(name)}")
        assert refused.status_code == 409, name
        assert refused.headers["content-type"].startswith("application/json")
    assert http.post(address, data={"callback": "load"}).json() == plain.json()


def test_every_action_has_a_help_text_and_the_url_of_help_shows_it(http: httpx.Client) -> None:
    for action in ACTIONS:
        helped = http.get("/api/3/action/help_show", params={"name": action})
        assert len(helped.json()["result"]) > 20
        url = http.get(f"/api/3/action/{action}").json()["help"]
        assert url == f"{str(http.base_url).rstrip('/')}/api/3/action/help_show?name={action}"


def test_status_show_has_what_clients_ask_before_they_search(http: httpx.Client) -> None:
    status = http.get("/api/3/action/status_show").json()["result"]
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", status["ckan_version"])
    assert status["extensions"] == []
    assert status["site_url"] == str(http.base_url).rstrip("/")
    for key in ("site_title", "site_description", "error_emails_to", "locale_default"):
        assert isinstance(status[key], str)


PACKAGE_TEXTS = (
    "id name title notes type state license_id license_title license_url url version author author_email "
    "maintainer maintainer_email owner_org metadata_created metadata_modified"
)
ORGANIZATION_TEXTS = "id name title type description image_url created approval_status state"
RESOURCE_TEXTS = (
    "id package_id name description format hash created last_modified metadata_modified state url"
)


def test_a_package_has_every_key_with_its_type(package: Json) -> None:
    for key in PACKAGE_TEXTS.split():
        assert isinstance(package[key], str), key
    assert str(uuid.UUID(package["id"])) == package["id"]
    assert re.fullmatch(r"[a-z0-9_-]{2,100}", package["name"])
    assert package["title"]
    assert package["notes"]
    assert (package["type"], package["state"], package["private"]) == ("dataset", "active", False)
    assert (package["license_id"], package["isopen"]) == ("CC-BY-4.0", True)
    assert package["license_title"] == "クリエイティブ・コモンズ 表示 4.0 国際"
    assert package["license_url"] == "https://creativecommons.org/licenses/by/4.0/"
    for key in ("author_email", "maintainer_email"):
        assert package[key] == "" or "@" in package[key]
    assert TIME.fullmatch(package["metadata_created"])
    assert TIME.fullmatch(package["metadata_modified"])
    assert package["metadata_created"] <= package["metadata_modified"]
    assert package["num_resources"] == len(package["resources"]) > 0
    assert package["num_tags"] == len(package["tags"])
    assert package["relationships_as_subject"] == package["relationships_as_object"] == []
    assert package["creator_user_id"] is None or isinstance(package["creator_user_id"], str)
    assert len(package["version"]) <= 100
    beside = "private isopen organization groups tags extras resources num_resources num_tags creator_user_id"
    beside += " relationships_as_subject relationships_as_object"
    assert package.keys() == {*PACKAGE_TEXTS.split(), *beside.split()}


def test_its_organization_groups_and_tags_are_as_ckan_checks_them(package: Json) -> None:
    organization = package["organization"]
    for key in ORGANIZATION_TEXTS.split():
        assert isinstance(organization[key], str), key
    assert organization["id"] == package["owner_org"]
    assert organization["is_organization"] is True
    assert (organization["type"], organization["approval_status"], organization["state"]) == (
        "organization",
        "approved",
        "active",
    )
    assert package["groups"]
    for group in package["groups"]:
        assert group.keys() == {"id", "name", "title", "description", "display_name", "image_display_url"}
        assert all(isinstance(value, str) for value in group.values())
    folded = [tag["name"].casefold().replace(" ", "") for tag in package["tags"]]
    assert len(set(folded)) == len(folded) > 0
    for tag in package["tags"]:
        assert tag.keys() == {"id", "name", "display_name", "state", "vocabulary_id"}
        assert TAG.fullmatch(tag["name"])
        assert tag["vocabulary_id"] is None


def test_its_extras_hide_no_field_and_are_never_empty(package: Json) -> None:
    keys = [extra["key"] for extra in package["extras"]]
    assert len(set(keys)) == len(keys)
    assert not set(keys) & {*package, "id"}
    assert all(extra.keys() == {"key", "value"} for extra in package["extras"])
    assert all(isinstance(extra["value"], str) and extra["value"] for extra in package["extras"])
    values = {extra["key"]: extra["value"] for extra in package["extras"]}
    wanted = "issued modified frequency language theme temporal_start temporal_end spatial_uri spatial "
    wanted += "publisher_name publisher_uri contact_name access_rights conforms_to identifier uri"
    assert set(wanted.split()) <= values.keys()
    for key in ("theme", "conforms_to"):
        assert all(isinstance(item, str) for item in json.loads(values[key]))
    assert json.loads(values["spatial"])["type"] == "Polygon"


def test_its_resources_have_every_key_and_answer_at_once(package: Json, http: httpx.Client) -> None:
    identifiers = [resource["id"] for resource in package["resources"]]
    assert len(set(identifiers)) == len(identifiers)
    assert [resource["position"] for resource in package["resources"]] == list(range(len(identifiers)))
    for resource in package["resources"]:
        for key in RESOURCE_TEXTS.split():
            assert isinstance(resource[key], str), key
        assert str(uuid.UUID(resource["id"])) == resource["id"]
        assert resource["package_id"] == package["id"]
        assert resource["format"] == resource["format"].upper() != ""
        for key in ("mimetype_inner", "cache_url", "cache_last_updated"):
            assert resource[key] is None
        assert not resource["url_type"]
        assert resource["resource_type"] == "file"
        assert type(resource["size"]) is int
        assert type(resource["datastore_active"]) is bool
        for key in ("created", "last_modified", "metadata_modified"):
            assert TIME.fullmatch(resource[key])
        answer = http.get(resource["url"])
        assert answer.status_code == 200
        assert len(answer.content) == resource["size"]
        assert answer.headers["etag"] == f'"{resource["hash"]}"'
        assert resource["mimetype"] == answer.headers["content-type"].partition(";")[0]
        page = http.get(f"/dataset/{package['name']}/resource/{resource['id']}")
        assert page.status_code == 200
