from __future__ import annotations

import datetime as dt
import shutil
import unicodedata
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pyshacl
import pytest
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS

import app.serve.feed
from app.main import create_app
from app.publish.record import edit_record, retire_dataset
from app.publish.withdraw import withdraw_version
from app.serve.catalogue import Reader, get_release
from app.settings import HOUSE, Settings
from app.storage.installation import Installation, open_installation
from tests.conftest import BASE, STAFF, START, publish_folder, write_package
from tests.contracts.harvesters import DCAT, HYDRA, RdfHarvester, UdataHarvester

NAMES = ("a-plan", "a1", "b-plan", "b1", "c-plan", "d-plan", "e-plan")
FORMS = ("ttl", "rdf", "xml", "jsonld")
HOUR = dt.timedelta(hours=1)
CLIENTS = [(kind, form) for kind in (RdfHarvester, UdataHarvester) for form in FORMS]

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]


def write_small(folder: Path, name: str) -> Path:
    """Write a package of one table."""
    resource = {"name": "plans", "path": "plans.csv", "schema": "schemas/plan-plans/1.0.0.json"}
    package = write_package(folder, name, resources=[resource])
    for table in ("goals", "measures"):
        (package / f"{table}.csv").unlink()
    return package


def iri(name: str) -> str:
    return f"{BASE}/id/dataset/{name}"


class Catalogue:
    """An installation with seven datasets, its own clock, and a client of it."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.installation = installation
        self.now = START + HOUR
        self._folder = folder
        transport = httpx.ASGITransport(app=create_app(installation, lambda: self.now))
        self.client = httpx.AsyncClient(transport=transport, base_url=BASE)

    def publish(self, name: str) -> None:
        """Release a dataset now."""
        publish_folder(self.installation, write_small(self._folder, name), self.now)

    def edit(self, name: str, title: str) -> None:
        """Give a dataset another title now."""
        record = get_release(Reader(self.installation, self.now), name).record
        edit_record(self.installation, STAFF, name, record.model_copy(update={"title": title}), self.now)

    def withdraw(self, name: str) -> None:
        """Withdraw a dataset's only version now."""
        withdraw_version(self.installation, STAFF, name, 1, "試験のため", self.now)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation with seven datasets."""
    folder = tmp_path_factory.mktemp("seven")
    opened = open_installation(
        Settings(data_dir=folder / "data", public_url=BASE, bundled=False), served_at=BASE
    )
    for name in reversed(NAMES):
        publish_folder(opened, write_small(folder, name))
    opened.close()
    return folder / "data"


@pytest.fixture
async def catalogue(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Catalogue]:
    monkeypatch.setattr(app.serve.feed, "PAGE_SIZE", 3)
    shutil.copytree(made, tmp_path / "data")
    opened = open_installation(Settings(data_dir=tmp_path / "data", bundled=False), served_at=BASE)
    kept = Catalogue(opened, tmp_path)
    async with kept.client:
        yield kept
    opened.close()


@pytest.fixture(params=CLIENTS, ids=lambda pair: f"{pair[0].__name__}-{pair[1]}")
def harvester(request: pytest.FixtureRequest, catalogue: Catalogue) -> Iterator[RdfHarvester]:
    kind, form = request.param
    yield kind(catalogue.client, f"{BASE}/catalog.{form}")


async def test_a_harvester_holds_what_is_listed_through_every_change(
    catalogue: Catalogue, harvester: RdfHarvester
) -> None:
    first = await harvester.run()
    listed = (await catalogue.client.get("/api/3/action/package_list")).json()["result"]
    assert first.read == [iri(name) for name in listed] == [iri(name) for name in NAMES]
    assert {iri(name) for name in NAMES} <= first.added

    catalogue.now += HOUR
    idle = await harvester.run()
    assert (idle.added, idle.changed, idle.gone) == (set(), set(), set())

    catalogue.edit("b-plan", "別の題名")
    edited = await harvester.run()
    assert (edited.added, edited.changed, edited.gone) == (set(), {iri("b-plan")}, set())

    retire_at = retire_dataset(catalogue.installation, STAFF, "c-plan", "統合します。", catalogue.now)
    announced = await harvester.run()
    assert (announced.changed, announced.gone) == ({iri("c-plan")}, set())
    catalogue.now = retire_at
    retired = await harvester.run()
    assert (retired.changed, retired.gone) == (set(), {iri("c-plan")})

    catalogue.withdraw("a1")
    withdrawn = await harvester.run()
    assert (withdrawn.changed, withdrawn.gone) == (set(), {iri("a1")})
    listed = (await catalogue.client.get("/api/3/action/package_list")).json()["result"]
    assert withdrawn.read == [iri(name) for name in listed]


@pytest.mark.parametrize("harvester", [CLIENTS[0], CLIENTS[5]], indirect=True)
async def test_what_changes_during_a_walk_costs_no_other_dataset(
    catalogue: Catalogue, harvester: RdfHarvester
) -> None:
    await harvester.run()

    async def change(page: int) -> None:
        if page == 1:
            catalogue.now += HOUR
            catalogue.withdraw("a1")  # was read
            catalogue.withdraw("c-plan")  # would come next but one
            for name in ("a0-plan", "a2-plan"):  # sort before what was read
                catalogue.publish(name)

    run = await harvester.run(change)
    read = [name for name in NAMES if name != "c-plan"]
    assert run.read == [iri(name) for name in read]
    assert (run.changed, run.gone) == (set(), {iri("c-plan")})
    after = await harvester.run()
    assert after.read == [iri(name) for name in sorted({*read, "a0-plan", "a2-plan"} - {"a1"})]
    assert (after.gone, after.added) == ({iri("a1")}, {iri("a0-plan"), iri("a2-plan")})


@pytest.mark.parametrize("form", FORMS)
async def test_a_retired_or_withdrawn_dataset_has_no_record_in_any_form(
    catalogue: Catalogue, form: str
) -> None:
    catalogue.withdraw("a1")
    retire_at = retire_dataset(catalogue.installation, STAFF, "c-plan", "統合します。", catalogue.now)
    before = await catalogue.client.get(f"/dataset/c-plan.{form}")
    catalogue.now = retire_at
    after = [await catalogue.client.get(f"/dataset/{name}.{form}") for name in ("a1", "c-plan")]
    assert before.status_code == 200
    assert [answer.status_code for answer in after] == [404, 404]


PATHS = [
    *(f"/catalog.{form}" for form in (*FORMS, "nt")),
    *(f"/catalog.{form}?after=a1" for form in FORMS),
    *(f"/dataset/a1.{form}" for form in (*FORMS, "nt", "json", "croissant.json")),
    *(f"/dataset_series/131156-plans.{form}" for form in FORMS),
    "/data.json",
    "/organization/t131156/open_data_list.csv",
    "/feed.atom",
    "/dataset/a1/feed.atom",
    "/sitemap.xml",
    "/sitemap-1.xml",
    "/robots.txt",
]


async def test_every_path_answers_head_like_get_without_a_redirect(catalogue: Catalogue) -> None:
    for path in PATHS:
        whole = await catalogue.client.get(path)
        head = await catalogue.client.head(path)
        assert (whole.status_code, head.status_code, head.content) == (200, 200, b""), path
        assert dict(head.headers) == dict(whole.headers), path
        assert whole.headers["content-length"] == str(len(whole.content)), path
        assert whole.headers["content-type"].endswith("; charset=utf-8"), path
        assert whole.headers["access-control-allow-origin"] == "*", path
        assert "set-cookie" not in whole.headers, path
        known = await catalogue.client.get(path, headers={"If-None-Match": whole.headers["etag"]})
        assert known.status_code == 304, path
        text = whole.content.decode("utf-8")
        assert not [
            letter for letter in text if unicodedata.category(letter) == "Cc" and letter not in "\t\n\r"
        ]


async def test_japanese_is_composed_and_iris_are_ascii(catalogue: Catalogue) -> None:
    catalogue.edit("a1", unicodedata.normalize("NFD", "がん対策ガイド、ウェブ版"))
    response = await catalogue.client.get("/catalog.nt")
    graph = Graph().parse(data=response.content, format="nt")
    nodes = {node for triple in graph for node in triple}
    assert all(node.isascii() for node in nodes if isinstance(node, URIRef))
    literals = [str(node) for node in nodes if isinstance(node, Literal)]
    assert [text for text in literals if unicodedata.normalize("NFC", text) != text] == []
    assert str(graph.value(URIRef(iri("a1")), DCTERMS.title)) == "がん対策ガイド、ウェブ版"


async def test_no_time_is_in_the_future_and_every_identifier_is_one_of_a_kind(catalogue: Catalogue) -> None:
    graph = Graph()
    for after in ("", "?after=b-plan", "?after=d-plan"):
        response = await catalogue.client.get(f"/catalog.nt{after}")
        graph.parse(data=response.content, format="nt")
    for time in (*graph.objects(None, DCTERMS.modified), *graph.objects(None, DCTERMS.issued)):
        assert isinstance(time, Literal)
        moment = time.toPython()
        if isinstance(moment, dt.datetime):
            assert moment <= catalogue.now
    kinds = (DCAT.Dataset, DCAT.DatasetSeries, DCAT.DataService)
    named = [
        (str(value), node)
        for kind in kinds
        for node in graph.subjects(RDF.type, kind)
        for value in graph.objects(node, DCTERMS.identifier)
    ]
    assert len({value for value, _ in named}) == len({node for _, node in named}) == len(named)
    assert set(graph.objects(None, HYDRA.totalItems)) == {Literal(len(NAMES))}


async def test_served_pages_conform_to_our_shapes(catalogue: Catalogue) -> None:
    shapes = Graph().parse(HOUSE / "vocab" / "shapes" / "dcat.ttl")
    for path in ("/catalog.ttl", "/dataset_series/131156-plans.ttl"):
        response = await catalogue.client.get(path)
        conforms, _, report = pyshacl.validate(
            Graph().parse(data=response.content, format="turtle"), shacl_graph=shapes
        )
        assert conforms, report
