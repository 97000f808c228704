from __future__ import annotations

import json

import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

from app.formats.rdf import FORMS, RdfForm, find_form, write_rdf

LINES = """<https://x.jp/a> <http://purl.org/dc/terms/spatial> _:b01 .
<https://x.jp/a> <http://purl.org/dc/terms/title> "題\\n\\"名\\" <&>"@ja .
<https://x.jp/a> <http://www.w3.org/ns/dcat#byteSize> "7"^^<http://www.w3.org/2001/XMLSchema#integer> .
_:b01 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://purl.org/dc/terms/Location> .
""".encode()

# rdflib's JSON-LD reader makes a ConjunctiveGraph, which rdflib itself calls deprecated.
READS_JSON_LD = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

RDFLIB_NAMES = {"ttl": "turtle", "rdf": "xml", "xml": "xml", "jsonld": "json-ld", "nt": "nt"}


@READS_JSON_LD
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.suffix)
def test_every_form_reads_back_as_the_same_graph(form: RdfForm) -> None:
    expected = Graph().parse(data=LINES, format="nt")
    read = Graph().parse(data=write_rdf(LINES, form), format=RDFLIB_NAMES[form.suffix])
    assert len(read) == 4
    assert isomorphic(read, expected)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.suffix)
def test_the_same_lines_give_the_same_bytes(form: RdfForm) -> None:
    assert write_rdf(LINES, form) == write_rdf(LINES, form)


def test_media_types_are_those_that_harvesters_accept_and_name_the_charset() -> None:
    assert {form.suffix: form.media_type for form in FORMS} == {
        "ttl": "text/turtle; charset=utf-8",
        "rdf": "application/rdf+xml; charset=utf-8",
        "xml": "application/rdf+xml; charset=utf-8",
        "jsonld": "application/ld+json; charset=utf-8",
        "nt": "application/n-triples; charset=utf-8",
    }


def test_json_ld_needs_no_context_and_names_nodes_absolutely() -> None:
    form = find_form("jsonld")
    assert form is not None
    nodes = json.loads(write_rdf(LINES, form))
    assert all("@context" not in node for node in nodes)
    assert {node["@id"] for node in nodes} == {"https://x.jp/a", "_:b01"}


def test_turtle_and_rdf_xml_declare_prefixes() -> None:
    turtle, rdf_xml = (write_rdf(LINES, form).decode() for form in FORMS[:2])
    assert "dct:title" in turtle
    assert "<dct:title" in rdf_xml


@READS_JSON_LD
def test_no_lines_give_an_empty_graph_in_every_form() -> None:
    for form in FORMS:
        assert len(Graph().parse(data=write_rdf(b"", form), format=RDFLIB_NAMES[form.suffix])) == 0


def test_other_text_is_refused() -> None:
    with pytest.raises(SyntaxError):
        write_rdf(b"not a triple\n", FORMS[0])


def test_an_unknown_suffix_has_no_form() -> None:
    assert find_form("csv") is None
