from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pyshacl
import pytest
from rdflib import OWL, RDF, RDFS, SH, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from app.formats.dcat import dataset_ntriples
from app.formats.feed import FeedPage, feed_page
from app.formats.rdf import FORMS
from app.model.distribution import DATASET_FORMATS, TABLE_FORMATS, Distribution, dataset_id
from app.model.record import Contact, Record, Source, TableRecord
from app.model.release import Release, ReleasedTable
from app.vocabulary.catalog import read_catalog

HOUSE = Path(__file__).parents[2]
BASE = "https://data.example.jp"
FEED = URIRef(f"{BASE}/catalog.ttl")
DATASET = URIRef(f"{BASE}/id/dataset/suginami-keikaku")
SERIES = URIRef(f"{BASE}/id/dataset_series/131156-plans")
CATALOG = URIRef(f"{BASE}/id/catalog")
LICENSE = URIRef("https://creativecommons.org/licenses/by/4.0/")
CSV_TYPE = URIRef("https://www.iana.org/assignments/media-types/text/csv")
EU = Namespace("http://publications.europa.eu/resource/authority/")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCT = Namespace("http://purl.org/dc/terms/")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
NOW = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)

OFFICIAL = Record(
    title="杉並区の計画",
    description="計画の施策の一覧です。",
    publisher="t131156",
    local_government_code="131156",
    keywords=("計画・施策",),
    themes=("GOVE",),
    period_start=dt.date(2022, 4, 1),
    period_end=dt.date(2031, 3, 31),
    frequency="ANNUAL",
    contact=Contact(name="企画課", email="kikaku@city.example.jp"),
    tables=(
        TableRecord(name="plans", title="計画", schema_name="plan-plans", schema_version="1.0.0"),
        TableRecord(name="measures", title="施策", schema_name="plan-measures", schema_version="1.0.0"),
    ),
)
UNOFFICIAL = OFFICIAL.model_copy(
    update={
        "title": "北区の計画",
        "publisher": "shisaku",
        "local_government_code": "131172",
        "contact": Contact(name="運営者"),
        "license": "CC0-1.0",
        "sources": (Source(title="計画書", url="https://city.example.jp/計画.pdf"),),
        "unofficial": True,
    }
)


def make_release(name: str, record: Record) -> Release:
    distributions = [
        Distribution(name, table.name, form, "ab" * 32, 120)
        for table in record.tables
        for form in TABLE_FORMATS
    ]
    distributions += [Distribution(name, "", form, "cd" * 32, 340) for form in DATASET_FORMATS]
    tables = tuple(ReleasedTable(table, 12, "ef" * 32) for table in record.tables)
    return Release(dataset_id(name), name, 1, NOW, NOW, NOW, record, tables, tuple(distributions))


@cache
def page_bytes() -> bytes:
    catalog = read_catalog(HOUSE / "catalog")
    releases = [make_release("kita-keikaku", UNOFFICIAL), make_release("suginami-keikaku", OFFICIAL)]
    page = FeedPage(
        str(FEED),
        tuple(release.name for release in releases),
        3,
        2,
        str(FEED),
        f"{FEED}?page=2",
        f"{FEED}?after=suginami-keikaku",
    )
    lines = [dataset_ntriples(release, catalog, BASE) for release in releases]
    return feed_page(catalog, BASE, page, NOW, lines, FORMS[0])


@cache
def shapes() -> Graph:
    return Graph().parse(HOUSE / "vocab" / "shapes" / "dcat.ttl")


def read_page() -> Graph:
    return Graph().parse(data=page_bytes(), format="turtle")


def messages_of(graph: Graph) -> set[str]:
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes())
    return {str(message) for message in report.objects(None, SH.resultMessage)}


def first(nodes: Iterable[Node]) -> Node:
    return min(nodes, key=str)


def distribution(graph: Graph) -> Node:
    return first(graph.objects(DATASET, DCAT.distribution))


def checksum(graph: Graph) -> Node:
    return first(graph.subjects(RDF.type, SPDX.Checksum))


def test_a_full_page_of_the_feed_conforms() -> None:
    graph = read_page()
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == 2
    assert messages_of(graph) == set()


def test_every_class_of_the_shapes_is_on_the_page() -> None:
    graph = read_page()
    for target in shapes().objects(None, SH.targetClass):
        assert (None, RDF.type, target) in graph, target


def list_paths(kind: Node) -> set[Node | None]:
    """Return the properties that the shape of a class names, also behind alternatives and as equals."""
    paths: set[Node | None] = {RDF.type}
    for shape in shapes().subjects(SH.targetClass, kind):
        for constraint in shapes().objects(shape, SH.property):
            path = shapes().value(constraint, SH.path)
            listed = shapes().value(path, SH.alternativePath)
            paths |= set(Collection(shapes(), listed)) if listed else {path}
            paths |= set(shapes().objects(constraint, SH.equals))
    return paths


def test_every_property_that_is_served_is_in_the_shapes() -> None:
    graph = read_page()
    for node, kind in graph.subject_objects(RDF.type):
        if (None, SH.targetClass, kind) in shapes():
            kinds = graph.objects(node, RDF.type)
            named = set[Node | None]().union(*map(list_paths, kinds))
            assert set(graph.predicates(node)) - named == set(), (kind, node)


def test_every_message_is_japanese() -> None:
    for message in shapes().objects(None, SH.message):
        assert isinstance(message, Literal)
        assert message.language == "ja"


@pytest.mark.parametrize(
    ("subject", "predicate", "word"),
    [
        (DATASET, DCT.title, "dct:title"),
        (DATASET, DCT.identifier, "dct:identifier"),
        (DATASET, DCT.publisher, "dct:publisher"),
        (DATASET, DCAT.contactPoint, "dcat:contactPoint"),
        (DATASET, DCAT.theme, "dcat:theme"),
        (DATASET, DCT.spatial, "dct:spatial"),
        (DATASET, DCT.accessRights, "dct:accessRights"),
        (DATASET, DCT.accrualPeriodicity, "dct:accrualPeriodicity"),
        (DATASET, DCAT.distribution, "dcat:distribution"),
        (DATASET, DCAT.landingPage, "dcat:landingPage"),
        (SERIES, DCT.title, "dct:title"),
        (SERIES, DCT.identifier, "dct:identifier"),
        (SERIES, RDF.type, "dcat:inSeries"),
        (FEED, HYDRA.firstPage, "hydra:firstPage"),
        (FEED, HYDRA.last, "hydra:last"),
        (FEED, HYDRA.itemsPerPage, "hydra:itemsPerPage"),
        (CATALOG, DCT.description, "dct:description"),
        (CATALOG, DCT.license, "dct:license"),
        (CATALOG, FOAF.homepage, "foaf:homepage"),
        (CATALOG, DCAT.themeTaxonomy, "dcat:themeTaxonomy"),
        (CATALOG, DCAT.service, "dcat:service"),
        (None, DCAT.endpointURL, "dcat:endpointURL"),
        (None, DCAT.accessURL, "dcat:accessURL"),
        (None, DCAT.downloadURL, "dcat:downloadURL"),
        (None, DCT["format"], "dct:format"),
        (None, DCAT.mediaType, "dcat:mediaType"),
        (None, DCAT.byteSize, "dcat:byteSize"),
        (None, SPDX.checksum, "spdx:checksum"),
        (None, SPDX.checksumValue, "spdx:checksumValue"),
        (None, SPDX.algorithm, "spdx:algorithm"),
        (None, DCT.rights, "dct:rights"),
        (None, FOAF.name, "foaf:name"),
        (None, VCARD.fn, "vcard:fn"),
        (None, VCARD.hasURL, "メールアドレスかページ"),
        (None, SKOS.prefLabel, "skos:prefLabel"),
        (None, SKOS.inScheme, "skos:inScheme"),
        (LICENSE, DCT.title, "ライセンスの名前"),
        (LICENSE, DCT.type, "ライセンスの種類"),
        (CSV_TYPE, RDFS.label, "text/csv"),
        (FEED, HYDRA.nextPage, "hydra:nextPage"),
        (FEED, HYDRA.totalItems, "hydra:totalItems"),
    ],
)
def test_what_is_left_out_is_found(subject: URIRef | None, predicate: URIRef, word: str) -> None:
    graph = read_page()
    assert (subject, predicate, None) in graph
    graph.remove((subject, predicate, None))
    found = messages_of(graph)
    assert any(word in message for message in found), found


def test_a_period_is_not_asked_for() -> None:
    graph = read_page()
    graph.remove((None, DCT.temporal, None))
    assert messages_of(graph) == set()


@pytest.mark.parametrize(
    ("predicate", "value", "word"),
    [
        (DCT.title, Literal("別の題名", lang="ja"), "dct:title"),
        (DCT.identifier, Literal("1"), "dct:identifier"),
        (DCT.publisher, URIRef(f"{BASE}/id/organization/shisaku"), "dct:publisher"),
        (DCT.accessRights, EU["access-right/RESTRICTED"], "dct:accessRights"),
        (DCT.accrualPeriodicity, EU["frequency/DAILY"], "dct:accrualPeriodicity"),
        (DCT.modified, Literal("2026-05-01", datatype=XSD.date), "dct:modified"),
        (DCAT.keyword, Literal("税", lang="ja"), "dcat:keyword"),
        (DCAT.keyword, Literal("計画,施策", lang="ja"), "dcat:keyword"),
        (DCAT.theme, EU["data-theme/SOCI"], "dcat:theme"),
        (DCT.conformsTo, Literal("標準"), "dct:conformsTo"),
        (DCT.hasVersion, URIRef(f"{DATASET}/v/1"), "dct:hasVersion"),
        (OWL.versionInfo, Literal("1"), "owl:versionInfo"),
        (DCT.source, URIRef("https://city.example.jp/keikaku.pdf"), "dct:source"),
        (DCAT.distribution, URIRef(f"{BASE}/id/distribution/elsewhere"), "dcat:distribution"),
    ],
)
def test_what_a_dataset_may_not_say_is_found(predicate: URIRef, value: Node, word: str) -> None:
    graph = read_page()
    graph.add((DATASET, predicate, value))
    found = messages_of(graph)
    assert any(word in message for message in found), found


def test_a_label_that_would_replace_an_iri_is_found() -> None:
    for node in (EU["frequency/ANNUAL"], LICENSE):
        graph = read_page()
        graph.add((node, RDFS.label, Literal("毎年")))
        assert any("rdfs:label" in message for message in messages_of(graph))


def test_a_second_licence_or_hash_on_a_distribution_is_found() -> None:
    graph = read_page()
    graph.add(
        (distribution(graph), DCT.license, URIRef("https://creativecommons.org/publicdomain/zero/1.0/"))
    )
    graph.add((checksum(graph), SPDX.checksumValue, Literal("ff", datatype=XSD.hexBinary)))
    found = messages_of(graph)
    assert any("dct:license" in message for message in found)
    assert any("spdx:checksumValue" in message for message in found)


def test_a_dataset_that_is_only_pointed_at_is_found() -> None:
    graph = read_page()
    graph.add((CATALOG, DCAT.dataset, URIRef(f"{BASE}/id/dataset/elsewhere")))
    assert any("dcat:dataset" in message for message in messages_of(graph))


def test_a_paging_node_of_one_type_only_is_found() -> None:
    graph = read_page()
    graph.remove((FEED, RDF.type, HYDRA.PagedCollection))
    assert any("hydra:PagedCollection" in message for message in messages_of(graph))


def test_a_period_that_ends_before_it_begins_is_found() -> None:
    graph = read_page()
    period = graph.value(DATASET, DCT.temporal)
    assert period is not None
    graph.set((period, DCAT.endDate, Literal("2020-03-31", datatype=XSD.date)))
    assert any("dcat:startDate" in message for message in messages_of(graph))


def test_a_series_that_is_a_dataset_too_is_found() -> None:
    graph = read_page()
    graph.add((SERIES, RDF.type, DCAT.Dataset))
    assert any("dcat:DatasetSeries" in message for message in messages_of(graph))


def test_a_box_that_is_no_polygon_is_found() -> None:
    graph = read_page()
    graph.set((EU["country/JPN"], DCAT.bbox, Literal("122,20,154,46")))
    assert any("dcat:bbox" in message for message in messages_of(graph))
