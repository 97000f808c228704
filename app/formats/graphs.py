"""Parts of a graph that is being built: namespaces, identifiers, literals, blank nodes, and its lines."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

import pyoxigraph
from rdflib import XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from app.formats.rdf import PREFIXES

ADMS = Namespace(PREFIXES["adms"])
DCAT = Namespace(PREFIXES["dcat"])
DCATAP = Namespace(PREFIXES["dcatap"])
DCT = Namespace(PREFIXES["dct"])
FOAF = Namespace(PREFIXES["foaf"])
GEO = Namespace(PREFIXES["geo"])
HYDRA = Namespace(PREFIXES["hydra"])
PROV = Namespace(PREFIXES["prov"])
SPDX = Namespace(PREFIXES["spdx"])
VCARD = Namespace(PREFIXES["vcard"])

Fact = tuple[URIRef, Node | None]

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


def describe(graph: Graph, node: Node, facts: Iterable[Fact]) -> None:
    """Add (property, value) pairs to a node; a value None is left out."""
    for predicate, value in facts:
        if value is not None:
            graph.add((node, predicate, value))


def clean_text(words: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return NOT_XML.sub("", words)


def text(words: str) -> Literal | None:
    """Return a Japanese literal in NFC that XML can hold, or None if nothing is left."""
    words = unicodedata.normalize("NFC", clean_text(words))
    return Literal(words, lang="ja") if words.strip() else None


def find_iri(address: str) -> URIRef | None:
    """Return an absolute http(s) address or mail address as an ASCII IRI, or None if it isn't one."""
    escaped = _NOT_ESCAPE.sub("%25", quote(address.strip(), safe="%:/?#[]@!$&'()*+,;=~"))
    if not escaped.startswith(("https://", "http://", "mailto:")):
        return None
    try:
        return URIRef(pyoxigraph.NamedNode(escaped).value)
    except ValueError:
        return None


def day(date: dt.date | None) -> Literal | None:
    """Return an xsd:date, or None for None."""
    return Literal(date.isoformat(), datatype=XSD.date, normalize=False) if date else None


def moment(time: dt.datetime) -> Literal:
    """Return an aware time as xsd:dateTime with its offset."""
    return Literal(time.isoformat(), datatype=XSD.dateTime, normalize=False)


def blank(owner: str, path: str) -> BNode:
    """Return the blank node at `path` of `owner` (an IRI): the same label for ever, and no other's."""
    return BNode("b" + hashlib.sha256(f"{owner}\n{path}".encode()).hexdigest()[:32])


def write_lines(graph: Graph) -> bytes:
    """Return the graph as sorted N-Triples lines."""
    return join_lines([graph.serialize(format="nt", encoding="utf-8")])


def join_lines(parts: Iterable[bytes]) -> bytes:
    """Return the N-Triples lines of all parts, sorted, each once."""
    lines = {line for part in parts for line in part.split(b"\n") if line}
    return b"".join(line + b"\n" for line in sorted(lines))


def dataset_iri(name: str, base: str) -> URIRef:
    """Return the identifier of a dataset."""
    return URIRef(f"{base}/id/dataset/{name}")


def series_iri(name: str, base: str) -> URIRef:
    """Return the identifier of a series."""
    return URIRef(f"{base}/id/dataset_series/{name}")


def organization_iri(name: str, base: str) -> URIRef:
    """Return the identifier of an organization."""
    return URIRef(f"{base}/id/organization/{name}")


def schema_iri(name: str, version: str, base: str) -> URIRef:
    """Return the identifier of a Table Schema, under which its columns are named too."""
    return URIRef(f"{base}/schemas/{name}/{version}")


def distribution_iri(resource_id: str, base: str) -> URIRef:
    """Return the identifier of a distribution."""
    return URIRef(f"{base}/id/distribution/{resource_id}")


def catalog_iri(base: str) -> URIRef:
    """Return the identifier of the catalogue."""
    return URIRef(f"{base}/id/catalog")
