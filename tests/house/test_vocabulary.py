from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.term import Node

from app.settings import HOUSE

VOCAB = HOUSE / "vocab"
PLAN = "https://w3id.org/shisaku/plan#"
CLASS, PROPERTY = OWL.Class, RDF.Property


@cache
def read(name: str) -> Graph:
    return Graph().parse(VOCAB / f"{name}.ttl")


def list_terms(kind: URIRef) -> list[Node]:
    return sorted(read("plan").subjects(RDF.type, kind), key=str)


def languages(graph: Graph, node: Node, predicate: URIRef) -> list[str]:
    return sorted(
        str(word.language) for word in graph.objects(node, predicate) if isinstance(word, Literal) and word
    )


def list_schema_terms() -> Iterator[tuple[str, URIRef]]:
    """Yield (where, term) for every plan: term that a Table Schema names."""
    for path in sorted(VOCAB.glob("schemas/*/*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        named = [schema.get("rdfType"), *(field.get("rdfProperty") for field in schema["fields"])]
        yield from ((path.parent.name, URIRef(term)) for term in named if term and term.startswith(PLAN))


@pytest.mark.parametrize(
    ("kind", "predicate"),
    [(CLASS, RDFS.subClassOf), (PROPERTY, RDFS.subPropertyOf)],
    ids=["class", "property"],
)
def test_every_term_of_plans_is_one_of_a_known_kind(kind: URIRef, predicate: URIRef) -> None:
    graph = read("plan")
    assert list_terms(kind)
    strangers = [
        term
        for term in list_terms(kind)
        if not any(not str(known).startswith(PLAN) for known in graph.objects(term, predicate))
    ]
    assert strangers == []


def test_every_term_of_plans_has_one_label_and_one_definition_in_each_language() -> None:
    graph = read("plan")
    told = {
        term: (languages(graph, term, RDFS.label), languages(graph, term, RDFS.comment))
        for term in [*list_terms(CLASS), *list_terms(PROPERTY)]
    }
    assert {term: words for term, words in told.items() if words != (["en", "ja"], ["en", "ja"])} == {}


def test_every_term_that_a_schema_names_is_defined() -> None:
    defined = {*list_terms(CLASS), *list_terms(PROPERTY)}
    assert [entry for entry in list_schema_terms() if entry[1] not in defined] == []


@pytest.mark.parametrize("name", ["status", "rating", "measure-class"])
def test_a_scheme_tells_of_every_concept_its_code_its_names_and_its_meaning(name: str) -> None:
    graph = read(name)
    scheme = URIRef(f"https://w3id.org/shisaku/{name}")
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    assert concepts == set(graph.subjects(SKOS.inScheme, scheme))
    for concept in concepts:
        assert str(graph.value(concept, SKOS.notation)) == str(concept).removeprefix(f"{scheme}/")
        assert languages(graph, concept, SKOS.prefLabel) == ["en", "ja"]
        assert languages(graph, concept, SKOS.definition) == ["ja"]


def test_every_status_has_one_phase_and_every_phase_knows_its_statuses() -> None:
    graph = read("status")
    phases = set(graph.objects(None, SKOS.hasTopConcept))
    statuses = set(graph.subjects(RDF.type, SKOS.Concept)) - phases
    assert {status: list(graph.objects(status, SKOS.broader)) for status in statuses} == {
        status: [phase] for phase in phases for status in graph.objects(phase, SKOS.narrower)
    }
    names = {str(word) for phase in phases for word in graph.objects(phase, SKOS.prefLabel)}
    assert {"企画", "準備", "実施", "評価", "改善"} <= names


def test_marks_of_the_design_are_classes_of_measures() -> None:
    words = {str(word) for word in read("measure-class").objects(None, SKOS.prefLabel)}
    assert {"新規", "拡充", "再掲"} <= words
