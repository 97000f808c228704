"""The element structure is that of the schema "StrategicPlan", version 1.1 of April 1, 2014 (ISO 17469-1)."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings

from app.formats.context import RenderContext
from app.formats.registry import list_plan_formats
from app.formats.stratml import MAX_ROWS, NAMESPACE, fits_stratml, write_stratml
from app.model.distribution import PLAN_FORMATS
from app.model.table import Table
from tests.unit.formats.test_plan import make_table, plans, sample

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
STRUCTURE: dict[str, str] = {
    "StrategicPlan": "Name Description? OtherInformation? StrategicPlanCore AdministrativeInformation?",
    "StrategicPlanCore": "Organization* Vision? Mission? Value* Goal+",
    "Organization": "Name? Acronym? Identifier? Description? Stakeholder*",
    "Goal": "Name Description Identifier? SequenceIndicator? Stakeholder* OtherInformation? Objective*",
    "Objective": "Name? Description? Identifier? SequenceIndicator? Stakeholder* OtherInformation?",
    "Stakeholder": "Name Description?",
    "AdministrativeInformation": "StartDate? EndDate? PublicationDate? Source? Submitter?",
}
"""Children of each element that has any, in their order, as in a DTD."""


def check(element: ElementTree.Element) -> None:
    """Assert that an element and all below it are as the schema wants them."""
    name = own_name(element)
    if name in STRUCTURE:
        pattern = re.sub(r"(\w+)([?*+]?)", r"(?:\1 )\2", STRUCTURE[name]).replace(") (", ")(")
        pattern = re.sub(r"(?<=[?*+)]) (?=\()", "", pattern)
        children = "".join(f"{own_name(child)} " for child in element)
        assert re.fullmatch(pattern, children), f"{name}: {children}"
        assert not (element.text or "").strip()
    else:
        assert len(element) == 0
    if name in ("StartDate", "EndDate"):
        dt.date.fromisoformat(element.text or "")
    for child in element:
        check(child)


def own_name(element: ElementTree.Element) -> str:
    assert element.tag.startswith(f"{{{NAMESPACE}}}")
    return element.tag.partition("}")[2]


def parse(tables: Sequence[Table], context: RenderContext) -> ElementTree.Element:
    target = io.BytesIO()
    write_stratml(tables, context, target)
    root: ElementTree.Element = fromstring(target.getvalue())
    check(root)
    identifiers = [element.text or "" for element in root.iter(f"{{{NAMESPACE}}}Identifier")]
    assert len(set(identifiers)) == len(identifiers)  # xsd:ID
    assert all(NAME.fullmatch(identifier) for identifier in identifiers)
    return root


def simplify(element: ElementTree.Element) -> Any:  # noqa: ANN401 - nested lists and texts
    children = [(own_name(child), simplify(child)) for child in element]
    return children or element.text


def test_the_plan_its_goals_and_its_measures_are_there(context: RenderContext) -> None:
    root = parse(sample(), context)
    name, description, other, core, administration = simplify(root)
    assert name == ("Name", "見本計画")
    assert description == ("Description", context.record.description)
    assert other[1].splitlines()[:2] == ["版: 策定", "出典: 「見本計画」"]
    assert "非公式" in other[1]
    organization, first, second = core[1]
    assert organization[1][:2] == [("Name", "東京都杉並区"), ("Identifier", "organization-131156")]
    assert ("SequenceIndicator", "方針1") in first[1]
    assert [child[1][0] for child in first[1] if child[0] == "Objective"] == [("Name", "窓口の改善（再掲）")]
    assert ("OtherInformation", "上位: 方針1 便利な手続\n区分: 新規、拡充\n備考: 注") in second[1]
    (objective,) = (child[1] for child in second[1] if child[0] == "Objective")
    assert objective[:4] == [
        ("Name", "窓口の改善"),
        ("Description", "髙島と𠮷田の窓口"),
        ("Identifier", "measure-mihon-m1"),
        ("SequenceIndicator", "1"),
    ]
    assert ("Stakeholder", [("Name", "全課/室"), ("Description", "関係課")]) in objective
    assert administration[1] == [
        ("StartDate", "2022-04-01"),
        ("EndDate", "2025-03-31"),
        ("Source", context.dataset_page),
    ]


@settings(max_examples=25)
@given(tables=plans())
def test_whatever_a_plan_says_the_document_is_well_formed(
    context: RenderContext, tables: list[Table]
) -> None:
    plan, goals, *others = tables
    one = next(iter(sample()[0].rows()))
    goal = next(iter(sample()[1].rows()))
    parse([make_table("plans", [one]), make_table("goals", [*goals.rows(), goal]), *others], context)
    assert plan.name == "plans"


def test_the_check_of_these_tests_sees_what_is_wrong() -> None:
    for wrong in (
        "<StrategicPlan><Name/></StrategicPlan>",
        "<Goal><Name/></Goal>",
        "<Goal><Description/><Name/></Goal>",
        "<Goal><Name/><Description/><Goal/></Goal>",
        "<Name><b/></Name>",
    ):
        root = fromstring(re.sub("^<([A-Za-z]+)", rf'<\1 xmlns="{NAMESPACE}"', wrong))
        with pytest.raises(AssertionError):
            check(root)


def test_several_plans_or_none_or_no_goal_or_too_many_have_no_such_document(context: RenderContext) -> None:
    plan, goals, measures, *_ = sample()
    assert fits_stratml([plan, goals])
    wrong: list[list[Table]] = [
        [goals, measures],
        [plan, measures],
        [replace(plan, row_count=2), goals],
        [plan, replace(goals, row_count=0)],
        [plan, goals, replace(measures, row_count=MAX_ROWS)],
    ]
    for tables in wrong:
        assert not fits_stratml(tables)
        with pytest.raises(ValueError, match="not one plan"):
            write_stratml(tables, context, io.BytesIO())
    assert list_plan_formats([plan, goals]) == list(PLAN_FORMATS)
    assert [entry.suffix for entry in list_plan_formats([plan])] == ["plan.ttl", "plan.jsonld"]
    assert list_plan_formats([goals]) == []


def test_the_same_plan_gives_the_same_bytes(context: RenderContext) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    write_stratml(sample(), context, first)
    write_stratml(sample(), context, second)
    assert first.getvalue() == second.getvalue()
    assert first.getvalue().startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<StrategicPlan xmlns=')
