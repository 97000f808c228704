"""A series in DCAT: named on the pages of its datasets, told whole under its own address.

It is typed dcat:DatasetSeries only: the CKAN harvester would import a dcat:Dataset.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from rdflib import RDF, Graph, Literal, URIRef

from app.formats.concepts import add_agent, add_catalog_contact, add_country, add_document, add_location
from app.formats.graphs import DCAT, DCT, Fact, dataset_iri, describe, moment, series_iri, text, write_lines
from app.model.series import Series
from app.vocabulary.catalog import Catalog


@dataclass(frozen=True, slots=True)
class SeriesMember:
    """A dataset of a series; `before` names the datasets that hold the plans before its own."""

    name: str
    created: dt.datetime
    modified: dt.datetime
    before: tuple[str, ...] = ()


def add_series(graph: Graph, series: Series, catalog: Catalog, base: str) -> URIRef:
    """Describe a series, its datasets aside, and return its IRI."""
    node = series_iri(series.name, base)
    facts: list[Fact] = [
        (RDF.type, DCAT.DatasetSeries),
        (DCT.title, text(series.title)),
        (DCT.description, text(series.description)),
        (DCT.identifier, Literal(str(node))),
        (DCT.publisher, add_agent(graph, catalog.operator, base)),
        (DCAT.contactPoint, add_catalog_contact(graph, catalog, base)),
        (DCT.spatial, add_country(graph)),
        (DCT.spatial, add_location(graph, series.municipality, node)),
        (DCAT.landingPage, add_document(graph, URIRef(f"{base}/dataset_series/{series.name}"))),
    ]
    describe(graph, node, facts)
    return node


def series_ntriples(series: Series, members: Iterable[SeriesMember], catalog: Catalog, base: str) -> bytes:
    """Return a series with its datasets, named and not described, as sorted N-Triples lines.

    `members` isn't empty; the series is as old as the oldest and changed with the last of them.
    """
    graph = Graph()
    node = add_series(graph, series, catalog, base)
    created, modified = [], []
    for member in members:
        dataset = dataset_iri(member.name, base)
        graph.add((node, DCAT.seriesMember, dataset))
        graph.add((dataset, DCAT.inSeries, node))
        describe(graph, dataset, [(DCAT.prev, dataset_iri(name, base)) for name in member.before])
        created.append(member.created)
        modified.append(member.modified)
    describe(graph, node, [(DCT.issued, moment(min(created))), (DCT.modified, moment(max(modified)))])
    return write_lines(graph)
