"""RDF forms: N-Triples lines in, the bytes of one form out.

The media types are those that ckanext-dcat and udata accept; udata reads Turtle without a charset as Latin-1.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph

PREFIXES: dict[str, str] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes that Turtle and RDF/XML declare."""


@dataclass(frozen=True, slots=True)
class RdfForm:
    """A serialisation: `suffix` ends the address, `media_type` carries the charset."""

    suffix: str
    media_type: str
    syntax: pyoxigraph.RdfFormat


FORMS: tuple[RdfForm, ...] = (
    RdfForm("ttl", "text/turtle; charset=utf-8", pyoxigraph.RdfFormat.TURTLE),
    RdfForm("rdf", "application/rdf+xml; charset=utf-8", pyoxigraph.RdfFormat.RDF_XML),
    RdfForm("xml", "application/rdf+xml; charset=utf-8", pyoxigraph.RdfFormat.RDF_XML),
    RdfForm("jsonld", "application/ld+json; charset=utf-8", pyoxigraph.RdfFormat.JSON_LD),
    RdfForm("nt", "application/n-triples; charset=utf-8", pyoxigraph.RdfFormat.N_TRIPLES),
)
"""Every form of records and feeds; JSON-LD is the expanded form, without any context."""


def find_form(suffix: str) -> RdfForm | None:
    """Return the form of that suffix, or None."""
    return next((form for form in FORMS if form.suffix == suffix), None)


def write_rdf(lines: bytes, form: RdfForm) -> bytes:
    """Return N-Triples `lines` in `form`: the same lines give the same bytes.

    Raises SyntaxError if the lines aren't N-Triples.
    """
    quads = pyoxigraph.parse(lines, pyoxigraph.RdfFormat.N_TRIPLES)
    written: bytes | None = pyoxigraph.serialize(quads, format=form.syntax, prefixes=PREFIXES)
    return written or b""
