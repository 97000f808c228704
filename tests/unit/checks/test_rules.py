from __future__ import annotations

import ast
from pathlib import Path

import app.checks
from app.checks.rules import RULES, make_finding
from app.model.report import Severity
from app.tables.delimited import RecordFault


def test_every_rule_has_a_title_and_its_own_name() -> None:
    assert all(rule.title and name == rule.name for name, rule in RULES.items())
    assert len({rule.title for rule in RULES.values()}) == len(RULES)


def test_rules_are_listed_heaviest_first() -> None:
    weights = [list(Severity).index(rule.severity) for rule in RULES.values()]
    assert weights == sorted(weights)


def test_every_rule_is_raised_somewhere_in_the_rooms_that_check() -> None:
    rooms = Path(app.checks.__file__).parent.parent
    sources = [
        path
        for room in ("checks", "ingest")
        for path in (rooms / room).glob("*.py")
        if path.name != "rules.py"
    ]
    words = {
        node.value
        for path in sources
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
    } | {fault.value for fault in RecordFault}
    assert set(RULES) <= words


def test_a_finding_takes_its_rules_weight() -> None:
    finding = make_finding("blank-row", "空", "消す", "a.csv", row=3)
    assert (finding.severity, finding.table, finding.row) == (Severity.WARN, "a.csv", 3)
