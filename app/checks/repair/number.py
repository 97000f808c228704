"""Repairs of numbers: thousands separators, minus signs, leading zeros, a point without a fraction, units."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.checks.repair.width import narrow
from app.model.edit import Certainty, Proposal
from app.model.table_schema import Field, FieldType

_MINUS = re.compile("^[△▲−‐–]\\s*")
_NUMBER = re.compile(r"([+-]?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]*))?")
_UNIT = re.compile(r"\s*(円|人|名|台|基|世帯|床|か所|箇所|m|mm|㎜|ｍ|cm)$")


def propose_number(field: Field, text: str) -> Iterator[Proposal]:
    """Propose the number in digits; one that had a unit behind it is doubtful."""
    said = _MINUS.sub("-", narrow(text))
    if (number := _write(field, said)) is not None:
        yield Proposal("number-form", number)
    elif (number := _write(field, _UNIT.sub("", said))) is not None:
        yield Proposal("number-form", number, Certainty.DOUBTFUL)


def propose_list(field: Field, text: str) -> Iterator[Proposal]:
    """Propose a list's values joined by its delimiter alone."""
    items = text.replace("；", field.delimiter).split(field.delimiter)
    yield Proposal("list-form", field.delimiter.join(item.strip() for item in items if item.strip()))


def _write(field: Field, said: str) -> str | None:
    found = _NUMBER.fullmatch(said)
    if found is None:
        return None
    sign, whole, fraction = found.groups()
    whole = whole.replace(",", "").lstrip("0") or "0"
    if field.type is FieldType.INTEGER and (fraction or "").strip("0"):
        return None
    rest = f".{fraction}" if fraction and field.type is FieldType.NUMBER else ""
    is_zero = whole == "0" and not rest.strip(".0")
    return f"{'-' if sign == '-' and not is_zero else ''}{whole}{rest}"
