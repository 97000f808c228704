from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from rdflib import RDF, Graph, Namespace, URIRef
from rdflib.compare import isomorphic, to_isomorphic
from rdflib.namespace import DCTERMS
from sqlmodel import select

import app.serve.feed
from app.publish.withdraw import withdraw_version
from app.settings import Settings
from app.storage.entities import RenderingEntity
from app.storage.installation import Installation, open_installation
from tests.conftest import BASE, STAFF, START, load_folder, make_client, publish_folder
from tests.journeys.conftest import package_files

DCAT = Namespace("http://www.w3.org/ns/dcat#")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
NAMES = ("a-plan", "a1", "b_plan", "b-plan", "c-plan", "d-plan", "e-plan")
MEDIA_TYPES = {
    "ttl": "text/turtle; charset=utf-8",
    "rdf": "application/rdf+xml; charset=utf-8",
    "xml": "application/rdf+xml; charset=utf-8",
    "jsonld": "application/ld+json; charset=utf-8",
    "nt": "application/n-triples; charset=utf-8",
}
RDFLIB_NAMES = {"ttl": "turtle", "rdf": "xml", "xml": "xml", "jsonld": "json-ld", "nt": "nt"}

pytestmark = [
    pytest.mark.anyio,
    # rdflib reads JSON-LD with a class that it deprecates itself
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]


def _write_package(folder: Path, name: str) -> Path:
    resource = {"name": "plans", "path": "plans.csv", "schema": "schemas/plan-plans/1.0.0.json"}
    target = folder / name
    target.mkdir()
    files = package_files(name=name, title=f"計画 {name}", resources=[resource])
    for file_name in ("datapackage.json", "plans.csv"):
        (target / file_name).write_bytes(files[file_name])
    return target


@pytest.fixture(scope="module")
def seven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with seven small datasets, and an eighth that is a draft."""
    folder = tmp_path_factory.mktemp("seven")
    opened = open_installation(
        Settings(data_dir=folder / "data", public_url=BASE, bundled=False), served_at=BASE
    )
    for hours, name in enumerate(reversed(NAMES)):
        publish_folder(opened, _write_package(folder, name), START + dt.timedelta(hours=hours))
    load_folder(opened, _write_package(folder, "a2-draft"))
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.serve.feed, "PAGE_SIZE", 3)


async def _walk(client: httpx.AsyncClient, suffix: str) -> list[tuple[str, Graph]]:
    """Follow hydra:next from the first page and return every page's address with its graph."""
    address: str | None = f"{BASE}/catalog.{suffix}"
    pages: list[tuple[str, Graph]] = []
    while address is not None:
        response = await client.get(address)
        assert response.status_code == 200
        assert response.headers["content-type"] == MEDIA_TYPES[suffix]
        graph = Graph().parse(data=response.content, format=RDFLIB_NAMES[suffix])
        pages.append((address, graph))
        assert len(pages) <= len(NAMES), "the walk does not end"
        following = {str(node) for node in graph.objects(URIRef(address), HYDRA.next)}
        assert following == {str(node) for node in graph.objects(URIRef(address), HYDRA.nextPage)}
        assert len(following) <= 1
        address = following.pop() if following else None
    return pages


def _datasets(graph: Graph) -> list[str]:
    return sorted(
        str(node).removeprefix(f"{BASE}/id/dataset/") for node in graph.subjects(RDF.type, DCAT.Dataset)
    )


@pytest.mark.parametrize("suffix", MEDIA_TYPES)
async def test_a_walk_meets_every_dataset_once_and_ends(seven: Installation, suffix: str) -> None:
    async with make_client(seven) as client:
        pages = await _walk(client, suffix)
        listed = (await client.get("/api/3/action/package_list")).json()["result"]
    found = [name for _, graph in pages for name in _datasets(graph)]
    assert found == listed == sorted(NAMES)
    assert [len(_datasets(graph)) for _, graph in pages] == [3, 3, 1]
    assert len({address for address, _ in pages}) == 3
    for address, graph in pages:
        assert address.startswith(f"{BASE}/catalog.{suffix}")
        assert set(graph.objects(URIRef(f"{BASE}/id/catalog"), DCAT.dataset)) == {
            URIRef(f"{BASE}/id/dataset/{name}") for name in _datasets(graph)
        }
        paging = set(graph.subjects(RDF.type, HYDRA.PartialCollectionView))
        assert paging == set(graph.subjects(RDF.type, HYDRA.PagedCollection)) == {URIRef(address)}
        assert [str(node) for node in graph.objects(None, HYDRA.totalItems)] == [str(len(NAMES))]


async def test_every_form_of_a_page_says_the_same(seven: Installation) -> None:
    async with make_client(seven) as client:
        graphs = {suffix: (await _walk(client, suffix))[0][1] for suffix in MEDIA_TYPES}

    def without_address(suffix: str) -> Graph:
        """Return the graph with the paging node and its links, which differ by form, under one name."""
        address = f"{BASE}/catalog.{suffix}"
        neutral = Graph()
        for triple in graphs[suffix]:
            subject, predicate, value = (
                URIRef(node.replace(address, f"{BASE}/catalog")) if isinstance(node, URIRef) else node
                for node in triple
            )
            neutral.add((subject, predicate, value))
        return neutral

    first = to_isomorphic(without_address("nt"))
    for suffix in MEDIA_TYPES:
        assert isomorphic(first, without_address(suffix)), suffix


async def test_two_pages_are_never_the_same_bytes_and_the_same_page_always_is(seven: Installation) -> None:
    async with make_client(seven) as client:
        pages = await _walk(client, "nt")
        bodies = [(await client.get(address)).content for address, _ in pages]
    async with make_client(seven) as client:
        again = [(await client.get(address)).content for address, _ in pages]
    assert len(set(bodies)) == len(bodies)
    assert again == bodies


async def test_page_numbers_give_the_same_datasets(seven: Installation) -> None:
    async with make_client(seven) as client:
        walked = [_datasets(graph) for _, graph in await _walk(client, "nt")]
        numbered = []
        for number in (1, 2, 3):
            response = await client.get(f"/catalog.nt?page={number}")
            assert response.status_code == 200
            numbered.append(_datasets(Graph().parse(data=response.content, format="nt")))
        assert numbered == walked
        for number in (4, 5, 999_999):
            assert (await client.get(f"/catalog.nt?page={number}")).status_code == 404


async def test_a_page_after_a_name_is_described_by_its_own_address(seven: Installation) -> None:
    async with make_client(seven) as client:
        first = await client.get("/catalog.nt?after=a1")
        second = await client.get("/catalog.nt?after=a1&page=2")
    nodes = [
        set(Graph().parse(data=response.content, format="nt").subjects(RDF.type, HYDRA.PagedCollection))
        for response in (first, second)
    ]
    assert first.content != second.content
    assert nodes == [
        {URIRef(f"{BASE}/catalog.nt?after=a1")},
        {URIRef(f"{BASE}/catalog.nt?after=a1&page=2")},
    ]


async def test_every_page_but_the_first_names_one_before(seven: Installation) -> None:
    befores = []
    async with make_client(seven) as client:
        for query in ("?page=1", "?page=2", "?page=3", "?after=a1", "?after=c-plan", "?after=a1&page=2"):
            graph = Graph().parse(data=(await client.get(f"/catalog.nt{query}")).content, format="nt")
            befores.append([str(node) for node in graph.objects(None, HYDRA.previous)])
    first = f"{BASE}/catalog.nt"
    assert befores == [
        [],
        [first],
        [f"{first}?page=2"],
        [first],
        [f"{first}?after=a1"],
        [f"{first}?after=a1"],
    ]


async def test_a_walk_backwards_meets_every_dataset_though_pages_end_by_bytes(
    seven: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with make_client(seven) as client:
        size = max([len((await client.get(f"/dataset/{name}.nt")).content) for name in NAMES])
        monkeypatch.setattr(app.serve.feed, "MAX_PAGE_BYTES", size * 2)
        pages = await _walk(client, "nt")
        assert [len(_datasets(graph)) for _, graph in pages] == [2, 2, 2, 1]
        address: URIRef | None = URIRef(pages[-1][0])
        found: set[str] = set()
        for _ in NAMES:
            if address is None:
                break
            graph = Graph().parse(data=(await client.get(address)).content, format="nt")
            found |= set(_datasets(graph))
            address = next((URIRef(str(node)) for node in graph.objects(address, HYDRA.previous)), None)
    assert (found, address) == (set(NAMES), None)


async def test_the_last_page_by_number_is_named(seven: Installation) -> None:
    async with make_client(seven) as client:
        for address, graph in await _walk(client, "nt"):
            last = [str(node) for node in graph.objects(URIRef(address), HYDRA.last)]
            assert last == [f"{BASE}/catalog.nt?page=3"]
        response = await client.get(last[0])
    assert _datasets(Graph().parse(data=response.content, format="nt")) == [max(NAMES)]


async def test_a_dataset_without_a_stored_record_is_an_error_and_never_left_out(
    installation: Installation, tmp_path: Path
) -> None:
    for name in NAMES[:3]:
        publish_folder(installation, _write_package(tmp_path, name))
    with installation.database.writing() as session:
        for entry in session.exec(select(RenderingEntity).where(RenderingEntity.format == "nt")).all()[:1]:
            session.delete(entry)
    async with make_client(installation) as client:
        assert (await client.get("/catalog.ttl")).status_code == 500


async def test_an_empty_catalogue_says_the_same_after_a_draft(
    installation: Installation, tmp_path: Path
) -> None:
    async with make_client(installation) as client:
        first = await client.get("/catalog.nt")
        load_folder(installation, _write_package(tmp_path, "a-draft"))
        assert (await client.get("/catalog.nt")).content == first.content
    graph = Graph().parse(data=first.content, format="nt")
    catalog = URIRef(f"{BASE}/id/catalog")
    modified = graph.value(catalog, DCTERMS.modified)
    issued = graph.value(catalog, DCTERMS.issued)
    assert str(modified) == f"{issued}T00:00:00+00:00"


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.0", "", "１", "1e3", "9999999", "%00", "1%20"])
async def test_a_page_that_is_no_number_is_a_conflict_as_ckan_says(seven: Installation, page: str) -> None:
    async with make_client(seven) as client:
        for suffix in MEDIA_TYPES:
            response = await client.get(f"/catalog.{suffix}?page={page}")
            assert response.status_code == 409
            assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("after", ["zzz", "g", "%00", "%F0%9F%98%80", "g" * 5000])
async def test_after_any_name_there_is_a_page_that_ends(seven: Installation, after: str) -> None:
    async with make_client(seven) as client:
        response = await client.get(f"/catalog.nt?after={after}")
    assert response.status_code in (200, 404)
    if response.status_code == 200:
        graph = Graph().parse(data=response.content, format="nt")
        assert (after == "%00") == bool(_datasets(graph))


async def test_a_page_after_a_name_that_is_gone_goes_on_behind_it(seven: Installation) -> None:
    async with make_client(seven) as client:
        response = await client.get("/catalog.nt?after=a2-draft")
    assert _datasets(Graph().parse(data=response.content, format="nt")) == ["b-plan", "b_plan", "c-plan"]


@pytest.mark.parametrize("suffix", MEDIA_TYPES)
async def test_head_and_parameters_of_others_change_nothing(seven: Installation, suffix: str) -> None:
    path = f"/catalog.{suffix}"
    async with make_client(seven) as client:
        whole = await client.get(path)
        head = await client.head(path)
        others = await client.get(f"{path}?modified_since=2020-01-01&profiles=euro_dcat_ap_3")
        accepting = await client.get(path, headers={"Accept": "text/html"})
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(whole.headers)
    assert whole.headers["content-length"] == str(len(whole.content))
    assert others.content == accepting.content == whole.content


@pytest.mark.parametrize("suffix", ["json", "n4", "TTL", "csv", "ttl.bak"])
async def test_an_unknown_form_is_not_found(seven: Installation, suffix: str) -> None:
    async with make_client(seven) as client:
        assert (await client.get(f"/catalog.{suffix}")).status_code == 404


@pytest.mark.parametrize("suffix", MEDIA_TYPES)
async def test_a_dataset_alone_says_what_its_page_of_the_feed_says(seven: Installation, suffix: str) -> None:
    async with make_client(seven) as client:
        response = await client.get(f"/dataset/a1.{suffix}")
        page = (await _walk(client, "nt"))[0][1]
    assert response.headers["content-type"] == MEDIA_TYPES[suffix]
    alone = Graph().parse(data=response.content, format=RDFLIB_NAMES[suffix])
    dataset = URIRef(f"{BASE}/id/dataset/a1")
    assert set(alone.predicate_objects(dataset))
    simple = [
        {
            (predicate, value)
            for predicate, value in graph.predicate_objects(dataset)
            if "bnode" not in value.n3()
        }
        for graph in (alone, page)
    ]
    named = [{pair for pair in side if isinstance(pair[1], URIRef)} for side in simple]
    assert named[0] == named[1]


async def test_a_missing_record_is_an_error_and_never_a_short_page(
    installation: Installation, tmp_path: Path
) -> None:
    for name in NAMES[:3]:
        publish_folder(installation, _write_package(tmp_path, name))
    async with make_client(installation) as client:
        record = (await client.get(f"/dataset/{NAMES[1]}.nt")).content
        for blob in installation.folder.blobs.rglob("*"):
            if blob.is_file() and blob.read_bytes() == record:
                blob.unlink()
    async with make_client(installation) as client:
        for suffix in MEDIA_TYPES:
            assert (await client.get(f"/catalog.{suffix}")).status_code >= 500


async def test_a_release_and_a_withdrawal_are_felt_by_the_next_page(
    installation: Installation, tmp_path: Path
) -> None:
    for name in NAMES[:4]:
        publish_folder(installation, _write_package(tmp_path, name))
    async with make_client(installation) as client:
        first = await client.get("/catalog.nt")
        following = f"{BASE}/catalog.nt?after=b-plan"
        assert following in first.text
        withdraw_version(installation, STAFF, "a1", 1, "試験のため", START + dt.timedelta(hours=1))
        publish_folder(installation, _write_package(tmp_path, "a0-plan"), START + dt.timedelta(hours=2))
        rest = Graph().parse(data=(await client.get(following)).content, format="nt")
        assert _datasets(rest) == ["b_plan"]
        assert (await client.get("/catalog.nt")).content != first.content
        assert [_datasets(graph) for _, graph in await _walk(client, "nt")] == [
            ["a-plan", "a0-plan", "b-plan"],
            ["b_plan"],
        ]
