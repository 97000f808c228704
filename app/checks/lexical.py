"""Rules: a value is written in its type's one form; full-width characters are named as such."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from app.checks.place import Cell
from app.model.report import Finding
from app.model.table_schema import Field, FieldType
from app.model.value import read_value

_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_YEARMONTH = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})月?")
_TIME = re.compile(r"([0-9]{1,2})[:時]([0-9]{2})分?")
_NEGATIVE_MARKS = re.compile(r"^[△▲−]")


def check_lexical(cell: Cell) -> Iterator[Finding]:
    """Yield a finding if the text is not the canonical form of the field's type, or of its pattern in width.

    `mend` says the right form, with the very value where it can be told from the text.
    """
    expected = _find_expected_form(cell.field, cell.text)
    if expected is None:
        return
    name = cell.field.name
    narrow = unicodedata.normalize("NFKC", cell.text)
    if narrow != cell.text and _find_expected_form(cell.field, narrow) is None:
        kind = "全角の数字です" if _has_wide_digit(cell.text) else "全角の文字です"
        why = f"{kind}。「{name}」は半角で書く決まりです。"
        yield cell.make_finding("full-width", why, f"半角で「{narrow}」と書いてください。")
        return
    why = f"「{name}」は{expected}で書く決まりです。"
    tidied = _tidy(cell.field, narrow)
    if _find_expected_form(cell.field, tidied) is None:
        yield cell.make_finding("lexical-form", why, f"「{tidied}」と書いてください。")
    else:
        yield cell.make_finding("lexical-form", why, f"{expected}で書いてください。値がなければ空にします。")


def _find_expected_form(field: Field, text: str) -> str | None:
    """Return how the text should have been written, or None if it is in form."""
    if field.type is FieldType.STRING:
        return _find_expected_width(field, text)
    try:
        read_value(field, text)
    except ValueError as error:
        return str(error)
    return None


def _find_expected_width(field: Field, text: str) -> str | None:
    """A string has no form of its own, but its field's pattern may fit if it were half-width."""
    if field.pattern is None or text.isascii() or re.fullmatch(field.pattern, text):
        return None
    narrow = unicodedata.normalize("NFKC", text)
    return "半角の文字" if re.fullmatch(field.pattern, narrow) else None


def _has_wide_digit(text: str) -> bool:
    return any("０" <= character <= "９" for character in text)


def _tidy(field: Field, text: str) -> str:
    """Return the text as its writer most likely meant it, in the type's form; not sure to be valid."""
    text = text.strip()
    match field.type:
        case FieldType.INTEGER | FieldType.NUMBER:
            text = _NEGATIVE_MARKS.sub("-", re.sub(r"[,_\s]", "", text))
            return re.sub(r"^(-?)0+(?=[0-9])", r"\1", text.removeprefix("+"))
        case FieldType.DATE:
            return _join("-", _DATE.fullmatch(text)) or text
        case FieldType.YEARMONTH:
            return _join("-", _YEARMONTH.fullmatch(text)) or text
        case FieldType.TIME:
            return _join(":", _TIME.fullmatch(text)) or text
        case FieldType.BOOLEAN:
            return text.lower()
        case FieldType.LIST:
            items = re.split(f"[{re.escape(field.delimiter)}、]", text)
            return field.delimiter.join(item.strip() for item in items if item.strip())
        case _:
            return text


def _join(mark: str, found: re.Match[str] | None) -> str:
    return mark.join(part.zfill(2) for part in found.groups()) if found else ""
