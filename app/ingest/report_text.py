"""A report as text for people: what it was taken for, the faults by rule, and their number."""

from __future__ import annotations

from collections.abc import Iterator

from app.checks.rules import RULES
from app.model.report import Finding, Report, Severity

_VISIBLE = (
    {code: 0x2400 + code for code in range(0x20)}
    | {0x7F: 0x2421}
    | dict.fromkeys((*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD)
)
"""Control characters, which would steer a terminal or turn the reading order, become their pictures."""


def write_report(report: Report) -> str:
    """Return a report as Japanese lines.

    The first line says what the input was taken for, the last counts the faults by severity. Between them
    stands, rule by rule and heaviest first, where each fault is, what it is and, once, how to mend it.
    """
    lines = [
        f"{report.taken_for}として読みました。" if report.taken_for else "何のデータか分かりませんでした。",
        "",
    ]
    if report.total == 0:
        lines += ["問題はありません。", ""]
    for findings in _group(report):
        lines += [*_write_group(findings, sum(report.counts[findings[0].rule].values())), ""]
    lines.append("、".join(f"{severity.label} {report.count(severity):,}件" for severity in Severity))
    return "\n".join(lines) + "\n"


def _group(report: Report) -> list[list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault(finding.rule, []).append(finding)
    weights = list(Severity)
    return sorted(groups.values(), key=lambda findings: weights.index(findings[0].severity))


def _write_group(findings: list[Finding], count: int) -> Iterator[str]:
    first = findings[0]
    rule = RULES.get(first.rule)
    yield f"【{first.severity.label}】{rule.title if rule else first.rule}: {count:,}件"
    is_one_mend = all(finding.mend == first.mend for finding in findings)
    for finding in findings:
        yield f"  ・{_write_place(finding)}{clean_text(finding.why)}"
        if not is_one_mend:
            yield f"    → {clean_text(finding.mend)}"
    if count > len(findings):
        yield f"  ・ほか {count - len(findings):,}件"
    if is_one_mend:
        yield f"  直し方: {clean_text(first.mend)}"


def _write_place(finding: Finding) -> str:
    where = " ".join(
        part
        for part in (
            finding.table,
            f"{finding.row}行目" if finding.row is not None else "",
            f"「{finding.column}」" if finding.column else "",
            f"値「{finding.value}」" if finding.value else "",
        )
        if part
    )
    return f"{clean_text(where)}: " if where else ""


def clean_text(text: str) -> str:
    """Return a text of the upload fit for a terminal, on one line."""
    return text.translate(_VISIBLE)
