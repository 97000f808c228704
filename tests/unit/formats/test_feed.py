from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from rdflib import RDF, XSD, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from app.formats.feed import FeedPage, catalog_ntriples, feed_page
from app.formats.rdf import FORMS, RdfForm, find_form
from app.vocabulary.catalog import Catalog, read_catalog

HOUSE = Path(__file__).parents[3]
BASE = "https://data.example.jp/data"
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCT = Namespace("http://purl.org/dc/terms/")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
MODIFIED = dt.datetime(2026, 12, 1, 2, 3, 4, tzinfo=dt.UTC)
FIRST = f"{BASE}/catalog.ttl"
LAST = f"{BASE}/catalog.ttl?page=3"
NEXT = f"{BASE}/catalog.ttl?after=b"
LINKS = ("next", "nextPage", "previous", "previousPage", "last", "lastPage")

# rdflib's JSON-LD reader makes a ConjunctiveGraph, which rdflib itself calls deprecated.
READS_JSON_LD = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_catalog(HOUSE / "catalog")


def make_page(next_url: str | None = NEXT) -> FeedPage:
    return FeedPage(
        FIRST, ("a", "b"), total=5, page_size=2, first_url=FIRST, last_url=LAST, next_url=next_url
    )


def dataset_lines(name: str) -> bytes:
    node = f"<{BASE}/id/dataset/{name}>"
    shared = f"<{BASE}/id/organization/shisaku> <{RDF.type}> <{FOAF.Agent}> ."
    return f'{node} <{DCT.title}> "題"@ja .\n{node} <{RDF.type}> <{DCAT.Dataset}> .\n{shared}\n'.encode()


def read(catalog: Catalog, page: FeedPage) -> Graph:
    return Graph().parse(data=catalog_ntriples(catalog, BASE, page, MODIFIED), format="nt")


def test_the_paging_node_is_the_page_and_has_both_types(catalog: Catalog) -> None:
    graph = read(catalog, make_page())
    node = URIRef(FIRST)
    assert set(graph.objects(node, RDF.type)) == {HYDRA.PagedCollection, HYDRA.PartialCollectionView}
    assert graph.value(node, HYDRA.totalItems) == Literal(5)
    assert graph.value(node, HYDRA.itemsPerPage) == Literal(2)


def test_next_is_said_in_both_terms(catalog: Catalog) -> None:
    graph = read(catalog, make_page())
    for link in (HYDRA.next, HYDRA.nextPage):
        assert list(graph.objects(URIRef(FIRST), link)) == [URIRef(NEXT)]
    for link in (HYDRA.first, HYDRA.firstPage):
        assert list(graph.objects(URIRef(FIRST), link)) == [URIRef(FIRST)]


def test_links_that_are_not_there_are_not_said(catalog: Catalog) -> None:
    graph = read(catalog, make_page(next_url=None))
    for link in LINKS:
        assert (None, HYDRA[link], None) not in graph


def test_the_catalogue_describes_itself(catalog: Catalog) -> None:
    graph = read(catalog, make_page())
    node = URIRef(f"{BASE}/id/catalog")
    assert list(graph.subjects(RDF.type, DCAT.Catalog)) == [node]
    expected = {
        DCT.title: Literal(catalog.title, lang="ja"),
        DCT.description: Literal(catalog.description, lang="ja"),
        DCT.publisher: URIRef(f"{BASE}/id/organization/shisaku"),
        DCT.license: URIRef("https://creativecommons.org/licenses/by/4.0/"),
        DCT.issued: Literal(catalog.issued.isoformat(), datatype=XSD.date),
        DCT.modified: Literal("2026-12-01T02:03:04+00:00", datatype=XSD.dateTime),
        FOAF.homepage: URIRef(f"{BASE}/"),
    }
    for predicate, value in expected.items():
        assert list(graph.objects(node, predicate)) == [value]
    for predicate in (DCT.language, DCT.spatial, DCAT.themeTaxonomy, DCAT.contactPoint):
        assert (node, predicate, None) in graph


def test_the_catalogue_names_the_datasets_of_this_page_only(catalog: Catalog) -> None:
    graph = read(catalog, make_page())
    datasets = {URIRef(f"{BASE}/id/dataset/{name}") for name in ("a", "b")}
    assert set(graph.objects(URIRef(f"{BASE}/id/catalog"), DCAT.dataset)) == datasets
    assert not list(graph.subjects(RDF.type, DCAT.Dataset))


def test_the_ckan_api_is_a_service_of_the_catalogue(catalog: Catalog) -> None:
    graph = read(catalog, make_page())
    (service,) = graph.objects(URIRef(f"{BASE}/id/catalog"), DCAT.service)
    assert (service, RDF.type, DCAT.DataService) in graph
    assert graph.value(service, DCT.identifier) == Literal(str(service))
    assert graph.value(service, DCAT.endpointURL) == URIRef(f"{BASE}/api/3")
    assert (service, DCT.title, None) in graph
    assert len(set(graph.objects(service, DCAT.servesDataset))) == 2


def test_a_feed_of_one_page_carries_no_paging(catalog: Catalog) -> None:
    graph = read(catalog, make_page(next_url=None))
    assert (URIRef(FIRST), None, None) not in graph


def test_an_empty_catalogue_is_a_whole_page(catalog: Catalog) -> None:
    graph = read(catalog, FeedPage(FIRST, (), total=0, page_size=2, first_url=FIRST, last_url=FIRST))
    assert (URIRef(f"{BASE}/id/catalog"), RDF.type, DCAT.Catalog) in graph
    assert (None, DCAT.dataset, None) not in graph


@READS_JSON_LD
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.suffix)
def test_a_page_holds_catalogue_and_datasets_in_every_form(catalog: Catalog, form: RdfForm) -> None:
    parts = [dataset_lines("a"), dataset_lines("b")]
    expected = read(catalog, make_page())
    for part in parts:
        expected.parse(data=part, format="nt")
    body = feed_page(catalog, BASE, make_page(), MODIFIED, parts, form)
    names = {"ttl": "turtle", "rdf": "xml", "xml": "xml", "jsonld": "json-ld", "nt": "nt"}
    read_back = Graph().parse(data=body, format=names[form.suffix])
    assert isomorphic(read_back, expected)
    assert len(set(read_back.subjects(RDF.type, DCAT.Dataset))) == 2


def test_lines_that_datasets_share_are_written_once(catalog: Catalog) -> None:
    form = find_form("nt")
    assert form is not None
    parts = [dataset_lines("b"), dataset_lines("a")]
    lines = feed_page(catalog, BASE, make_page(), MODIFIED, parts, form).split(b"\n")[:-1]
    assert len(lines) == len(set(lines))
    assert feed_page(catalog, BASE, make_page(), MODIFIED, reversed(parts), form).split(b"\n")[:-1] == lines
