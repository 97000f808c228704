"""Typed cell values and their one lexical form.

`read_value(field, text)` and `write_value(field, value)` are inverse to each other on the canonical form:
half-width digits, no separators, ISO 8601, decimal point; an empty text is None for every type.
Source of the forms: Table Schema (Data Package 2.0) §Field Types, narrowed to what the municipal standard
datasets (自治体標準オープンデータセット) allow: half-width digits, ISO dates, `hh:mm`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from app.model.table_schema import Field, FieldType

Value: TypeAlias = str | int | Decimal | bool | dt.date | dt.time | tuple[str, ...] | None
Row: TypeAlias = tuple[Value, ...]

LEXICAL_FORMS: dict[FieldType, tuple[re.Pattern[str], str]] = {
    FieldType.INTEGER: (re.compile(r"0|-?[1-9][0-9]{0,17}"), "半角数字の整数（例: 1200）"),
    FieldType.NUMBER: (
        re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?"),
        "半角数字の数（例: 35.6）",
    ),
    FieldType.BOOLEAN: (re.compile(r"true|false"), "true または false"),
    FieldType.DATE: (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "YYYY-MM-DD の日付（例: 2026-04-01）"),
    FieldType.TIME: (re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?"), "hh:mm の時刻（例: 09:00）"),
    FieldType.DATETIME: (
        re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"),
        "YYYY-MM-DDThh:mm:ss の日時（例: 2026-04-01T09:00:00）",
    ),
    FieldType.YEARMONTH: (re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])"), "YYYY-MM の年月（例: 2026-04）"),
}
"""The full-match pattern of each type and how to say it; string and list have none."""

_READERS: dict[FieldType, Callable[[str], Value]] = {
    FieldType.INTEGER: int,
    FieldType.NUMBER: Decimal,
    FieldType.BOOLEAN: lambda text: text == "true",
    FieldType.DATE: dt.date.fromisoformat,
    FieldType.TIME: dt.time.fromisoformat,
    FieldType.DATETIME: dt.datetime.fromisoformat,
    FieldType.YEARMONTH: str,
    FieldType.STRING: str,
}


def read_value(field: Field, text: str) -> Value:
    """Return the typed value of a cell's text.

    Raises ValueError, with the expected form in Japanese, if the text is not in the type's lexical form.
    """
    if text == "":
        return None
    if field.type is FieldType.LIST:
        items = tuple(text.split(field.delimiter))
        if not all(item and item == item.strip() for item in items):
            raise ValueError(f"「{field.delimiter}」で区切った値（空の項目や前後の空白なし）")
        return items
    form = LEXICAL_FORMS.get(field.type)
    if form is None:
        return text
    pattern, expected = form
    if not pattern.fullmatch(text) or (field.type is FieldType.NUMBER and _is_negative_zero(text)):
        raise ValueError(expected)
    try:
        return _READERS[field.type](text)
    except ValueError:  # the form fits and the day or hour doesn't exist
        raise ValueError(expected) from None


def write_value(field: Field, value: Value) -> str:
    """Return the canonical text of a typed value; None gives the empty text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return field.delimiter.join(value)
        case dt.time():
            return value.strftime("%H:%M:%S" if value.second else "%H:%M")
        case dt.datetime():
            return value.isoformat(timespec="seconds")
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def _is_negative_zero(text: str) -> bool:
    return text.startswith("-") and not text.strip("-0.")
