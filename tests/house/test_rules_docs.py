from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from app.checks.repair.rules import REPAIR_RULES
from app.checks.rules import RULES
from app.settings import HOUSE

FOUND, REFUSED, REPAIRED = re.split(
    "^## (?:受け取れないもの|修正の提案)$",
    (HOUSE / "docs" / "ja" / "rules.md").read_text(encoding="utf-8"),
    flags=re.MULTILINE,
)
STAFF = (HOUSE / "docs" / "ja" / "staff.md").read_text(encoding="utf-8")


def list_refusals() -> Iterator[str]:
    """Yield the rule of every RefusedUpload that app/ingest makes."""
    for path in (HOUSE / "app" / "ingest").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "RefusedUpload":
                rule = node.args[0]
                assert isinstance(rule, ast.Constant), f"{path.name}:{node.lineno}: the rule is no plain text"
                yield str(rule.value)


def test_the_table_of_findings_is_the_list_of_rules() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \| (.+) \|$", FOUND, re.MULTILINE)
    assert rows == [(rule.name, rule.severity.label, rule.title) for rule in RULES.values()]


def test_the_table_of_repairs_is_the_list_of_their_rules() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \| .+ \|$", REPAIRED, re.MULTILINE)
    assert rows == [(rule.name, rule.title) for rule in REPAIR_RULES.values()]


def test_the_table_of_refusals_has_every_rule_that_stops_an_upload_at_the_door() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", REFUSED, re.MULTILINE)
    assert sorted(rows) == sorted(set(list_refusals()))


def test_the_common_faults_are_called_what_the_report_calls_them() -> None:
    _, _, faults = STAFF.partition("## よくある指摘と直し方")
    named = [
        title
        for cell in re.findall(r"^\| ([^|]+) \|", faults, re.MULTILINE)[1:]
        for title in cell.split("・")
    ]
    assert named
    assert set(named) <= {rule.title for rule in RULES.values()}
