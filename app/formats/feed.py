"""The RDF feed: the catalogue, its paging and the datasets of one page.

Each page is a whole graph. The paging node has both Hydra types and both spellings of each link, because
ckanext-dcat and udata look for different ones; what isn't there is not said, which is how they stop.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.term import Node

from app.formats.concepts import (
    ACCESS_RIGHT,
    DATA_THEME,
    LANGUAGE,
    OWN_THEMES,
    add_agent,
    add_catalog_contact,
    add_concept,
    add_country,
    add_document,
    add_license,
    add_scheme,
)
from app.formats.graphs import (
    DCAT,
    DCT,
    FOAF,
    HYDRA,
    Fact,
    catalog_iri,
    dataset_iri,
    day,
    describe,
    join_lines,
    moment,
    text,
    write_lines,
)
from app.formats.rdf import RdfForm, write_rdf
from app.vocabulary.catalog import Catalog

CKAN_API_REFERENCE = URIRef("https://docs.ckan.org/en/latest/api/")


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One page of the feed.

    Addresses are absolute and end in the form's suffix, before the query; `next_url` is None on the last
    page, `previous_url` on the first. `names` are the page's datasets, `total` counts those of the feed,
    `page_size` bounds a page.
    """

    url: str
    names: tuple[str, ...]
    total: int
    page_size: int
    first_url: str
    last_url: str
    next_url: str | None = None
    previous_url: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether this page is the whole feed: then it carries no paging, and every form says the same."""
        return self.next_url is None and self.url == self.first_url


def feed_page(
    catalog: Catalog,
    base: str,
    page: FeedPage,
    modified: dt.datetime,
    datasets: Iterable[bytes],
    form: RdfForm,
) -> bytes:
    """Return a page of the feed in `form`.

    `datasets` are the stored N-Triples lines of the page's datasets (`dcat.dataset_ntriples`), `modified` is
    the latest change of anything in the catalogue.
    """
    lines = join_lines([catalog_ntriples(catalog, base, page, modified), *datasets])
    return write_rdf(lines, form)


def catalog_ntriples(catalog: Catalog, base: str, page: FeedPage, modified: dt.datetime) -> bytes:
    """Return the catalogue, its service and the paging node of one page as sorted N-Triples lines."""
    graph = Graph()
    datasets = [dataset_iri(name, base) for name in page.names]
    service = _add_service(graph, catalog, base, datasets)
    node = catalog_iri(base)
    describe(graph, node, _catalog_facts(graph, catalog, base))
    describe(graph, node, [(DCT.modified, moment(modified)), (DCAT.service, service)])
    describe(graph, node, [(DCAT.dataset, dataset) for dataset in datasets])
    if not page.is_whole:
        describe(graph, URIRef(page.url), _paging_facts(page))
    return write_lines(graph)


def _catalog_facts(graph: Graph, catalog: Catalog, base: str) -> list[Fact]:
    homepage = add_document(graph, URIRef(f"{base}/"))
    return [
        (RDF.type, DCAT.Catalog),
        (DCT.title, text(catalog.title)),
        (DCT.description, text(catalog.description)),
        (DCT.publisher, add_agent(graph, catalog.operator, base)),
        (DCAT.contactPoint, add_catalog_contact(graph, catalog, base)),
        (DCT.license, add_license(graph, catalog.license)),
        (DCT.language, add_concept(graph, LANGUAGE, "JPN")),
        (DCT.issued, day(catalog.issued)),
        (DCT.spatial, add_country(graph)),
        (DCAT.themeTaxonomy, add_scheme(graph, DATA_THEME.scheme, DATA_THEME.title)),
        (DCAT.themeTaxonomy, add_scheme(graph, OWN_THEMES, "施策オープンデータカタログのテーマ")),
        (FOAF.homepage, homepage),
    ]


def _add_service(graph: Graph, catalog: Catalog, base: str, datasets: list[URIRef]) -> Node:
    service = URIRef(f"{base}/id/service/ckan")
    endpoint = URIRef(f"{base}/api/3")
    help_page = URIRef(f"{base}/api/3/action/help_show?name=package_search")
    for address in (endpoint, help_page):
        graph.add((address, RDF.type, RDFS.Resource))
    describe(graph, CKAN_API_REFERENCE, [(RDF.type, DCT.Standard), (DCT.title, Literal("CKAN API guide"))])
    theme = catalog.find_theme("GOVE")
    facts: list[Fact] = [
        (RDF.type, DCAT.DataService),
        (DCT.identifier, Literal(str(service))),
        (DCT.title, text("CKAN互換API")),
        (DCT.description, text(f"{catalog.title}のデータセットを検索し、取り出すためのAPIです。")),
        (DCAT.keyword, text("CKAN API")),
        (DCAT.theme, add_concept(graph, DATA_THEME, "GOVE", theme.title if theme else "")),
        (DCAT.endpointURL, endpoint),
        (DCAT.endpointDescription, help_page),
        (DCAT.contactPoint, add_catalog_contact(graph, catalog, base)),
        (DCT.publisher, add_agent(graph, catalog.operator, base)),
        (DCT.license, add_license(graph, catalog.license)),
        (DCT.accessRights, add_concept(graph, ACCESS_RIGHT, "PUBLIC")),
        (DCT.conformsTo, CKAN_API_REFERENCE),
        *((DCAT.servesDataset, dataset) for dataset in datasets),
    ]
    describe(graph, service, facts)
    return service


def _paging_facts(page: FeedPage) -> list[Fact]:
    links = {
        HYDRA.next: page.next_url,
        HYDRA.nextPage: page.next_url,
        HYDRA.previous: page.previous_url,
        HYDRA.previousPage: page.previous_url,
        HYDRA.first: page.first_url,
        HYDRA.firstPage: page.first_url,
        HYDRA.last: page.last_url,
        HYDRA.lastPage: page.last_url,
    }
    return [
        (RDF.type, HYDRA.PagedCollection),
        (RDF.type, HYDRA.PartialCollectionView),
        (HYDRA.totalItems, Literal(page.total)),
        (HYDRA.itemsPerPage, Literal(page.page_size)),
        *((link, URIRef(address) if address else None) for link, address in links.items()),
    ]
