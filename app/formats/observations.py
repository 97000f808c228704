"""Figures of a plan as observations (RDF Data Cube): of an indicator, of a rated item, of an effect.

Each is a node beside its row: `…/id/indicator/{ID}#target`. It has what it is of, its fiscal year or period,
and its value, as a number, as printed, or both. Where the year or the value isn't known, it has the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pyoxigraph import Literal, NamedNode, Triple

from app.formats.terms import DCT, PLAN, PROV, QB, RDF_TYPE
from app.model.value import Value

_DECIMAL = NamedNode("http://www.w3.org/2001/XMLSchema#decimal")
_INTEGER = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
_NUMBER = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})*(\.[0-9]+)?|-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Observation:
    """A figure: `part` names its node, `kind` is its class in our vocabulary, empty for none.

    Texts are empty, and numbers None, where the row doesn't say. `note` says more of what is missing.
    """

    part: str
    kind: str
    number: str = ""
    text: str = ""
    year: int | None = None
    period: str = ""
    unit: str = ""
    comparison: str = ""
    note: str = ""

    @property
    def reason(self) -> str:
        """Why the value or the time isn't there, or empty if both are."""
        has_value, has_time = bool(self.number or self.text), bool(self.year or self.period)
        missing = "・".join(word for word, there in (("値", has_value), ("時期", has_time)) if not there)
        if not missing:
            return ""
        return f"{missing}は、文書に書かれていないか、読み取れない。{self.note}"


def list_observations(schema: str, cells: Mapping[str, Value]) -> Iterator[Observation]:
    """Yield the figures of a row of the Table Schema of that name, given by column."""
    if schema == "plan-indicators":
        yield from _list_of_indicator(cells)
    elif schema == "plan-results":
        yield from _list_of_result(cells)
    elif schema == "plan-effects":
        amount, year = _text(cells, "金額_円"), _year(cells, "年度")
        yield Observation("amount", "", amount, year=year, unit="円", note=_text(cells, "備考"))


def observation_triples(
    observation: Observation, row: NamedNode, plan: NamedNode | None, indicator: NamedNode | None
) -> Iterator[Triple]:
    """Yield the triples of a figure of a row; it is of the indicator that the row names, or of the row."""
    node = NamedNode(f"{row.value}#{observation.part}")
    yield Triple(node, RDF_TYPE, NamedNode(f"{QB}Observation"))
    if observation.kind:
        yield Triple(node, RDF_TYPE, NamedNode(PLAN + observation.kind))
    if plan:
        yield Triple(node, NamedNode(f"{QB}dataSet"), NamedNode(f"{plan.value}#observations"))
    yield Triple(node, NamedNode(f"{PLAN}observed"), indicator or row)
    if indicator:
        yield Triple(node, NamedNode(f"{PROV}wasGeneratedBy"), row)
    if observation.number:
        yield Triple(node, NamedNode(f"{PLAN}value"), Literal(observation.number, datatype=_DECIMAL))
    if observation.year is not None:
        year = Literal(str(observation.year), datatype=_INTEGER)
        yield Triple(node, NamedNode(f"{PLAN}fiscalYear"), year)
    words = {
        "valueText": observation.text,
        "period": observation.period,
        "unit": observation.unit,
        "comparison": observation.comparison,
        "reason": observation.reason,
    }
    for name, text in words.items():
        if text:
            yield Triple(node, NamedNode(PLAN + name), Literal(text, language="ja"))


def describe_observations(plan: NamedNode) -> Iterator[Triple]:
    """Yield what the set of a plan's figures is."""
    values = NamedNode(f"{plan.value}#observations")
    yield Triple(values, RDF_TYPE, NamedNode(f"{QB}DataSet"))
    yield Triple(values, NamedNode(f"{QB}structure"), NamedNode(f"{PLAN}structure"))
    yield Triple(values, NamedNode(f"{DCT}subject"), plan)


def _list_of_indicator(cells: Mapping[str, Value]) -> Iterator[Observation]:
    unit, note = _text(cells, "単位"), _text(cells, "備考")
    for part, kind, number, text, year in (
        ("baseline", "Baseline", "現状値", "現状", "現状年度"),
        ("target", "Target", "目標値", "目標", "目標年度"),
    ):
        if any(cells.get(column) is not None for column in (number, text, year)):
            yield Observation(
                part,
                kind,
                _text(cells, number),
                _text(cells, text),
                _year(cells, year),
                unit=unit,
                comparison=_text(cells, "比較") if kind == "Target" else "",
                note=note,
            )


def _list_of_result(cells: Mapping[str, Value]) -> Iterator[Observation]:
    figures = ("当初値", "目標値", "実績値")
    if not any(cells.get(column) is not None for column in ("指標_ID", "指標名", *figures)):
        return  # a rating in words alone
    unit, note, period = (_text(cells, column) for column in ("単位", "備考", "評価期間"))
    year = _year(cells, "年度")
    for column, part, kind in zip(
        figures, ("baseline", "target", "actual"), ("Baseline", "Target", "Actual"), strict=True
    ):
        text = _text(cells, column)
        if not text and kind != "Actual":
            continue
        is_first = kind == "Baseline"
        yield Observation(
            part,
            kind,
            _find_number(text, unit),
            text,
            _year(cells, "当初年度") if is_first else year,
            "" if is_first else period,
            unit,
            note=note,
        )


def _find_number(text: str, unit: str) -> str:
    """Return the number that a printed value is, without its unit and commas, or empty if it isn't one."""
    bare = text.removesuffix(unit).strip()
    return bare.replace(",", "") if _NUMBER.fullmatch(bare) else ""


def _text(cells: Mapping[str, Value], column: str) -> str:
    value = cells.get(column)
    return format(value, "f") if isinstance(value, Decimal) else "" if value is None else str(value)


def _year(cells: Mapping[str, Value], column: str) -> int | None:
    value = cells.get(column)
    return value if isinstance(value, int) else None
