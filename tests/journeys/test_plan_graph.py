from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pyoxigraph
import pytest
from rdflib import RDF, Graph, Namespace, URIRef

from app.main import create_app
from app.settings import Settings
from app.storage.installation import Installation, open_installation
from tests.conftest import (
    BASE,
    PLAN,
    START,
    PackageMaker,
    full_tables,
    load_folder,
    make_client,
    publish_folder,
    write_package,
)

PLAN_TERMS = Namespace("https://w3id.org/shisaku/plan#")
NAME = "mihon"
WORDS = "glossary"

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A catalogue with a plan of nine tables and a dataset that is no plan."""
    folder = tmp_path_factory.mktemp("plans")
    opened = open_installation(Settings(data_dir=folder / "data", public_url=BASE), served_at=BASE)
    publish_folder(opened, write_package(folder, NAME, full_tables(NAME)))
    publish_folder(opened, make_words(folder))
    yield opened
    opened.close()


@pytest.fixture
async def reading(catalogue: Installation) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(catalogue) as opened:
        yield opened


def make_words(parent: Path) -> Path:
    """Make a package of one table, which says nothing of plans."""
    folder = write_package(parent, WORDS, {"glossary": full_tables(WORDS)["glossary"][:1]})
    for path in folder.glob("*.csv"):
        if path.stem != "glossary":
            path.unlink()
    descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    descriptor["resources"] = [entry for entry in descriptor["resources"] if entry["name"] == "glossary"]
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    return folder


async def find(client: httpx.AsyncClient, path: str, accept: str) -> str:
    answer = await client.get(path, headers={"Accept": accept})
    assert answer.status_code == 303, answer.text
    assert answer.headers["Vary"] == "Accept"
    location = answer.headers["Location"].removeprefix(BASE)
    assert (await client.get(location, headers={"Accept": accept})).status_code == 200
    return str(location)


async def test_the_graph_of_a_plan_is_beside_its_tables_in_every_version(reading: httpx.AsyncClient) -> None:
    turtle = await reading.get(f"/dataset/{NAME}/plan.ttl")
    assert turtle.headers["Content-Type"] == "text/turtle; charset=utf-8"
    graph = Graph().parse(data=turtle.text, format="turtle")
    assert set(graph.subjects(RDF.type, PLAN_TERMS.Measure)) == {
        URIRef(f"{BASE}/id/measure/{NAME}-m{number}") for number in (1, 2)
    }
    json_ld = await reading.get(f"/dataset/{NAME}/plan.jsonld")
    assert json_ld.headers["Content-Type"] == "application/ld+json; charset=utf-8"
    assert len(set(pyoxigraph.parse(json_ld.content, pyoxigraph.RdfFormat.JSON_LD))) == len(graph)
    stratml = await reading.get(f"/dataset/{NAME}/plan.stratml.xml")
    assert stratml.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert stratml.text.count("<Objective>") == 2
    numbered = await reading.get(f"/dataset/{NAME}/v/1/plan.ttl")
    assert numbered.content == turtle.content
    assert f'filename="{NAME}_v1.plan.ttl"' in numbered.headers["Content-Disposition"]
    assert (await reading.get(f"/dataset/{NAME}/v/2/plan.ttl")).status_code == 404


async def test_record_and_catalogues_name_the_graph_as_turtle(reading: httpx.AsyncClient) -> None:
    record = (await reading.get(f"/dataset/{NAME}.json")).json()
    files = {entry["format"]: entry for entry in record["package"]}
    assert list(files) == ["zip", "plan.ttl", "plan.jsonld", "plan.stratml.xml"]
    assert files["plan.ttl"]["url"] == f"{BASE}/dataset/{NAME}/plan.ttl"
    by_hash = await reading.get(files["plan.ttl"]["url_by_hash"])
    assert by_hash.content == (await reading.get(files["plan.ttl"]["url"])).content
    package = (await reading.get(f"/api/3/action/package_show?id={NAME}")).json()["result"]
    assert [entry["url"] for entry in package["resources"] if "plan." in entry["url"]] == [
        files["plan.ttl"]["url"]
    ]
    assert f"{BASE}/dataset/{NAME}/plan.ttl" in (await reading.get("/catalog.nt")).text
    assert (await reading.get(f"/dataset/{NAME}/resource/{files['plan.ttl']['id']}")).status_code == 200
    assert f"/dataset/{NAME}/plan.jsonld" in (await reading.get(f"/dataset/{NAME}")).text


async def test_what_is_no_plan_has_no_graph(reading: httpx.AsyncClient) -> None:
    assert (await reading.get(f"/dataset/{WORDS}.zip")).status_code == 200
    for suffix in ("ttl", "jsonld", "stratml.xml"):
        assert (await reading.get(f"/dataset/{WORDS}/plan.{suffix}")).status_code == 404
    record = (await reading.get(f"/dataset/{WORDS}.json")).json()
    assert [entry["format"] for entry in record["package"]] == ["zip"]


@pytest.mark.parametrize(
    ("kind", "row", "table"),
    [
        ("plan", NAME, "plans"),
        ("goal", f"{NAME}-g1-1", "goals"),
        ("measure", f"{NAME}-m1", "measures"),
        ("schedule", f"{NAME}-m1-2022-1", "schedule"),
        ("indicator", f"{NAME}-i1", "indicators"),
        ("result", f"{NAME}-r1", "results"),
        ("effect", f"{NAME}-e1", "effects"),
        ("milestone", f"{NAME}-s1", "milestones"),
        ("term", f"{NAME}-t1", "glossary"),
    ],
)
async def test_every_row_is_found_by_its_identifier(
    reading: httpx.AsyncClient, kind: str, row: str, table: str
) -> None:
    path = f"/id/{kind}/{row}"
    assert await find(reading, path, "text/html") == f"/dataset/{NAME}"
    assert await find(reading, path, "text/turtle") == f"/dataset/{NAME}/plan.ttl"
    assert await find(reading, path, "application/ld+json") == f"/dataset/{NAME}/plan.jsonld"
    rows = f"/api/v1/datasets/{NAME}/tables/{table}/rows?ID={row}"
    assert await find(reading, path, "application/json") == rows
    assert f"<{BASE}{path}>" in (await reading.get(f"/dataset/{NAME}/plan.ttl")).text
    assert (await reading.get(f"{path}x")).status_code == 404


@pytest.mark.parametrize("department", ["情報政策課", "区民課", "課税課", "全課/室"])
async def test_every_department_is_found_by_its_identifier(
    reading: httpx.AsyncClient, department: str
) -> None:
    path = f"/id/department/131156/{quote(department, safe='')}"
    assert f"<{BASE}{path}>" in (await reading.get(f"/dataset/{NAME}/plan.ttl")).text
    assert await find(reading, path, "text/html") == f"/dataset/{NAME}"
    assert await find(reading, path, "text/turtle") == f"/dataset/{NAME}/plan.ttl"


@pytest.mark.parametrize(
    "path", ["131156/", "131156/無い課", "131156/区民課;課税課", "131156/ ", "131121/区民課"]
)
async def test_who_is_no_department_of_the_ward_is_not_found(reading: httpx.AsyncClient, path: str) -> None:
    answer = await reading.get(f"/id/department/{path}")
    assert answer.status_code == 404


async def test_a_department_leads_to_the_plan_that_changed_last(
    installation: Installation, make_package: PackageMaker
) -> None:
    for number, name in enumerate(["older", "newer", "other"]):
        tables = full_tables(name)
        if name == "other":
            tables = {
                table: [line.replace("区民課", "別の課") for line in rows] for table, rows in tables.items()
            }
        publish_folder(installation, make_package(name, tables), START + dt.timedelta(days=number))
    app = create_app(installation, clock=lambda: START + dt.timedelta(days=9))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE) as client:
        assert await find(client, "/id/department/131156/区民課", "*/*") == "/dataset/newer"


async def test_a_draft_has_no_graph_and_no_identifiers(
    installation: Installation, make_package: PackageMaker
) -> None:
    load_folder(installation, make_package(NAME, full_tables(NAME)))
    async with make_client(installation) as client:
        for path in (f"/dataset/{NAME}/plan.ttl", f"/id/plan/{NAME}", "/id/department/131156/区民課"):
            assert (await client.get(path)).status_code == 404


async def test_the_bundled_plan_has_its_graph(client: httpx.AsyncClient) -> None:
    graph = Graph().parse(data=(await client.get(f"/dataset/{PLAN}/plan.ttl")).text, format="turtle")
    assert len(set(graph.subjects(RDF.type, PLAN_TERMS.Measure))) == 56
