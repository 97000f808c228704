"""Rules: a cell keeps its field's type and constraints in the Table Schema; frictionless is the judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.checks.place import Cell
from app.model.report import Finding
from app.model.table_schema import Field
from app.tables.constraints import ConstraintJudge

_Words = Callable[[Field], tuple[str, str]]

_WORDS: dict[str, tuple[str, _Words]] = {
    "type": (
        "constraint-type",
        lambda field: (
            f"「{field.name}」の型（{field.type.value}）や書式に合いません。",
            f"「{field.name}」の決まり（{field.description or field.title}）のとおりに書いてください。",
        ),
    ),
    "required": (
        "constraint-required",
        lambda field: (
            f"「{field.name}」は必須ですが、空です。",
            "値を書いてください。",
        ),
    ),
    "enum": (
        "constraint-enum",
        lambda field: (
            f"「{field.name}」の選択肢にない値です。",
            f"{'、'.join(field.enum)} のどれかにしてください。",
        ),
    ),
    "pattern": (
        "constraint-pattern",
        lambda field: (
            f"「{field.name}」の決まった形（{field.pattern}）に合いません。",
            f"「{field.name}」の決まり（{field.description or field.title}）のとおりに書いてください。",
        ),
    ),
    "minimum": (
        "constraint-minimum",
        lambda field: (
            f"「{field.name}」は{field.minimum}以上です。",
            "単位や桁の誤りでないか確かめてください。",
        ),
    ),
    "maximum": (
        "constraint-maximum",
        lambda field: (
            f"「{field.name}」は{field.maximum}以下です。",
            "単位や桁の誤りでないか確かめてください。",
        ),
    ),
    "minLength": (
        "constraint-min-length",
        lambda field: (
            f"「{field.name}」の長さは{field.min_length}以上です。",
            "値の一部が欠けていないか確かめてください。",
        ),
    ),
    "maxLength": (
        "constraint-max-length",
        lambda field: (
            f"「{field.name}」の長さは{field.max_length}以下です。",
            "短く書き直してください。",
        ),
    ),
}
"""For each constraint of Table Schema: our rule, and its words for a field (why, mend)."""


def check_constraints(cell: Cell, judge: ConstraintJudge) -> Iterator[Finding]:
    """Yield a finding for every constraint that the cell breaks."""
    for constraint in judge.find_faults(cell.field.name, cell.text):
        rule, words = _WORDS.get(constraint, _WORDS["type"])
        yield cell.make_finding(rule, *words(cell.field))
