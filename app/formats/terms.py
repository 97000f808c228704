"""Namespaces of the graphs of plans."""

from __future__ import annotations

from pyoxigraph import NamedNode

from app.formats.rdf import PREFIXES

DCT = PREFIXES["dct"]
PROV = PREFIXES["prov"]
SKOS = PREFIXES["skos"]
ORG = "http://www.w3.org/ns/org#"
QB = "http://purl.org/linked-data/cube#"
SCHEMA = "https://schema.org/"
PLAN = "https://w3id.org/shisaku/plan#"
"""Our own terms, the same in every installation: vocab/plan.ttl."""

RDF_TYPE = NamedNode(f"{PREFIXES['rdf']}type")

PLAN_PREFIXES = {
    **{prefix: PREFIXES[prefix] for prefix in ("dct", "prov", "rdf", "skos", "xsd")},
    "org": ORG,
    "plan": PLAN,
    "qb": QB,
    "schema": SCHEMA,
}
"""Prefixes that a plan's Turtle declares."""
