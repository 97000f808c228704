"""DCAT-AP 3.0.1: the record of one dataset as sorted N-Triples.

Deliberate departures from a plain reading of DCAT, each for a harvester's or validator's sake:
documents that the data were taken from are `prov:wasDerivedFrom`, since DCAT-AP wants a dcat:Dataset under
`dct:source` and the CKAN harvester would import a document typed so; `dcat:theme` has EU concepts only.
"""

from __future__ import annotations

from rdflib import RDF, RDFS, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from app.formats.ckan import clean_tags
from app.formats.concepts import (
    ACCESS_RIGHT,
    AVAILABILITY,
    DATA_THEME,
    FILE_TYPE,
    FREQUENCY,
    LANGUAGE,
    STATUS,
    add_agent,
    add_concept,
    add_contact,
    add_country,
    add_document,
    add_license,
    add_location,
    add_theme,
)
from app.formats.graphs import (
    ADMS,
    DCAT,
    DCATAP,
    DCT,
    FOAF,
    PROV,
    SPDX,
    Fact,
    blank,
    dataset_iri,
    day,
    describe,
    distribution_iri,
    find_iri,
    moment,
    schema_iri,
    text,
    write_lines,
)
from app.formats.sentences import (
    credit_sentence,
    distribution_description,
    distribution_title,
    provenance_sentence,
)
from app.formats.series import add_series
from app.model.distribution import Distribution
from app.model.record import Source
from app.model.release import Release
from app.model.series import Series
from app.vocabulary.catalog import Catalog

MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
"""With `https`: udata knows only that form."""


def dataset_ntriples(release: Release, catalog: Catalog, base: str) -> bytes:
    """Return the description of a release's dataset as sorted N-Triples lines.

    `base` is the public URL without a trailing slash. The lines hold every node that they name, so that they
    stand alone on any page. Raises OrganizationNotFound if the record's publisher isn't in the catalogue.
    """
    graph = Graph()
    dataset = dataset_iri(release.name, base)
    describe(graph, dataset, _words(release))
    describe(graph, dataset, _facts(graph, release, catalog, base))
    describe(graph, dataset, _coverage(graph, release, catalog, dataset))
    describe(graph, dataset, _lineage(graph, release, catalog, dataset))
    series = Series.of(release.record, catalog.find_municipality(release.record.local_government_code))
    if series:
        graph.add((dataset, DCAT.inSeries, add_series(graph, series, catalog, base)))
    for entry in release.listed_distributions:
        node = distribution_iri(entry.id, base)
        graph.add((dataset, DCAT.distribution, node))
        describe(graph, node, _distribution_words(release, entry))
        describe(graph, node, _file_facts(graph, entry, base))
        describe(graph, node, _distribution_facts(graph, release, catalog, entry, base))
    return write_lines(graph)


def _words(release: Release) -> list[Fact]:
    record = release.record
    return [
        (RDF.type, DCAT.Dataset),
        (DCT.title, text(record.title)),
        (DCT.description, text(record.description or record.title)),
        *((DCAT.keyword, text(tag)) for tag in clean_tags(record.keywords)),
        (DCAT.version, Literal(str(release.number))),
        (DCT.issued, moment(release.created)),
        (DCT.modified, moment(release.modified)),
    ]


def _facts(graph: Graph, release: Release, catalog: Catalog, base: str) -> list[Fact]:
    record = release.record
    dataset = dataset_iri(release.name, base)
    page = add_document(graph, URIRef(f"{base}/dataset/{release.name}"))
    schemas = [_add_standard(graph, table.schema_name, table.schema_version, base) for table in record.tables]
    return [
        (DCT.identifier, Literal(str(dataset))),
        (DCAT.landingPage, page),
        (FOAF.page, page),
        (DCT.publisher, add_agent(graph, catalog.get_organization(record.publisher), base)),
        (DCAT.contactPoint, add_contact(graph, dataset, record.contact, page)),
        *((DCAT.theme, _add_theme(graph, catalog, code)) for code in record.themes),
        (DCT.accrualPeriodicity, add_concept(graph, FREQUENCY, record.frequency)),
        (DCT.accessRights, add_concept(graph, ACCESS_RIGHT, "PUBLIC")),
        (DCT.language, add_concept(graph, LANGUAGE, "JPN")),
        *((DCT.conformsTo, schema) for schema in schemas),
    ]


def _coverage(graph: Graph, release: Release, catalog: Catalog, dataset: URIRef) -> list[Fact]:
    record = release.record
    facts: list[Fact] = [(DCT.spatial, add_country(graph))]
    municipality = catalog.find_municipality(record.local_government_code)
    if municipality:
        facts.append((DCT.spatial, add_location(graph, municipality, dataset)))
    if record.period_start or record.period_end:
        period = blank(dataset, "temporal")
        bounds: list[Fact] = [
            (RDF.type, DCT.PeriodOfTime),
            (DCAT.startDate, day(record.period_start)),
            (DCAT.endDate, day(record.period_end)),
        ]
        describe(graph, period, bounds)
        facts.append((DCT.temporal, period))
    return facts


def _lineage(graph: Graph, release: Release, catalog: Catalog, dataset: URIRef) -> list[Fact]:
    facts: list[Fact] = [(PROV.wasDerivedFrom, _add_source(graph, entry)) for entry in release.record.sources]
    sentence = provenance_sentence(release, catalog)
    if sentence:
        statement = blank(dataset, "provenance")
        describe(graph, statement, [(RDF.type, DCT.ProvenanceStatement), (RDFS.label, text(sentence))])
        facts.append((DCT.provenance, statement))
    return facts


def _distribution_words(release: Release, entry: Distribution) -> list[Fact]:
    return [
        (RDF.type, DCAT.Distribution),
        (DCT.title, text(distribution_title(release, entry))),
        (DCT.description, text(distribution_description(release, entry))),
        (DCT.issued, moment(release.effective_at)),
        (DCT.modified, moment(release.effective_at)),
    ]


def _file_facts(graph: Graph, entry: Distribution, base: str) -> list[Fact]:
    file = URIRef(base + entry.path)
    graph.add((file, RDF.type, RDFS.Resource))
    return [
        (DCAT.accessURL, file),
        (DCAT.downloadURL, file),
        (DCAT.byteSize, Literal(str(entry.size), datatype=XSD.nonNegativeInteger)),
        (DCAT.mediaType, _add_media_type(graph, entry.format.media_type)),
        (DCT["format"], add_concept(graph, FILE_TYPE, entry.format.file_type)),
        (SPDX.checksum, _add_checksum(graph, entry, base)),
    ]


def _distribution_facts(
    graph: Graph, release: Release, catalog: Catalog, entry: Distribution, base: str
) -> list[Fact]:
    rights = blank(distribution_iri(entry.id, base), "rights")
    sentence = credit_sentence(release, catalog)
    describe(graph, rights, [(RDF.type, DCT.RightsStatement), (RDFS.label, text(sentence))])
    table = release.find_table(entry.table)
    standard = (table.record.schema_name, table.record.schema_version) if table else None
    return [
        (DCT.license, add_license(graph, catalog.licenses[release.record.license])),
        (DCT.rights, rights),
        (DCT.language, add_concept(graph, LANGUAGE, "JPN")),
        (DCT.conformsTo, _add_standard(graph, *standard, base) if standard else None),
        (ADMS.status, add_concept(graph, STATUS, "COMPLETED")),
        (DCATAP.availability, add_concept(graph, AVAILABILITY, "STABLE")),
    ]


def _add_theme(graph: Graph, catalog: Catalog, code: str) -> URIRef:
    theme = catalog.find_theme(code)
    return add_theme(graph, theme) if theme else add_concept(graph, DATA_THEME, code)


def _add_standard(graph: Graph, name: str, version: str, base: str) -> URIRef:
    schema = schema_iri(name, version, base)
    describe(graph, schema, [(RDF.type, DCT.Standard), (DCT.title, Literal(f"{name} {version}"))])
    return schema


def _add_source(graph: Graph, source: Source) -> Node | None:
    address = find_iri(source.url)
    if address:
        describe(graph, add_document(graph, address), [(DCT.title, text(source.title))])
    return address


def _add_media_type(graph: Graph, media_type: str) -> URIRef:
    name = media_type.partition(";")[0]
    node = URIRef(MEDIA_TYPES + name)
    describe(graph, node, [(RDF.type, DCT.MediaType), (RDFS.label, Literal(name))])
    return node


def _add_checksum(graph: Graph, entry: Distribution, base: str) -> Node:
    checksum = blank(distribution_iri(entry.id, base), "checksum")
    graph.add((SPDX.checksumAlgorithm_sha256, RDF.type, SPDX.ChecksumAlgorithm))
    facts: list[Fact] = [
        (RDF.type, SPDX.Checksum),
        (SPDX.algorithm, SPDX.checksumAlgorithm_sha256),
        (SPDX.checksumValue, Literal(entry.sha256, datatype=XSD.hexBinary, normalize=False)),
    ]
    describe(graph, checksum, facts)
    return checksum
