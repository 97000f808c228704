"""Repairs of postal codes: seven digits without a hyphen. Source of the form: GIF 443."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.checks.repair.width import narrow_hyphens
from app.model.edit import Proposal
from app.model.table_schema import Field

_POSTAL_CODE = re.compile(r"〒?\s*([0-9]{3})\s*[-\s]?\s*([0-9]{4})")


def propose_postal_code(_field: Field, text: str) -> Iterator[Proposal]:
    """Propose the code without its mark, hyphen and blanks."""
    if found := _POSTAL_CODE.fullmatch(narrow_hyphens(text)):
        yield Proposal("postal-code", found[1] + found[2])
