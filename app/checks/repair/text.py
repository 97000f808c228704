"""Repairs of a text that has no form of its own: blanks at its ends, radicals, half-width kana."""

from __future__ import annotations

from collections.abc import Iterator

from app.checks.repair.look_alike import replace_look_alikes
from app.checks.repair.width import widen_kana
from app.model.edit import Proposal
from app.model.table_schema import Field

_STEPS = (("blank", str.strip), ("look-alike", replace_look_alikes), ("full-width-kana", widen_kana))


def propose_tidy(text: str) -> Proposal | None:
    """Propose the tidied text, by the name of the last step that changed it, or None if it is tidy."""
    tidy, last = text, ""
    for rule, step in _STEPS:
        changed = step(tidy)
        if changed != tidy:
            tidy, last = changed, rule
    return Proposal(last, tidy) if last else None


def propose_tidied(_field: Field, text: str) -> Iterator[Proposal]:
    """Propose the tidied text, for columns that have a form."""
    if (proposal := propose_tidy(text)) is not None:
        yield proposal
