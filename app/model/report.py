"""What a check found: findings, counted in full and listed up to a bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self


class Severity(StrEnum):
    """How much a finding weighs: `block` stops a release, `warn` asks for a look, `info` only tells."""

    BLOCK = "block"
    WARN = "warn"
    INFO = "info"

    @property
    def label(self) -> str:
        """The Japanese word."""
        return {"block": "重大", "warn": "注意", "info": "参考"}[self.value]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault at one place.

    `rule` is a kebab-case name; `table` is the file or sheet; `row` counts lines of the file's records from 1
    with the header as row 1; `column` is the header's text. `why` says what is wrong and why it matters,
    `mend` how to put it right: Japanese sentences.
    """

    rule: str
    severity: Severity
    why: str
    mend: str
    table: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of one check.

    `taken_for` says what the input was taken for. `counts` has the full number per rule and severity;
    `findings` lists the first ones of each rule.
    """

    taken_for: str
    findings: tuple[Finding, ...]
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        """Return how many findings of that severity there are, listed or not."""
        return sum(by_severity.get(severity.value, 0) for by_severity in self.counts.values())

    @property
    def is_blocked(self) -> bool:
        """Whether any finding stops a release."""
        return self.count(Severity.BLOCK) > 0

    @property
    def total(self) -> int:
        """The number of findings of every severity."""
        return sum(self.count(severity) for severity in Severity)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "taken_for": self.taken_for,
            "counts": self.counts,
            "findings": [asdict(finding) for finding in self.findings],
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        findings = tuple(
            Finding(**{**finding, "severity": Severity(finding["severity"])})
            for finding in document["findings"]
        )
        return cls(document["taken_for"], findings, document["counts"])


class ReportBuilder:
    """Takes findings one by one; counts all, keeps the first `max_per_rule` of each rule."""

    def __init__(self, max_per_rule: int) -> None:
        self._max_per_rule = max_per_rule
        self._kept: list[Finding] = []
        self._counts: dict[str, Counter[str]] = {}

    def add(self, finding: Finding) -> None:
        """Count a finding and keep it while its rule has room."""
        counts = self._counts.setdefault(finding.rule, Counter())
        if counts.total() < self._max_per_rule:
            self._kept.append(finding)
        counts[finding.severity.value] += 1

    def extend(self, findings: Iterable[Finding]) -> None:
        """Add each of the findings."""
        for finding in findings:
            self.add(finding)

    def build(self, taken_for: str) -> Report:
        """Return the report of all that was added, in the order of adding."""
        counts = {rule: dict(sorted(by_severity.items())) for rule, by_severity in self._counts.items()}
        return Report(taken_for, tuple(self._kept), counts)
