from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from app.errors import OrganizationNotFound
from app.formats.dcat import dataset_ntriples
from app.formats.rdf import find_form, write_rdf
from app.model.distribution import DATASET_FORMATS, TABLE_FORMATS, Distribution, dataset_id
from app.model.organization import Organization
from app.model.record import Contact, Record, Source, TableRecord
from app.model.release import Release, ReleasedTable
from app.vocabulary.catalog import Catalog, read_catalog

HOUSE = Path(__file__).parents[3]
BASE = "https://data.example.jp/data"
EU = Namespace("http://publications.europa.eu/resource/authority/")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCT = Namespace("http://purl.org/dc/terms/")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
PROV = Namespace("http://www.w3.org/ns/prov#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
CREATED = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
EFFECTIVE = dt.datetime(2026, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
MODIFIED = dt.datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_catalog(HOUSE / "catalog")


def make_release(name: str = "keikaku", **changes: object) -> Release:
    table = TableRecord(name="measures", title="施策", schema_name="plan-measures", schema_version="1.0.0")
    facts: dict[str, Any] = {
        "title": "杉並区デジタル化推進計画",
        "description": "計画の施策の一覧です。",
        "publisher": "t131156",
        "local_government_code": "131156",
        "keywords": ("デジタル化", "計画・施策", "税"),
        "themes": ("GOVE", "TECH"),
        "period_start": dt.date(2022, 4, 1),
        "period_end": dt.date(2031, 3, 31),
        "frequency": "ANNUAL",
        "contact": Contact(name="情報政策課", email="joho@city.example.jp"),
        "sources": (Source(title="計画書", publisher="杉並区", url="https://city.example.jp/計画 書.pdf"),),
        "tables": (table,),
    }
    distributions = (
        *(Distribution(name, "measures", form, "ab" * 32, 120) for form in TABLE_FORMATS),
        *(Distribution(name, "", form, "cd" * 32, 340) for form in DATASET_FORMATS),
    )
    return Release(
        dataset_id(name),
        name,
        3,
        CREATED,
        EFFECTIVE,
        MODIFIED,
        Record(**(facts | changes)),
        (ReleasedTable(table, 12, "ef" * 32),),
        distributions,
    )


def read(lines: bytes) -> Graph:
    return Graph().parse(data=lines, format="nt")


def graph_of(release: Release, catalog: Catalog) -> tuple[Graph, URIRef]:
    lines = dataset_ntriples(release, catalog, BASE)
    return read(lines), URIRef(f"{BASE}/id/dataset/{release.name}")


def csv_distribution(graph: Graph) -> Node:
    (node,) = graph.subjects(DCAT.downloadURL, URIRef(f"{BASE}/dataset/keikaku/measures.csv"))
    return node


def test_lines_are_sorted_and_the_same_every_time(catalog: Catalog) -> None:
    lines = dataset_ntriples(make_release(), catalog, BASE)
    assert lines == dataset_ntriples(make_release(), catalog, BASE)
    assert lines.endswith(b" .\n")
    assert lines.split(b"\n")[:-1] == sorted(set(lines.split(b"\n")[:-1]))


def test_the_dataset_has_one_of_each_identifying_property(catalog: Catalog) -> None:
    graph, dataset = graph_of(make_release(), catalog)
    expected = {
        DCT.title: Literal("杉並区デジタル化推進計画", lang="ja"),
        DCT.description: Literal("計画の施策の一覧です。", lang="ja"),
        DCT.identifier: Literal(str(dataset)),
        DCT.issued: Literal("2026-01-02T03:04:05+00:00", datatype=XSD.dateTime),
        DCT.modified: Literal("2026-03-04T05:06:07.890123+00:00", datatype=XSD.dateTime),
        DCT.publisher: URIRef(f"{BASE}/id/organization/t131156"),
        DCT.accrualPeriodicity: EU["frequency/ANNUAL"],
        DCT.accessRights: EU["access-right/PUBLIC"],
        DCT.language: EU["language/JPN"],
        DCT.conformsTo: URIRef(f"{BASE}/schemas/plan-measures/1.0.0"),
        DCAT.landingPage: URIRef(f"{BASE}/dataset/keikaku"),
        DCAT.version: Literal("3"),
    }
    for predicate, value in expected.items():
        assert list(graph.objects(dataset, predicate)) == [value]
    assert list(graph.subjects(RDF.type, DCAT.Dataset)) == [dataset]


def test_keywords_are_clean_tags(catalog: Catalog) -> None:
    graph, dataset = graph_of(make_release(), catalog)
    assert {str(word) for word in graph.objects(dataset, DCAT.keyword)} == {"デジタル化", "計画 施策"}


def test_only_listed_distributions_are_named(catalog: Catalog) -> None:
    graph, dataset = graph_of(make_release(), catalog)
    files = {str(graph.value(node, DCAT.downloadURL)) for node in graph.objects(dataset, DCAT.distribution)}
    prefix = f"{BASE}/dataset/keikaku"
    assert files == {
        f"{prefix}{end}" for end in ("/measures.csv", "/measures.xlsx", "/measures.json", ".zip", "/plan.ttl")
    }


def test_a_distribution_tells_file_format_size_hash_licence_and_state(catalog: Catalog) -> None:
    graph, _ = graph_of(make_release(), catalog)
    node = csv_distribution(graph)
    resource_id = Distribution("keikaku", "measures", TABLE_FORMATS[0], "", 0).id
    assert node == URIRef(f"{BASE}/id/distribution/{resource_id}")
    expected = {
        DCAT.accessURL: URIRef(f"{BASE}/dataset/keikaku/measures.csv"),
        DCAT.byteSize: Literal(120, datatype=XSD.nonNegativeInteger),
        DCAT.mediaType: URIRef("https://www.iana.org/assignments/media-types/text/csv"),
        DCT["format"]: EU["file-type/CSV"],
        DCT.license: URIRef("https://creativecommons.org/licenses/by/4.0/"),
        DCT.issued: Literal("2026-02-03T04:05:06+00:00", datatype=XSD.dateTime),
        DCT.modified: Literal("2026-02-03T04:05:06+00:00", datatype=XSD.dateTime),
        URIRef("http://www.w3.org/ns/adms#status"): EU["distribution-status/COMPLETED"],
        URIRef("http://data.europa.eu/r5r/availability"): EU["planned-availability/STABLE"],
    }
    for predicate, value in expected.items():
        assert list(graph.objects(node, predicate)) == [value]
    checksum = graph.value(node, SPDX.checksum)
    assert graph.value(checksum, SPDX.checksumValue) == Literal("ab" * 32, datatype=XSD.hexBinary)
    assert graph.value(checksum, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256


def test_concepts_carry_pref_label_and_table_but_never_rdfs_label(catalog: Catalog) -> None:
    graph, _ = graph_of(make_release(), catalog)
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    assert EU["frequency/ANNUAL"] in concepts
    for concept in concepts:
        table = graph.value(concept, SKOS.inScheme)
        assert (table, RDF.type, SKOS.ConceptScheme) in graph
        assert len(list(graph.objects(concept, SKOS.prefLabel))) == 1
        assert (concept, RDFS.label, None) not in graph


def test_the_media_type_is_labelled_for_ckan(catalog: Catalog) -> None:
    graph, _ = graph_of(make_release(), catalog)
    node = URIRef("https://www.iana.org/assignments/media-types/text/csv")
    assert list(graph.objects(node, RDFS.label)) == [Literal("text/csv")]


def test_the_licence_is_known_by_url_title_and_eu_table(catalog: Catalog) -> None:
    graph, _ = graph_of(make_release(), catalog)
    node = URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert graph.value(node, DCT.title) == Literal("クリエイティブ・コモンズ 表示 4.0 国際", lang="ja")
    assert graph.value(node, OWL.sameAs) == EU["licence/CC_BY_4_0"]
    assert (node, RDFS.label, None) not in graph


def test_a_dedication_to_the_public_is_no_attribution_licence(catalog: Catalog) -> None:
    graph, _ = graph_of(make_release(license="CC0-1.0"), catalog)
    node = URIRef("https://creativecommons.org/publicdomain/zero/1.0/")
    assert graph.value(node, DCT.type) == URIRef("http://purl.org/adms/licencetype/PublicDomain")


def test_a_licence_outside_the_eu_table_claims_no_likeness(catalog: Catalog) -> None:
    graph, _ = graph_of(make_release(license="PDL-1.0"), catalog)
    assert (None, OWL.sameAs, None) not in graph


def test_the_place_is_the_country_and_the_municipality_with_its_box(catalog: Catalog) -> None:
    graph, dataset = graph_of(make_release(), catalog)
    places = set(graph.objects(dataset, DCT.spatial))
    country = EU["country/JPN"]
    (municipality,) = places - {country}
    assert isinstance(municipality, BNode)
    assert graph.value(municipality, SKOS.prefLabel) == Literal("東京都杉並区", lang="ja")
    assert graph.value(municipality, DCT.identifier) == Literal("131156")
    box = "POLYGON((139.59 35.67,139.67 35.67,139.67 35.73,139.59 35.73,139.59 35.67))"
    assert str(graph.value(municipality, DCAT.bbox)) == box
    assert str(graph.value(municipality, DCAT.centroid)) == "POINT(139.63 35.7)"
    assert (country, DCAT.bbox, None) in graph


def test_every_municipality_of_the_catalogue_has_a_box(catalog: Catalog) -> None:
    for organization in catalog.organizations.values():
        box = organization.box
        assert (box is not None) == bool(organization.code)
        if box:
            assert 139.5 < box[0] < box[2] < 140
            assert 35.5 < box[1] < box[3] < 35.9


@pytest.mark.parametrize("bbox", ["139.6,35.7", "a,b,c,d", "139.7,35.6,139.6,35.7", "nan,35,140,36"])
def test_a_box_that_is_none_is_refused(bbox: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Organization("t131156", "131156", "杉並区", "Suginami", "", "", bbox)


def test_an_unknown_municipality_leaves_the_country(catalog: Catalog) -> None:
    graph, dataset = graph_of(make_release(local_government_code="472018"), catalog)
    assert list(graph.objects(dataset, DCT.spatial)) == [EU["country/JPN"]]


def test_the_period_is_a_blank_node_with_the_known_ends(catalog: Catalog) -> None:
    graph, dataset = graph_of(make_release(period_end=None), catalog)
    period = graph.value(dataset, DCT.temporal)
    assert isinstance(period, BNode)
    assert graph.value(period, DCAT.startDate) == Literal("2022-04-01", datatype=XSD.date)
    assert graph.value(period, DCAT.endDate) is None


def test_without_period_there_is_no_temporal(catalog: Catalog) -> None:
    graph, dataset = graph_of(make_release(period_start=None, period_end=None), catalog)
    assert (dataset, DCT.temporal, None) not in graph


def test_themes_are_eu_concepts_that_point_to_ours(catalog: Catalog) -> None:
    graph, dataset = graph_of(make_release(), catalog)
    assert set(graph.objects(dataset, DCAT.theme)) == {EU["data-theme/GOVE"], EU["data-theme/TECH"]}
    own = URIRef("https://w3id.org/shisaku/theme/gove")
    assert (EU["data-theme/GOVE"], SKOS.exactMatch, own) in graph


def test_the_contact_has_an_address_of_its_own_or_the_dataset_page(catalog: Catalog) -> None:
    graph, dataset = graph_of(make_release(), catalog)
    contact = graph.value(dataset, DCAT.contactPoint)
    assert contact == URIRef(f"{dataset}#contact")
    assert graph.value(contact, VCARD.hasEmail) == URIRef("mailto:joho@city.example.jp")
    assert graph.value(contact, VCARD.hasURL) is None
    graph, dataset = graph_of(make_release(contact=Contact(name="情報政策課")), catalog)
    page = URIRef(f"{BASE}/dataset/keikaku")
    assert graph.value(URIRef(f"{dataset}#contact"), VCARD.hasURL) == page


def test_sources_are_documents_with_percent_encoded_addresses(catalog: Catalog) -> None:
    graph, dataset = graph_of(make_release(), catalog)
    document = URIRef("https://city.example.jp/%E8%A8%88%E7%94%BB%20%E6%9B%B8.pdf")
    assert list(graph.objects(dataset, PROV.wasDerivedFrom)) == [document]
    assert (document, RDF.type, FOAF.Document) in graph
    assert (dataset, DCT.source, None) not in graph


@pytest.mark.parametrize("address", ["", "計画書", "ftp://x.jp/a", "https://[x/", "//x.jp/a", "javascript:a"])
def test_a_source_without_web_address_is_named_in_words_only(catalog: Catalog, address: str) -> None:
    release = make_release(sources=(Source(title="計画書", url=address),))
    graph, dataset = graph_of(release, catalog)
    assert (dataset, PROV.wasDerivedFrom, None) not in graph
    assert "計画書" in str(graph.value(graph.value(dataset, DCT.provenance), RDFS.label))


def test_unofficial_data_say_so_in_provenance_and_credit(catalog: Catalog) -> None:
    graph, dataset = graph_of(make_release(publisher="shisaku", unofficial=True), catalog)
    provenance = str(graph.value(graph.value(dataset, DCT.provenance), RDFS.label))
    credit = str(graph.value(graph.value(csv_distribution(graph), DCT.rights), RDFS.label))
    for words in ("東京都杉並区が公開した文書「計画書」", "非公式"):
        assert words in provenance
        assert words in credit
    publisher = URIRef(f"{BASE}/id/organization/shisaku")
    assert graph.value(dataset, DCT.publisher) == publisher
    assert graph.value(publisher, DCT.type) != URIRef("http://purl.org/adms/publishertype/LocalAuthority")


def test_the_credit_names_data_municipality_and_licence(catalog: Catalog) -> None:
    graph, dataset = graph_of(make_release(sources=()), catalog)
    credit = str(graph.value(graph.value(csv_distribution(graph), DCT.rights), RDFS.label))
    expected = "出典：東京都杉並区「杉並区デジタル化推進計画」（クリエイティブ・コモンズ 表示 4.0 国際）。"
    assert credit == expected
    assert (dataset, DCT.provenance, None) not in graph


def test_deprecated_terms_are_not_used(catalog: Catalog) -> None:
    lines = dataset_ntriples(make_release(), catalog, BASE).decode()
    for term in ("schema.org", "terms/hasVersion", "owl#versionInfo", "data.europa.eu/eli"):
        assert term not in lines


def test_every_literal_in_words_is_japanese_only(catalog: Catalog) -> None:
    graph, _ = graph_of(make_release(title_en="Plan", description_en="A plan."), catalog)
    tags = {value.language for value in graph.objects() if isinstance(value, Literal)}
    assert tags == {"ja", None}


def test_blank_nodes_of_two_datasets_never_meet(catalog: Catalog) -> None:
    labels = []
    for name in ("keikaku", "keikaku-2"):
        words = dataset_ntriples(make_release(name), catalog, BASE).decode().split()
        labels.append({word for word in words if word.startswith("_:")})
    assert all(len(found) == 2 + 1 + 2 * 5 for found in labels)
    assert not labels[0] & labels[1]


def test_an_unknown_publisher_is_an_error(catalog: Catalog) -> None:
    with pytest.raises(OrganizationNotFound):
        dataset_ntriples(make_release(publisher="nobody"), catalog, BASE)


@settings(max_examples=40, deadline=None)
@given(title=st.text(min_size=1), url=st.text())
def test_any_text_of_a_record_can_be_written_and_read(catalog: Catalog, title: str, url: str) -> None:
    sources = (Source(title=title, url=f"https://x.jp/{url}"),)
    lines = dataset_ntriples(make_release(title=title, sources=sources), catalog, BASE)
    for suffix, name in (("ttl", "turtle"), ("rdf", "xml")):
        form = find_form(suffix)
        assert form is not None
        assert len(Graph().parse(data=write_rdf(lines, form), format=name)) == lines.count(b"\n")


def test_our_theme_scheme_matches_the_catalogue_list() -> None:
    scheme = Graph().parse(HOUSE / "vocab" / "themes.ttl")
    with (HOUSE / "catalog" / "themes.csv").open(encoding="utf-8", newline="") as file:
        listed = {
            (row["name"], row["eu_code"], row["title"], row["title_en"]) for row in csv.DictReader(file)
        }
    described = set()
    for concept in scheme.subjects(RDF.type, SKOS.Concept):
        labels = {word.language: str(word) for word in scheme.objects(concept, SKOS.prefLabel)}  # type: ignore[attr-defined]  # literals
        code = str(scheme.value(concept, SKOS.exactMatch)).rpartition("/")[2]
        described.add((str(concept).rpartition("/")[2], code, labels["ja"], labels["en"]))
    assert described == listed
