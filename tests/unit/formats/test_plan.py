from __future__ import annotations

import csv
import io
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat

from app.formats.context import RenderContext
from app.formats.csv import write_csv_rows
from app.formats.plan import department_iri, list_triples, write_plan_graph
from app.formats.terms import PLAN, RDF_TYPE, SCHEMA, SKOS
from app.model.table import Table
from app.model.table_schema import Field, FieldType, TableSchema
from app.model.value import Row, Value, read_value
from app.settings import HOUSE
from app.tables.canonical import read_canonical
from app.vocabulary.schemas import SchemaRegistry
from app.vocabulary.schemes import SchemeRegistry
from tests.conftest import full_tables
from tests.unit.formats.test_registry import VALUES

if TYPE_CHECKING:
    from typing_extensions import Buffer

SCHEMAS = SchemaRegistry(HOUSE / "vocab")
SCHEMES = SchemeRegistry(HOUSE / "vocab")
TABLES = (
    "plans",
    "goals",
    "measures",
    "schedule",
    "indicators",
    "results",
    "effects",
    "milestones",
    "glossary",
)
BUNDLED = sorted(path.parent for path in (HOUSE / "datasets").glob("*/plans.csv"))
WORDS = {
    iri: word for name in ("status", "rating") for word, iri in SCHEMES.get_scheme(name).by_code.items()
} | {iri: word for word, iri in SCHEMES.get_scheme("measure-class").by_word.items()}

Objects = dict[str, list[NamedNode | Literal]]


def schema_of(table: str) -> TableSchema:
    return SCHEMAS.get_schema(f"plan-{table}")


def make_table(name: str, rows: Sequence[Row]) -> Table:
    return Table(name, name, "", schema_of(name), len(rows), lambda: iter(rows))


def read_table(name: str, lines: str) -> Table:
    rows = list(read_canonical(lambda: io.StringIO(lines, newline=""), schema_of(name)))
    return make_table(name, rows)


def sample(name: str = "mihon") -> list[Table]:
    return [
        read_table(table, "".join(f"{line}\n" for line in lines))
        for table, lines in full_tables(name).items()
    ]


def context_of(context: RenderContext, tables: Sequence[Table]) -> RenderContext:
    return replace(context, id_paths={table.name: table.schema.id_path or "" for table in tables})


def write(tables: Sequence[Table], context: RenderContext, syntax: RdfFormat = RdfFormat.TURTLE) -> bytes:
    target = io.BytesIO()
    write_plan_graph(tables, context_of(context, tables), SCHEMES, syntax, target)
    return target.getvalue()


def read_nodes(graph: bytes, syntax: RdfFormat = RdfFormat.TURTLE) -> dict[str, Objects]:
    nodes: dict[str, Objects] = defaultdict(lambda: defaultdict(list))
    for quad in pyoxigraph.parse(graph, syntax):
        subject, value = quad.subject, quad.object
        assert isinstance(subject, NamedNode)
        assert isinstance(value, NamedNode | Literal)
        nodes[subject.value][quad.predicate.value].append(value)
    return nodes


def read_rows(nodes: dict[str, Objects], schema: TableSchema, base: str) -> list[Row]:
    """Return the rows of a table as the graph alone tells them."""
    kind = NamedNode(schema.rdf_type or "")
    found = [node for node in nodes.values() if kind in node[RDF_TYPE.value]]
    found.sort(key=lambda node: int(node[f"{SCHEMA}position"][0].value))
    return [tuple(read_cell(node, schema, field, base) for field in schema.fields) for node in found]


def read_cell(node: Objects, schema: TableSchema, field: Field, base: str) -> Value:
    own = node.get(f"{base}/schemas/{schema.name}/{schema.version}#{quote(field.name, safe='')}")
    values = own or node.get(field.rdf_property or "", [])
    assert len(values) <= 1
    return read_value(field, read_word(values[0])) if values else None


def read_word(value: NamedNode | Literal) -> str:
    if isinstance(value, Literal):
        return value.value
    return WORDS.get(value.value) or unquote(value.value.rpartition("/")[2])


@st.composite
def plans(draw: st.DrawFn) -> list[Table]:
    """Draw the nine tables of a plan, with random cells and references that may name anything."""
    return [make_table(name, draw(rows_of(name))) for name in TABLES]


@st.composite
def rows_of(draw: st.DrawFn, name: str) -> list[Row]:
    schema = schema_of(name)
    count = draw(st.integers(0, 3))
    cells = [
        st.none() | column_values(field) if not field.required else column_values(field)
        for field in schema.fields
    ]
    rows = [draw(st.tuples(*cells)) for _ in range(count)]
    place = schema.field_names.index("ID")
    return [(*row[:place], f"{name}-{number}", *row[place + 1 :]) for number, row in enumerate(rows)]


def column_values(field: Field) -> st.SearchStrategy[object]:
    if field.enum:
        return st.sampled_from(field.enum)
    if field.name.endswith("ID") and field.type is FieldType.STRING:
        return st.from_regex(r"[0-9A-Za-z]{1,3}(-[0-9A-Za-z]{1,3})?", fullmatch=True)
    if field.name in ("状態", "区分") and field.type is FieldType.LIST:
        known = st.sampled_from([*WORDS.values()])
        return st.lists(known | VALUES[FieldType.LIST].map(lambda items: items[0]), min_size=1).map(tuple)
    if field.pattern:
        return st.just("131156")
    return VALUES[field.type]


@settings(max_examples=25)
@given(tables=plans(), syntax=st.sampled_from([RdfFormat.TURTLE, RdfFormat.JSON_LD]))
def test_the_rows_of_every_table_can_be_read_back_from_the_graph(
    context: RenderContext, tables: list[Table], syntax: RdfFormat
) -> None:
    nodes = read_nodes(write(tables, context, syntax), syntax)
    for table in tables:
        assert read_rows(nodes, table.schema, context.base) == list(table.rows())


@pytest.mark.parametrize("folder", BUNDLED, ids=lambda folder: folder.name)
def test_the_tables_of_a_bundled_plan_come_back_byte_by_byte(context: RenderContext, folder: Path) -> None:
    lines = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.csv"))}
    tables = [read_table(name, text) for name, text in lines.items()]
    nodes = read_nodes(write(tables, context))
    for table in tables:
        target = io.BytesIO()
        write_csv_rows(table.schema, read_rows(nodes, table.schema, context.base), target)
        assert list(csv.reader(io.StringIO(target.getvalue().decode()))) == list(
            csv.reader(io.StringIO(lines[table.name]))
        )


def test_the_sample_has_a_value_in_every_column_and_comes_back(context: RenderContext) -> None:
    nodes = read_nodes(write(sample(), context))
    for table in sample():
        rows = read_rows(nodes, table.schema, context.base)
        assert rows == list(table.rows())
        assert all(any(value is not None for value in column) for column in zip(*rows, strict=True))


def test_no_schema_of_plans_has_two_columns_of_one_property() -> None:
    for name in TABLES:
        properties = [field.rdf_property for field in schema_of(name).fields]
        assert None not in properties
        assert len(set(properties)) == len(properties)


def test_the_graph_says_each_thing_once(context: RenderContext) -> None:
    said = list(list_triples(sample(), context_of(context, sample()), SCHEMES))
    assert len(set(said)) == len(said)


def test_the_same_rows_give_the_same_bytes(context: RenderContext) -> None:
    assert write(sample(), context) == write(sample(), context)


def test_words_have_their_language_codes_have_none_and_numbers_stay_as_they_were(
    context: RenderContext,
) -> None:
    nodes = read_nodes(write(sample(), context))
    measure = nodes[f"{context.base}/id/measure/mihon-m1"]
    indicator = nodes[f"{context.base}/id/indicator/mihon-i1"]
    assert measure[f"{SKOS}prefLabel"] == [Literal("窓口の改善", language="ja")]
    assert measure["http://purl.org/dc/terms/identifier"] == [Literal("mihon-m1")]
    decimal = NamedNode("http://www.w3.org/2001/XMLSchema#decimal")
    assert indicator[f"{PLAN}baseline"] == [Literal("12.50", datatype=decimal)]
    line = nodes[f"{context.base}/id/schedule/mihon-m1-2023-1"]
    assert line[f"{PLAN}reading"] == [Literal("欠落", language="ja")]


def test_what_a_cell_names_is_a_node(context: RenderContext) -> None:
    nodes = read_nodes(write(sample(), context))

    def links(kind: str, row: str, predicate: str) -> list[str]:
        values = nodes[f"{context.base}/id/{kind}/{row}"][predicate]
        return sorted(value.value.removeprefix(f"{context.base}/id/") for value in values)

    assert links("measure", "mihon-m2", f"{PLAN}repeats") == ["measure/mihon-m1"]
    assert links("measure", "mihon-m1", f"{SKOS}broader") == ["goal/mihon-g1-1"]
    assert links("plan", "mihon", "http://www.w3.org/ns/prov#wasRevisionOf") == ["plan/mihon-before"]
    assert links("measure", "mihon-m1", "http://www.w3.org/ns/prov#wasDerivedFrom") == [
        "measure/mihon-before-m1",
        "measure/mihon-before-m2",
    ]
    assert links("term", "mihon-t1", f"{PLAN}firstUsedIn") == ["measure/mihon-m1"]
    assert links("goal", "mihon-g1", f"{SKOS}topConceptOf") == ["plan/mihon"]
    assert links("goal", "mihon-g1-1", f"{SKOS}topConceptOf") == []
    assert links("schedule", "mihon-m1-2022-1", f"{PLAN}status") == [
        "https://w3id.org/shisaku/status/consideration",
        "https://w3id.org/shisaku/status/implementation",
    ]
    assert links("measure", "mihon-m2", f"{PLAN}measureClass") == [
        "https://w3id.org/shisaku/measure-class/repeated",
        "独自の印",
    ]
    assert links("result", "mihon-r1", f"{PLAN}rating") == ["https://w3id.org/shisaku/rating/achieved"]


def test_a_department_is_a_unit_of_its_ward_whoever_names_it(context: RenderContext) -> None:
    nodes = read_nodes(write(sample(), context))
    unit = department_iri(context.base, "131156", "全課/室")
    assert unit == f"{context.base}/id/department/131156/%E5%85%A8%E8%AA%B2%2F%E5%AE%A4"
    assert nodes[unit][f"{SKOS}prefLabel"] == [Literal("全課/室", language="ja")]
    ward = NamedNode(f"{context.base}/id/organization/t131156")
    assert nodes[unit]["http://www.w3.org/ns/org#unitOf"] == [ward]
    assert nodes[ward.value][f"{SKOS}prefLabel"] == [Literal("東京都杉並区", language="ja")]
    assert nodes[f"{context.base}/id/measure/mihon-m1"][f"{PLAN}relatedUnit"] == [NamedNode(unit)]


def test_figures_are_observations_with_time_and_value_or_the_reason(context: RenderContext) -> None:
    nodes = read_nodes(write(sample(), context))

    def tell(node: str) -> dict[str, list[str]]:
        own = {name.removeprefix(PLAN): values for name, values in nodes[f"{context.base}/id/{node}"].items()}
        return {
            name: [value.value.removeprefix(f"{context.base}/id/") for value in own[name]]
            for name in ("observed", "value", "valueText", "fiscalYear", "period", "reason")
            if name in own
        }

    assert tell("indicator/mihon-i1#baseline") == {
        "observed": ["indicator/mihon-i1"],
        "value": ["12.50"],
        "valueText": ["12.5%"],
        "fiscalYear": ["2021"],
    }
    assert tell("result/mihon-r1#actual") == {
        "observed": ["indicator/mihon-i1"],
        "value": ["1234"],
        "valueText": ["1,234%"],
        "fiscalYear": ["2023"],
        "period": ["2022〜2023年度"],
    }
    assert tell("result/mihon-r2#actual") == {
        "observed": ["result/mihon-r2"],
        "reason": ["値・時期は、文書に書かれていないか、読み取れない。"],
    }
    assert tell("indicator/mihon-i2#target")["reason"] == [
        "時期は、文書に書かれていないか、読み取れない。目標年度は書かれていない"
    ]
    assert tell("effect/mihon-e1#amount")["value"] == ["1200000"]
    assert tell("indicator/mihon-i2#baseline") == {}
    assert tell("result/mihon-r3#actual") == {}


class Sink(io.BytesIO):
    """Takes bytes and forgets them."""

    size = 0

    def write(self, data: Buffer) -> int:
        length = memoryview(data).nbytes
        self.size += length
        return length


def test_memory_does_not_grow_with_the_rows(context: RenderContext) -> None:
    (schedule,) = (table for table in sample() if table.name == "schedule")
    first = next(iter(schedule.rows()))

    def rows() -> Iterator[Row]:
        return ((first[0], f"mihon-{number}", *first[2:]) for number in range(3_000))

    sink, tables = Sink(), [replace(schedule, rows=rows)]
    tracemalloc.start()
    write_plan_graph(tables, context_of(context, tables), SCHEMES, RdfFormat.TURTLE, sink)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sink.size > 1_500_000
    assert peak < 300_000
