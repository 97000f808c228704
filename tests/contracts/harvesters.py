"""Walkers of the RDF feed, each reading as its client does; what they keep is what that client would hold.

Source: ckanext-dcat's RDF harvester and udata's DCAT backend, as described by their code and issues.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
from rdflib import RDF, BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS
from rdflib.term import Node

DCAT = Namespace("http://www.w3.org/ns/dcat#")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
MAX_PAGES = 50
MAX_BYTES = 50_000_000
PARSERS = {
    "text/turtle": "turtle",
    "application/rdf+xml": "xml",
    "application/ld+json": "json-ld",
}
"""The media types that both clients take, by rdflib's names of them."""

BetweenPages = Callable[[int], Awaitable[None]]


async def wait(_page: int) -> None:
    """Let nothing happen between two pages."""


@dataclass
class Run:
    """One harvest: what is new, changed and gone since the one before, and the order of what was read."""

    read: list[str] = field(default_factory=list)
    added: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)


@dataclass
class RdfHarvester:
    """ckanext-dcat's RDF harvester: a dataset's IRI is its identity; what a whole run lacks is deleted."""

    client: httpx.AsyncClient
    first: str
    held: dict[str, frozenset[object]] = field(default_factory=dict)

    async def run(self, between: BetweenPages = wait) -> Run:
        """Harvest once; an error leaves everything as it was."""
        found: dict[str, frozenset[object]] = {}
        run = Run()
        address: str | None = self.first
        seen: list[bytes] = []
        while address:
            content, graph = await self._read(address)
            assert content not in seen, "a page that repeats itself ends the walk early"
            seen.append(content)
            assert len(seen) <= MAX_PAGES, "the walk does not end"
            for node in sorted(graph.subjects(RDF.type, DCAT.Dataset), key=str):
                assert graph.value(node, DCTERMS.title), "a dataset without a title aborts the run"
                assert isinstance(node, URIRef)
                run.read.append(str(node))
                found[str(node)] = describe(graph, node)
            address = self._next(graph)
            await between(len(seen))
        self._compare(found, run)
        return run

    async def _read(self, address: str) -> tuple[bytes, Graph]:
        head = await self.client.head(address)
        assert head.status_code == 200
        assert int(head.headers["content-length"]) <= MAX_BYTES
        response = await self.client.get(address)
        assert response.status_code == 200
        kind = response.headers["content-type"]
        assert kind == head.headers["content-type"]
        assert kind.endswith("; charset=utf-8")
        name = PARSERS[kind.partition(";")[0]]
        return response.content, Graph().parse(data=response.content, format=name)

    def _next(self, graph: Graph) -> str | None:
        for node in graph.subjects(RDF.type, HYDRA.PagedCollection):
            following = graph.value(node, HYDRA.next) or graph.value(node, HYDRA.nextPage)
            return str(following) if following else None
        return None

    def _compare(self, found: dict[str, frozenset[object]], run: Run) -> None:
        run.added = found.keys() - self.held.keys()
        run.gone = self.held.keys() - found.keys()
        run.changed = {name for name in found.keys() & self.held.keys() if found[name] != self.held[name]}
        self.held = found


class UdataHarvester(RdfHarvester):
    """udata's DCAT backend: `dct:identifier` is the identity, series are items too, redirects are errors."""

    async def run(self, between: BetweenPages = wait) -> Run:
        """Harvest once."""
        found: dict[str, frozenset[object]] = {}
        run = Run()
        address: str | None = self.first
        for page in range(1, MAX_PAGES):
            graph = await self._read_as_text(str(address))
            for node in sorted(self._items(graph)):
                (identifier,) = graph.objects(node, DCTERMS.identifier)
                assert isinstance(identifier, Literal)
                self._check_files(graph, node)
                if (node, RDF.type, DCAT.Dataset) in graph:
                    run.read.append(str(identifier))
                found[str(identifier)] = describe(graph, node)
            address = self._next_of_view(graph)
            await between(page)
            if address is None:
                self._compare(found, run)
                return run
        raise AssertionError("the walk does not end")

    async def _read_as_text(self, address: str) -> Graph:
        response = await self.client.get(address, headers={"User-Agent": "uData/0.1 dcat"})
        assert response.status_code == 200, "any redirect is an error"
        kind = response.headers["content-type"].partition(";")[0]
        text = response.content.decode(response.charset_encoding or "iso-8859-1")
        return Graph().parse(data=text, format=PARSERS[kind])

    def _items(self, graph: Graph) -> set[URIRef]:
        kinds = (DCAT.Dataset, DCAT.DatasetSeries)
        nodes = {node for kind in kinds for node in graph.subjects(RDF.type, kind)}
        assert all(isinstance(node, URIRef) for node in nodes)
        return {URIRef(str(node)) for node in nodes}

    def _check_files(self, graph: Graph, node: URIRef) -> None:
        addresses = [
            str(url)
            for entry in graph.objects(node, DCAT.distribution)
            for url in graph.objects(entry, DCAT.downloadURL)
        ]
        assert len(set(addresses)) == len(addresses), "resources are matched by URL"

    def _next_of_view(self, graph: Graph) -> str | None:
        views = list(graph.subjects(RDF.type, HYDRA.PartialCollectionView))
        assert len(views) <= 1, "one pagination node a page"
        following = graph.value(views[0], HYDRA.next) if views else None
        return str(following) if following else None


def describe(graph: Graph, node: Node, depth: int = 0) -> frozenset[object]:
    """Return what a page says of a node, its distributions and blank nodes included, in a form to compare."""
    facts: set[object] = set()
    for predicate, value in graph.predicate_objects(node):
        follows = isinstance(value, BNode) or predicate in (DCAT.distribution, DCAT.contactPoint)
        facts.add((predicate, describe(graph, value, depth + 1) if follows and depth < 3 else value))
    return frozenset(facts)
