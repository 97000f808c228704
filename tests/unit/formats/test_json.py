from __future__ import annotations

import io
import json
from decimal import Decimal

from app.formats.json import write_json, write_jsonl
from app.model.table import Table
from app.model.table_schema import TableSchema

FIRST = (
    '{"ID":"a-1","名称":"窓口のデジタル化","件数":1200,"率":12.50,"有無":true,"日付":"2026-04-01","時刻":"09:00",'
    '"日時":"2026-04-01T09:00:05","年月":"2026-04","状態":["検討","実施"],"読取":"明示","施策_ID":"m-1","上位_ID":null}'
)


def test_json_is_an_array_with_one_row_per_line(table: Table) -> None:
    target = io.BytesIO()
    write_json(table, target)
    lines = target.getvalue().decode().split("\n")
    assert (lines[0], lines[1], lines[3:]) == ("[", FIRST + ",", ["]", ""])
    assert [row["ID"] for row in json.loads(target.getvalue())] == ["a-1", "a-2"]


def test_json_lines_have_one_object_each(table: Table) -> None:
    target = io.BytesIO()
    write_jsonl(table, target)
    lines = target.getvalue().decode().split("\n")
    assert lines[0] == FIRST
    assert json.loads(lines[1])["名称"] == "1行目,\n「2行目」"
    assert lines[2:] == [""]


def test_a_table_without_rows_is_an_empty_array(schema: TableSchema) -> None:
    target = io.BytesIO()
    write_json(Table("sample", "見本", "", schema, 0, lambda: iter(())), target)
    assert json.loads(target.getvalue()) == []


def test_long_numbers_keep_every_digit() -> None:
    schema = TableSchema.from_descriptor(
        {"name": "one", "version": "1.0.0", "title": "", "fields": [{"name": "値", "type": "number"}]}
    )
    number = Decimal("123456789012345678.123456789012345678")
    target = io.BytesIO()
    write_jsonl(Table("one", "", "", schema, 1, lambda: iter([(number,)])), target)
    assert target.getvalue().decode() == '{"値":123456789012345678.123456789012345678}\n'
