"""Status codes of a schedule: the words of vocab/status_rules.csv, found in the texts of a plan.

The codes are those of vocab/status.ttl. A word without a code is there to be passed over: it is part of a
name, or of a longer phrase that says nothing of the year's progress.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from app.errors import OperatorError


@dataclass(frozen=True, slots=True)
class StatusRules:
    """Words, each with the code that it stands for ("" for none), and the pattern that finds them.

    Where two words begin at the same place, the pattern takes the longer one.
    """

    codes: dict[str, str]
    pattern: re.Pattern[str]


def read_status_rules(path: Path) -> StatusRules:
    """Read the rules (columns 順, 語, 状態, 備考); raises OperatorError if the file is not such a list."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [(row["語"], row["状態"]) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError) as error:
        raise OperatorError(f"状態の規則「{path}」を読み取れません（{error!r}）。") from error
    codes = dict(rows)
    if not codes or not all(codes) or len(codes) < len(rows):
        raise OperatorError(f"状態の規則「{path}」に、語がないか、同じ語が2回あります。")
    longest_first = sorted(codes, key=len, reverse=True)
    return StatusRules(codes, re.compile("|".join(map(re.escape, longest_first))))


def find_status_codes(text: str, rules: StatusRules) -> tuple[str, ...]:
    """Return the codes of the words in a text, read from left to right, each once, in order of appearance."""
    found = (rules.codes[word] for word in rules.pattern.findall(text))
    return tuple(dict.fromkeys(code for code in found if code))


def find_schedule_codes(activity: str, content: str, rules: StatusRules) -> tuple[str, ...]:
    """Return the codes of a schedule's row: of its 内容, or if that has none, of its 取組 with its 内容."""
    return find_status_codes(content, rules) or find_status_codes(f"{activity} {content}", rules)
