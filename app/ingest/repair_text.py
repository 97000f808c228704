"""The proposed repairs as text for people: by certainty and rule, each with its cell, before and after."""

from __future__ import annotations

from collections.abc import Iterator

from app.checks.repair.rules import REPAIR_RULES
from app.ingest.repair import Repairs
from app.ingest.report_text import clean_text
from app.model.edit import Certainty, Edit

MAX_LISTED = 20
"""Edits of one rule that are listed; JSON has them all."""


def write_repairs(repairs: Repairs) -> str:
    """Return the list as Japanese lines; the last counts the edits by certainty."""
    edits = repairs.edits
    lines = [f"{repairs.taken_for}として読みました。", ""]
    if not edits:
        lines += ["直すところは見つかりませんでした。", ""]
    for certainty in Certainty:
        for rule in REPAIR_RULES:
            group = [edit for edit in edits if edit.rule == rule and edit.certainty is certainty]
            lines += _write_group(group)
    counts = [f"{one.label} {sum(edit.certainty is one for edit in edits):,}件" for one in Certainty]
    lines.append("、".join(counts))
    return "\n".join(map(clean_text, lines)) + "\n"


def _write_group(edits: list[Edit]) -> Iterator[str]:
    if not edits:
        return
    rule = REPAIR_RULES[edits[0].rule]
    yield f"【{edits[0].certainty.label}】{rule.title}: {len(edits):,}件（{rule.why}）"
    for edit in edits[:MAX_LISTED]:
        yield f"  ・{edit.table} {edit.address}「{edit.column}」: 「{edit.before}」→「{edit.after}」"
    if len(edits) > MAX_LISTED:
        yield f"  ほか {len(edits) - MAX_LISTED:,}件（--json で全部を出力します）"
    yield ""
