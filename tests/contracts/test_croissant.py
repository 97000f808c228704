"""Croissant 1.0 and schema.org, by the rules of their specifications."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import Any

import html5lib
import httpx
import pytest
from rdflib import RDF, Graph, Namespace, URIRef
from rdflib.namespace import DCTERMS

from app.storage.installation import Installation
from tests.conftest import BASE, PLAN, PackageMaker, make_client, publish_folder

CR = Namespace("http://mlcommons.org/croissant/")
SC = Namespace("https://schema.org/")
REQUIRED = ("name", "description", "license", "url", "creator", "datePublished")
ATOMIC = {"sc:Boolean", "sc:Date", "sc:Float", "sc:Integer", "sc:Text"}

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    response = await client.get(f"/dataset/{PLAN}.croissant.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/ld+json; charset=utf-8"
    found: dict[str, Any] = response.json()
    return found


def list_ids(document: dict[str, Any]) -> list[str]:
    fields = [field for record_set in document["recordSet"] for field in record_set["field"]]
    return [node["@id"] for node in (*document["distribution"], *document["recordSet"], *fields)]


async def test_what_every_croissant_must_say_is_there(document: dict[str, Any]) -> None:
    assert document["@type"] == "sc:Dataset"
    assert document["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert all(document[name] for name in REQUIRED)


async def test_identifiers_are_unique_and_references_lead_to_one(document: dict[str, Any]) -> None:
    identifiers = list_ids(document)
    assert len(set(identifiers)) == len(identifiers)
    files = {entry["@id"] for entry in document["distribution"]}
    fields = [field for record_set in document["recordSet"] for field in record_set["field"]]
    named = {field["@id"] for field in fields}
    assert {field["source"]["fileObject"]["@id"] for field in fields} <= files
    assert {field["references"]["@id"] for field in fields if "references" in field} <= named
    assert {key["@id"] for record_set in document["recordSet"] for key in record_set.get("key", ())} <= named
    assert {field["dataType"] for field in fields} <= ATOMIC


async def test_terms_mean_what_the_specification_says(document: dict[str, Any]) -> None:
    graph = Graph().parse(data=json.dumps(document), format="json-ld", publicID=f"{BASE}/dataset/{PLAN}/")
    (dataset,) = graph.subjects(RDF.type, SC.Dataset)
    assert set(graph.objects(dataset, DCTERMS.conformsTo))
    record_sets = set(graph.objects(dataset, CR.recordSet))
    assert record_sets == set(graph.subjects(RDF.type, CR.RecordSet))
    assert len(record_sets) == 5
    assert set(graph.subjects(RDF.type, CR.Field)) == set(graph.objects(None, CR.field))
    assert set(graph.objects(None, CR.dataType)) <= {URIRef(SC[name[3:]]) for name in ATOMIC}
    assert set(graph.objects(dataset, SC.distribution)) == set(graph.subjects(RDF.type, CR.FileObject))


async def test_each_record_set_can_be_loaded_as_it_says(
    client: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    files = {entry["@id"]: entry for entry in document["distribution"]}
    for record_set in document["recordSet"]:
        columns = [field["source"]["extract"]["column"] for field in record_set["field"]]
        (name,) = {field["source"]["fileObject"]["@id"] for field in record_set["field"]}
        assert files[name]["contentUrl"] == f"{BASE}/dataset/{PLAN}/v/1/{name}"
        response = await client.get(files[name]["contentUrl"])
        assert hashlib.sha256(response.content).hexdigest() == files[name]["sha256"]
        assert f"{len(response.content)} B" == files[name]["contentSize"]
        rows = list(csv.reader(io.StringIO(response.text, newline="")))
        assert rows[0] == columns
        for position, field in enumerate(record_set["field"]):
            if field["dataType"] == "sc:Integer":
                assert all(int(row[position]) == int(row[position]) for row in rows[1:] if row[position])


async def test_a_list_says_how_it_is_split(document: dict[str, Any]) -> None:
    fields = [field for record_set in document["recordSet"] for field in record_set["field"]]
    lists = [field for field in fields if field.get("repeated")]
    assert lists
    assert all(field["source"]["transform"] == {"separator": ";"} for field in lists)


async def test_a_dataset_that_is_not_there_has_none(client: httpx.AsyncClient) -> None:
    assert (await client.get("/dataset/none.croissant.json")).status_code == 404


def read_data_block(page: str) -> dict[str, Any]:
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    (block,) = [node for node in tree.iter("script") if node.get("type") == "application/ld+json"]
    found: dict[str, Any] = json.loads(block.text)
    return found


async def test_a_dataset_page_holds_its_schema_org_description(client: httpx.AsyncClient) -> None:
    page = await client.get(f"/dataset/{PLAN}")
    package = (await client.get(f"/api/3/action/package_show?id={PLAN}")).json()["result"]
    described = read_data_block(page.text)
    assert (described["@context"], described["@type"]) == ("https://schema.org/", "Dataset")
    assert (described["name"], described["description"]) == (package["title"], package["notes"])
    assert described["license"] == package["license_url"]
    assert 50 <= len(described["description"]) <= 5000
    files = [(entry["contentUrl"], entry["contentSize"]) for entry in described["distribution"]]
    assert files == [(entry["url"], f"{entry['size']} B") for entry in package["resources"]]
    assert described["temporalCoverage"] == "2022-04-01/2025-03-31"
    assert described["isPartOf"] == f"{BASE}/id/dataset_series/131156-plans"


async def test_no_title_ends_the_data_block(installation: Installation, make_package: PackageMaker) -> None:
    title = "</script><script>alert(1)</script><!--\u2028&amp;計画"
    publish_folder(installation, make_package("trap", title=title))
    async with make_client(installation) as client:
        page = (await client.get("/dataset/trap")).text
    assert read_data_block(page)["name"] == title
    assert page.count("<script") == 1
