"""StratML Part 1 (ISO 17469-1): a plan's goals with its measures as objectives.

Element names, order and namespace are those of the schema "StrategicPlan", version 1.1 of April 1, 2014.
Part 1 knows two levels, so every node of the plan's tree is a Goal, in the document's order, and says which
one it is below; the yearly schedule, indicators and results have no place in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import BinaryIO
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from app.formats.context import RenderContext
from app.formats.graphs import NOT_XML
from app.model.plan import GOAL_SCHEMA, MEASURE_SCHEMA, PLAN_SCHEMA
from app.model.table import Table
from app.model.value import Value

NAMESPACE = "urn:ISO:std:iso:17469:tech:xsd:stratml_core"
MAX_ROWS = 50_000
"""Goals and measures up to which the document is made, since it is put together in memory."""

Cells = Mapping[str, Value]


def fits_stratml(tables: Sequence[Table]) -> bool:
    """Tell whether tables are one plan with at least one goal, and not too many goals and measures."""
    counts = {table.schema.name: table.row_count for table in tables}
    goals = counts.get(GOAL_SCHEMA, 0)
    return counts.get(PLAN_SCHEMA) == 1 and 0 < goals <= MAX_ROWS - counts.get(MEASURE_SCHEMA, 0)


def write_stratml(tables: Sequence[Table], context: RenderContext, target: BinaryIO) -> None:
    """Write a plan as a StratML document; raises ValueError if it doesn't fit."""
    if not fits_stratml(tables):
        raise ValueError("the tables are not one plan with goals")
    rows = {table.schema.name: list(_list_cells(table)) for table in tables if _is_needed(table)}
    (plan,) = rows[PLAN_SCHEMA]
    goals = rows[GOAL_SCHEMA]
    measures: dict[Value, list[Cells]] = defaultdict(list)
    for measure in rows.get(MEASURE_SCHEMA, ()):
        measures[measure["体系_ID"]].append(measure)
    document = _Document(target)
    with document.element("StrategicPlan", {"xmlns": NAMESPACE}):
        document.text("Name", plan["計画名"])
        document.text("Description", context.record.description)
        document.text("OtherInformation", _tell_plan(plan, context))
        with document.element("StrategicPlanCore"):
            _write_organization(document, plan)
            names = {goal["ID"]: _titled(goal) for goal in goals}
            for goal in goals:
                _write_goal(document, goal, names, measures[goal["ID"]])
        _write_administration(document, plan, context)
    document.end()


class _Document:
    """Writes elements, indented; an element without text is left out."""

    def __init__(self, target: BinaryIO) -> None:
        self._generator = XMLGenerator(target, encoding="utf-8", short_empty_elements=True)
        self._generator.startDocument()
        self._depth = 0

    @contextmanager
    def element(self, name: str, attributes: Mapping[str, str] | None = None) -> Iterator[None]:
        if self._depth:
            self._break()
        self._generator.startElement(name, AttributesImpl(dict(attributes or {})))
        self._depth += 1
        yield
        self._depth -= 1
        self._break()
        self._generator.endElement(name)

    def text(self, name: str, value: Value, *, is_required: bool = False) -> None:
        words = "" if value is None else NOT_XML.sub("", str(value))
        if words or is_required:
            self._break()
            self._generator.startElement(name, AttributesImpl({}))
            self._generator.characters(words)
            self._generator.endElement(name)

    def end(self) -> None:
        self._generator.characters("\n")
        self._generator.endDocument()

    def _break(self) -> None:
        self._generator.characters("\n" + "  " * self._depth)


def _is_needed(table: Table) -> bool:
    return table.schema.name in (PLAN_SCHEMA, GOAL_SCHEMA, MEASURE_SCHEMA)


def _list_cells(table: Table) -> Iterator[Cells]:
    names = table.schema.field_names
    return (dict(zip(names, row, strict=True)) for row in table.rows())


def _write_organization(document: _Document, plan: Cells) -> None:
    with document.element("Organization"):
        document.text("Name", plan["地方公共団体名"])
        document.text("Identifier", f"organization-{plan['全国地方公共団体コード']}")
        _write_departments(document, {"所管部署": plan["所管部署"]})


def _write_goal(
    document: _Document, goal: Cells, names: Mapping[Value, str], measures: Iterable[Cells]
) -> None:
    with document.element("Goal"):
        document.text("Name", goal["名称"], is_required=True)
        document.text("Description", goal["概要"], is_required=True)
        document.text("Identifier", f"goal-{goal['ID']}")
        document.text("SequenceIndicator", goal["番号"])
        _write_departments(document, {"関係部署": goal["関係部署"]})
        above = names.get(goal["上位_ID"])
        document.text("OtherInformation", _tell({"上位": above, **_pick(goal, "区分", "備考")}))
        for measure in measures:
            _write_objective(document, measure)


def _write_objective(document: _Document, measure: Cells) -> None:
    with document.element("Objective"):
        document.text("Name", measure["名称"])
        document.text("Description", measure["概要"])
        document.text("Identifier", f"measure-{measure['ID']}")
        document.text("SequenceIndicator", measure["番号"])
        _write_departments(document, _pick(measure, "主管課", "関係課"))
        document.text("OtherInformation", _tell(_pick(measure, "区分", "関連計画", "備考")))


def _write_departments(document: _Document, departments: Cells) -> None:
    for role, names in departments.items():
        for name in names if isinstance(names, tuple) else ():
            with document.element("Stakeholder", {"StakeholderTypeType": "Organization"}):
                document.text("Name", name)
                document.text("Description", role)


def _write_administration(document: _Document, plan: Cells, context: RenderContext) -> None:
    """Write the plan's period, its fiscal years being from April to March, and where the data are."""
    last = plan["終了年度"]
    with document.element("AdministrativeInformation"):
        document.text("StartDate", f"{plan['開始年度']}-04-01")
        document.text("EndDate", f"{last + 1}-03-31" if isinstance(last, int) else None)
        document.text("Source", context.dataset_page)


def _tell_plan(plan: Cells, context: RenderContext) -> str:
    origin = f"{context.publisher.title}が作成した非公式のデータ" if context.record.unofficial else None
    return _tell({**_pick(plan, "版", "出典", "備考"), "この文書": origin})


def _pick(cells: Cells, *columns: str) -> dict[str, Value]:
    return {column: cells[column] for column in columns}


def _tell(facts: Cells) -> str:
    """Return facts as lines of text, each with its name; what isn't known is left out."""
    words = {name: "、".join(value) if isinstance(value, tuple) else value for name, value in facts.items()}
    return "\n".join(f"{name}: {value}" for name, value in words.items() if value is not None)


def _titled(goal: Cells) -> str:
    return " ".join(str(goal[column]) for column in ("番号", "名称") if goal[column] is not None)
