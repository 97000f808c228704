from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest

from app.model.table_schema import TableSchema
from app.tables.canonical import read_canonical


def _schema(*fields: dict[str, Any]) -> TableSchema:
    return TableSchema.from_descriptor(
        {"name": "test", "version": "1.0.0", "title": "試験", "fields": list(fields)}
    )


SCHEMA = _schema(
    {"name": "名称"},
    {"name": "人数", "type": "integer"},
    {"name": "率", "type": "number"},
    {"name": "開館", "type": "time"},
    {"name": "日付", "type": "date"},
    {"name": "印", "type": "boolean"},
    {"name": "課", "type": "list", "delimiter": ";"},
)
HEADER = "名称,人数,率,開館,日付,印,課\n"


def _read(text: str) -> list[tuple[object, ...]]:
    return list(read_canonical(lambda: io.StringIO(text, newline=""), SCHEMA))


def test_texts_become_typed_values_and_empty_cells_none() -> None:
    assert _read(HEADER + '"上\n下",12,0.50,09:00,2026-04-01,true,甲;乙\n,,,,,,\n') == [
        ("上\n下", 12, Decimal("0.50"), dt.time(9), dt.date(2026, 4, 1), True, ("甲", "乙")),
        (None,) * 7,
    ]


@pytest.mark.parametrize(
    "text", ["", "人数,名称\n", HEADER + "a,1\n", HEADER + "a,１,,,,,\n", HEADER + "a,1,,,,,,b\n"]
)
def test_what_is_not_canonical_raises(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        _read(text)
