from __future__ import annotations

import httpx
import pytest
from rdflib import RDF, Graph, Namespace, URIRef
from rdflib.namespace import DCTERMS

from app.publish.withdraw import withdraw_version
from app.storage.installation import Installation
from tests.conftest import BASE, STAFF, START, PackageMaker, make_client, publish_folder, sample_tables

DCAT = Namespace("http://www.w3.org/ns/dcat#")
SERIES = URIRef(f"{BASE}/id/dataset_series/131156-plans")

pytestmark = pytest.mark.anyio


def dataset(name: str) -> URIRef:
    return URIRef(f"{BASE}/id/dataset/{name}")


def plans(name: str, before: str) -> dict[str, list[str]]:
    header, row = sample_tables(name)["plans"]
    cells = row.split(",")
    cells[header.split(",").index("前計画_ID")] = before
    return {"plans": [header, ",".join(cells)]}


@pytest.fixture
def three(installation: Installation, make_package: PackageMaker) -> Installation:
    """Two plans of one ward, the second after the first, and one of another ward."""
    early = {"start": "2017-04-01", "end": "2020-03-31"}
    late = {"start": "2020-04-01", "end": "2023-03-31"}
    publish_folder(installation, make_package("z-first", temporal=early))
    publish_folder(installation, make_package("a-second", plans("a-second", "z-first"), temporal=late))
    tables = sample_tables("m-plan").items()
    other = {name: [row.replace("131156", "131032") for row in rows] for name, rows in tables}
    folder = make_package("m-plan", other, local_government_code="131032", publisher="t131032")
    publish_folder(installation, folder)
    return installation


async def read(client: httpx.AsyncClient, path: str) -> Graph:
    response = await client.get(path)
    assert response.status_code == 200
    return Graph().parse(data=response.content, format="nt")


async def test_a_series_names_the_plans_of_its_ward_and_the_one_before_each(three: Installation) -> None:
    async with make_client(three) as client:
        graph = await read(client, "/dataset_series/131156-plans.nt")
    members = {dataset("a-second"), dataset("z-first")}
    assert set(graph.objects(SERIES, RDF.type)) == {DCAT.DatasetSeries}
    assert set(graph.objects(SERIES, DCAT.seriesMember)) == members
    assert set(graph.subjects(DCAT.inSeries, SERIES)) == members
    assert set(graph.subject_objects(DCAT.prev)) == {(dataset("a-second"), dataset("z-first"))}
    assert not list(graph.subjects(RDF.type, DCAT.Dataset))
    assert graph.value(SERIES, DCTERMS.modified)


async def test_the_feed_describes_each_series_where_a_dataset_names_it(three: Installation) -> None:
    async with make_client(three) as client:
        graph = await read(client, "/catalog.nt")
    named = {str(node).rpartition("/")[2] for node in graph.objects(None, DCAT.inSeries)}
    assert named == {"131032-plans", "131156-plans"}
    assert set(graph.subjects(RDF.type, DCAT.DatasetSeries)) == set(graph.objects(None, DCAT.inSeries))


async def test_a_release_says_nothing_new_of_the_others_in_the_series(
    three: Installation, make_package: PackageMaker
) -> None:
    async with make_client(three) as client:
        first = (await client.get("/dataset/z-first.nt")).content
        publish_folder(three, make_package("b-third"))
        assert (await client.get("/dataset/z-first.nt")).content == first
        graph = await read(client, "/dataset_series/131156-plans.nt")
    assert dataset("b-third") in set(graph.objects(SERIES, DCAT.seriesMember))


async def test_the_page_is_in_the_order_of_periods(three: Installation) -> None:
    async with make_client(three) as client:
        response = await client.get("/dataset_series/131156-plans")
        dataset_page = await client.get("/dataset/z-first")
    page = response.text
    assert response.status_code == 200
    assert page.index("/dataset/z-first") < page.index("/dataset/a-second")
    assert '前の計画</dt><dd><a href="/dataset/z-first">' in page
    assert 'href="/dataset_series/131156-plans"' in dataset_page.text


@pytest.mark.parametrize(
    "name", ["131199-plans", "999999-plans", "131156", "-plans", "131156-plans-plans", "x-plans", "%00-plans"]
)
async def test_a_series_of_nothing_is_not_there(three: Installation, name: str) -> None:
    async with make_client(three) as client:
        answers = [await client.get(f"/dataset_series/{name}{end}") for end in ("", ".ttl")]
        answers.append(await client.get(f"/id/dataset_series/{name}"))
    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_a_withdrawn_plan_leaves_the_series(three: Installation) -> None:
    withdraw_version(three, STAFF, "z-first", 1, "試験のため", START)
    async with make_client(three) as client:
        graph = await read(client, "/dataset_series/131156-plans.nt")
        page = (await client.get("/dataset_series/131156-plans")).text
    assert set(graph.objects(SERIES, DCAT.seriesMember)) == {dataset("a-second")}
    assert "z-first" not in page
    assert not list(graph.subject_objects(DCAT.prev))
