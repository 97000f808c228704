from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pyshacl
import pytest
from pyoxigraph import RdfFormat
from rdflib import RDF, RDFS, SH, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from app.formats.context import RenderContext
from app.formats.plan import write_plan_graph
from app.model.record import Contact, Record
from app.model.table import Table
from app.settings import HOUSE
from app.tables.canonical import read_canonical
from app.vocabulary.catalog import read_catalog
from app.vocabulary.schemas import SchemaRegistry
from app.vocabulary.schemes import SchemeRegistry
from tests.conftest import BASE, START, full_tables

PLAN = Namespace("https://w3id.org/shisaku/plan#")
ORG = Namespace("http://www.w3.org/ns/org#")
QB = Namespace("http://purl.org/linked-data/cube#")
SHAPES = HOUSE / "vocab" / "shapes" / "plan.ttl"
BUNDLED = sorted(path.parent for path in (HOUSE / "datasets").glob("*/plans.csv"))
SCHEMAS = SchemaRegistry(HOUSE / "vocab")
CATALOG = read_catalog(HOUSE / "catalog")


@cache
def shapes() -> Graph:
    return Graph().parse(SHAPES)


def make_graph(texts: dict[str, str]) -> Graph:
    tables = [make_table(name, text) for name, text in texts.items()]
    context = RenderContext(
        base=BASE,
        dataset="mihon",
        version=1,
        record=Record(
            title="見本",
            description="見本",
            publisher="shisaku",
            local_government_code="131156",
            contact=Contact(name="運営者"),
            tables=(),
        ),
        license=CATALOG.license,
        publisher=CATALOG.operator,
        approved_at=START,
        id_paths={table.name: table.schema.id_path or "" for table in tables},
    )
    target = io.BytesIO()
    write_plan_graph(tables, context, SchemeRegistry(HOUSE / "vocab"), RdfFormat.TURTLE, target)
    return Graph().parse(target.getvalue(), format="turtle")


def make_table(name: str, text: str) -> Table:
    schema = SCHEMAS.get_schema(f"plan-{name}")
    rows = list(read_canonical(lambda: io.StringIO(text, newline=""), schema))
    return Table(name, name, "", schema, len(rows), lambda: iter(rows))


@pytest.fixture(scope="module")
def sample() -> Graph:
    return make_graph({name: "\n".join(lines) for name, lines in full_tables("mihon").items()})


def validate(graph: Graph) -> set[str]:
    """Return the messages of what the shapes find wrong."""
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes())
    assert isinstance(report, Graph)
    return {str(message) for message in report.objects(None, SH.resultMessage)}


def node(path: str) -> URIRef:
    return URIRef(f"{BASE}/id/{path}")


def test_every_property_of_the_shapes_is_a_term_that_we_define() -> None:
    terms = Graph().parse(HOUSE / "vocab" / "plan.ttl")
    terms_used = {term for triple in shapes() for term in triple if isinstance(term, URIRef)}
    named = {term for term in terms_used if term.startswith(str(PLAN))}
    assert named
    assert {term for term in named if (term, RDFS.label, None) not in terms} == set()


def test_a_plan_with_every_table_fulfils_the_shapes(sample: Graph) -> None:
    assert validate(sample) == set()


@pytest.mark.parametrize("folder", BUNDLED, ids=lambda folder: folder.name)
def test_a_bundled_plan_fulfils_the_shapes(folder: Path) -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.csv"))}
    assert validate(make_graph(texts)) == set()


Change = Callable[[Graph], object]


def drop(path: str, *predicates: URIRef) -> Change:
    def change(graph: Graph) -> None:
        for predicate in predicates:
            assert (node(path), predicate, None) in graph
            graph.remove((node(path), predicate, None))

    return change


def put(path: str, predicate: URIRef, value: Node) -> Change:
    return lambda graph: graph.set((node(path), predicate, value))


BROKEN: Iterable[tuple[str, Change, str]] = (
    ("a goal without a plan", drop("goal/mihon-g1-1", SKOS.inScheme), "計画（skos:inScheme）"),
    ("a goal that is cut off", drop("goal/mihon-g1-1", SKOS.broader), "上位（skos:broader）をたどると"),
    (
        "a goal above itself",
        put("goal/mihon-g1-1", SKOS.broader, node("goal/mihon-g1-1")),
        "上位（skos:broader）",
    ),
    ("a goal below a measure", put("goal/mihon-g1-1", SKOS.broader, node("measure/mihon-m1")), "上位の節"),
    ("a top goal that is none", drop("goal/mihon-g1", SKOS.topConceptOf), "上位（skos:broader）をたどると"),
    ("a measure without a goal", drop("measure/mihon-m1", SKOS.broader), "体系の節（skos:broader）"),
    ("a measure below no goal", put("measure/mihon-m1", SKOS.broader, node("goal/other")), "体系の節"),
    (
        "a measure of another plan",
        put("measure/mihon-m1", SKOS.inScheme, node("plan/other")),
        "計画（skos:inS",
    ),
    ("a measure without a name", drop("measure/mihon-m1", SKOS.prefLabel), "名称（skos:prefLabel）"),
    ("a repeated measure that is away", put("measure/mihon-m2", PLAN.repeats, node("measure/x")), "再掲元"),
    (
        "a department that is away",
        put("measure/mihon-m2", PLAN.leadUnit, node("department/x")),
        "主管する部署",
    ),
    ("another that is away", put("measure/mihon-m2", PLAN.relatedUnit, node("department/x")), "関係する部署"),
    (
        "an orphan department",
        put("department/x", RDF.type, ORG.OrganizationalUnit),
        "どこからも指されていない",
    ),
    ("a department of no ward", put("department/x", RDF.type, ORG.OrganizationalUnit), "部署には、自治体"),
    ("a plan without a year", drop("plan/mihon", PLAN.startYear), "開始年度（plan:startYear）"),
    ("a plan without an end", drop("plan/mihon", PLAN.endYear), "終了年度（plan:endYear）"),
    ("a plan that ends first", put("plan/mihon", PLAN.endYear, Literal(2000)), "開始年度（plan:startYear）"),
    ("a line without a measure", drop("schedule/mihon-m1-2022-1", PLAN.ofMeasure), "年次の取組には、施策"),
    (
        "a line of no measure",
        put("schedule/mihon-m1-2022-1", PLAN.ofMeasure, node("measure/x")),
        "施策（plan:of",
    ),
    ("a line of unknown reading", drop("schedule/mihon-m1-2022-1", PLAN.reading), "読取（plan:reading）"),
    (
        "a year too early",
        put("schedule/mihon-m1-2022-1", PLAN.fiscalYear, Literal(2020)),
        "計画期間にも、その前後1年にもない年度の取組",
    ),
    (
        "a year too late",
        put("schedule/mihon-m1-2022-1", PLAN.fiscalYear, Literal(2026)),
        "計画期間にも、その前後1年にもない年度の取組",
    ),
    (
        "a start too late",
        put("milestone/mihon-s1", PLAN.startYear, Literal(2026)),
        "計画期間にも、その前後1年にもない年度に始",
    ),
    ("a milestone without a plan", drop("milestone/mihon-s1", SKOS.inScheme), "計画（skos:inScheme）"),
    ("an indicator of no plan", drop("indicator/mihon-i1", SKOS.inScheme), "計画（skos:inScheme）"),
    ("an effect of no plan", drop("effect/mihon-e1", SKOS.inScheme), "計画（skos:inScheme）"),
    ("an evaluation of no plan", drop("result/mihon-r3", SKOS.inScheme), "計画（skos:inScheme）"),
    ("an evaluation of no item", drop("result/mihon-r3", SKOS.prefLabel), "名称（skos:prefLabel）"),
    (
        "a figure of an indicator that is away",
        put("result/mihon-r1", PLAN.ofIndicator, node("x")),
        "指標（plan:of",
    ),
    ("a term of no plan", drop("term/mihon-t1", SKOS.inScheme), "計画（skos:inScheme）"),
    ("a term of no measure", put("term/mihon-t1", PLAN.firstUsedIn, node("measure/x")), "初出の施策"),
    ("an observation of nothing", drop("result/mihon-r1#actual", PLAN.observed), "値には、対象の指標か"),
    (
        "an observation of a goal",
        put("result/mihon-r1#actual", PLAN.observed, node("goal/mihon-g1")),
        "値には、対象",
    ),
    ("an observation of no set", drop("result/mihon-r1#actual", QB.dataSet), "値には、その集まり"),
    (
        "an observation without time",
        drop("result/mihon-r1#actual", PLAN.fiscalYear, PLAN.period),
        "値には、年度か",
    ),
    (
        "an observation without value",
        drop("result/mihon-r1#actual", PLAN.value, PLAN.valueText),
        "観測には、値か",
    ),
    ("an observation without reason", drop("result/mihon-r2#actual", PLAN.reason), "観測には、値か"),
)


@pytest.mark.parametrize(
    ("change", "message"), [entry[1:] for entry in BROKEN], ids=[entry[0] for entry in BROKEN]
)
def test_a_broken_graph_is_told(sample: Graph, change: Change, message: str) -> None:
    broken = Graph() + sample
    change(broken)
    assert any(found.startswith(message) for found in validate(broken))


def test_the_years_next_to_the_period_belong_to_it(sample: Graph) -> None:
    for year in (2021, 2025):
        changed = Graph() + sample
        put("schedule/mihon-m1-2022-1", PLAN.fiscalYear, Literal(year))(changed)
        assert validate(changed) == set()


def test_a_revised_plan_shows_the_years_before_its_revision_but_none_later(sample: Graph) -> None:
    revised = Graph() + sample
    put("plan/mihon", PLAN.edition, Literal("改定", lang="ja"))(revised)
    put("schedule/mihon-m1-2022-1", PLAN.fiscalYear, Literal(2018))(revised)
    assert validate(revised) == set()
    put("schedule/mihon-m1-2022-1", PLAN.fiscalYear, Literal(2026))(revised)
    assert len(validate(revised)) == 1
