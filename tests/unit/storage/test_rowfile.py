from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.table import Table
from app.model.table_schema import Field, FieldType, TableSchema
from app.model.value import LEXICAL_FORMS, Row, Value, read_value, write_value
from app.storage.rowfile import open_row_file, write_row_file

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
ITEM = TEXT.map(str.strip).filter(lambda text: text and ";" not in text)
CELLS: dict[FieldType, st.SearchStrategy[Any]] = {
    FieldType.STRING: TEXT,
    FieldType.INTEGER: st.integers(-(10**18) + 1, 10**18 - 1),
    FieldType.NUMBER: st.from_regex(LEXICAL_FORMS[FieldType.NUMBER][0], fullmatch=True)
    .map(Decimal)
    .filter(lambda number: not (number.is_signed() and number.is_zero())),
    FieldType.BOOLEAN: st.booleans(),
    FieldType.DATE: st.dates(),
    FieldType.TIME: st.times().map(lambda time: time.replace(microsecond=0)),
    FieldType.DATETIME: st.datetimes().map(lambda time: time.replace(microsecond=0)),
    FieldType.YEARMONTH: st.dates().map(lambda day: day.strftime("%Y-%m").rjust(7, "0")),
    FieldType.LIST: st.lists(ITEM, min_size=1).map(tuple),
}


@dataclass(frozen=True)
class Sample:
    """A random schema with rows under it and filters on it."""

    schema: TableSchema
    rows: list[Row]
    filters: dict[str, Value]


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    names = draw(st.lists(TEXT, min_size=1, max_size=8, unique=True))
    kinds = [draw(st.sampled_from(FieldType)) for _ in names]
    schema = make_schema(
        dict(zip(names, kinds, strict=True)), primaryKey=draw(st.lists(st.sampled_from(names), unique=True))
    )
    rows = draw(st.lists(st.tuples(*[st.none() | CELLS[kind] for kind in kinds]), max_size=20))
    filters: dict[str, Value] = {}
    for place in draw(st.lists(st.integers(0, len(names) - 1), unique=True, max_size=2)):
        there = [row[place] for row in rows]
        wanted = draw(st.sampled_from(there) if there else st.none())
        if isinstance(wanted, tuple):
            wanted = tuple(draw(st.lists(st.sampled_from(wanted), min_size=1, unique=True)))
        filters[names[place]] = wanted
    return Sample(schema, rows, filters)


def make_schema(types: Mapping[str, str], **properties: object) -> TableSchema:
    fields = [{"name": name, "type": kind} for name, kind in types.items()]
    return TableSchema.from_descriptor(
        {"name": "sample", "version": "1.0.0", "title": "", "fields": fields, **properties}
    )


def make_table(schema: TableSchema, rows: list[Row]) -> Table:
    return Table("sample", "見本", "", schema, len(rows), lambda: iter(rows))


def find(path: Path, schema: TableSchema, filters: Mapping[str, Value]) -> list[int]:
    """Numbers of the rows that the filters leave; the count must agree."""
    with open_row_file(path, schema) as file:
        numbers = [number for number, _ in file.list_rows(filters, 0, 1000)]
        assert file.count(filters) == len(numbers)
    return numbers


def matches(field: Field, value: Value, wanted: Value) -> bool:
    if isinstance(wanted, tuple):
        return isinstance(value, tuple) and set(wanted) <= set(value)
    return value == wanted


@given(samples())
def test_rows_come_back_as_they_were(sample: Sample) -> None:
    schema = sample.schema
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sample.rows")
        write_row_file(make_table(schema, sample.rows), path)
        with open_row_file(path, schema) as file:
            found = list(file.list_rows({}, 0, 1000))
    assert found == list(enumerate(sample.rows, start=1))
    for (_, row), written in zip(found, sample.rows, strict=True):
        assert list(map(type, row)) == list(map(type, written))
        assert list(map(write_value, schema.fields, row)) == list(map(write_value, schema.fields, written))


@given(samples())
def test_filters_leave_the_rows_that_python_would(sample: Sample) -> None:
    schema = sample.schema
    places = [(schema.field_names.index(name), wanted) for name, wanted in sample.filters.items()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sample.rows")
        write_row_file(make_table(schema, sample.rows), path)
        numbers = find(path, schema, sample.filters)
    assert numbers == [
        number
        for number, row in enumerate(sample.rows, start=1)
        if all(matches(schema.fields[place], row[place], wanted) for place, wanted in places)
    ]


@given(samples())
def test_the_same_rows_give_the_same_bytes(sample: Sample) -> None:
    table = make_table(sample.schema, sample.rows)
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, "first"), Path(folder, "second")
        write_row_file(table, first)
        second.write_bytes(b"something older")
        write_row_file(table, second)
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("12.5", [1, 2]), ("12.500000000000000000", [1, 2]), ("100", [3, 4]), ("0", [5]), ("10", []), ("1", [])],
)
def test_a_number_is_found_however_it_is_written(tmp_path: Path, text: str, numbers: list[int]) -> None:
    schema = make_schema({"率": "number"})
    rows: list[Row] = [(Decimal(cell),) for cell in ("12.5", "12.50", "100", "100.0", "0.00")]
    write_row_file(make_table(schema, rows), tmp_path / "rows")
    assert find(tmp_path / "rows", schema, {"率": read_value(schema.fields[0], text)}) == numbers


def test_numbers_that_floats_confuse_are_told_apart(tmp_path: Path) -> None:
    schema = make_schema({"率": "number"})
    near = [
        Decimal("123456789012345678.123456789012345678"),
        Decimal("123456789012345678.123456789012345679"),
    ]
    write_row_file(make_table(schema, [(number,) for number in near]), tmp_path / "rows")
    assert find(tmp_path / "rows", schema, {"率": near[1]}) == [2]


def test_a_list_is_found_by_whole_items_only(tmp_path: Path) -> None:
    schema = make_schema({"主管課": "list"})
    rows: list[Row] = [(("区民課", "課税課"),), (("区民課分室",),), (None,), (("課税課",),)]
    write_row_file(make_table(schema, rows), tmp_path / "rows")
    for wanted, numbers in [
        (("区民課",), [1]),
        (("課税課",), [1, 4]),
        (("課税課", "区民課"), [1]),
        (("課",), []),
        (("区民課;課税課",), []),
        (None, [3]),
    ]:
        assert find(tmp_path / "rows", schema, {"主管課": wanted}) == numbers


def test_rows_are_read_from_any_row_on(tmp_path: Path) -> None:
    schema = make_schema({"年度": "integer"})
    write_row_file(make_table(schema, [(year % 2,) for year in range(10)]), tmp_path / "rows")
    with open_row_file(tmp_path / "rows", schema) as file:
        assert [number for number, _ in file.list_rows({"年度": 1}, 4, 2)] == [6, 8]
        assert [number for number, _ in file.list_rows({}, 8, 5)] == [9, 10]
        assert list(file.list_rows({}, 10, 5)) == []


def test_filter_columns_have_an_index(tmp_path: Path) -> None:
    names = ["全国地方公共団体コード", "ID", "名称", "年度", "施策_ID", "鍵"]
    schema = make_schema(
        {**dict.fromkeys(names, "string"), "状態": "list"},
        primaryKey=["鍵"],
        foreignKeys=[{"fields": ["施策_ID"], "reference": {"resource": "measures", "fields": ["ID"]}}],
    )
    enumerated = TableSchema.from_descriptor(
        {
            **schema.descriptor,
            "fields": [*schema.descriptor["fields"], {"name": "読取", "constraints": {"enum": ["明示"]}}],
        }
    )
    write_row_file(make_table(enumerated, []), tmp_path / "rows")
    with closing(sqlite3.connect(tmp_path / "rows")) as connection:
        indexed = {
            row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")
        }
    assert indexed == {f"{column}_index" for column in ("c0", "c1", "c3", "c4", "c5", "l6", "c7")}


def test_a_row_file_cannot_be_changed_through_its_reader(tmp_path: Path) -> None:
    schema = make_schema({"年度": "integer"})
    write_row_file(make_table(schema, [(2023,)]), tmp_path / "rows")
    before = (tmp_path / "rows").read_bytes()
    assert find(tmp_path / "rows", schema, {"年度": 2023}) == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["rows"]
    assert (tmp_path / "rows").read_bytes() == before


def test_rows_of_another_schema_are_refused(tmp_path: Path) -> None:
    write_row_file(make_table(make_schema({"年度": "integer"}), [(2023,)]), tmp_path / "rows")
    for other in (make_schema({"年": "integer"}), make_schema({"年度": "integer"}, version="2.0.0")):
        with pytest.raises(ValueError, match="sample"), open_row_file(tmp_path / "rows", other):
            pass


def test_an_unknown_column_is_an_error(tmp_path: Path) -> None:
    schema = make_schema({"年度": "integer"})
    write_row_file(make_table(schema, []), tmp_path / "rows")
    with open_row_file(tmp_path / "rows", schema) as file, pytest.raises(KeyError):
        file.count({"c0": 1})


def test_column_names_are_never_sql(tmp_path: Path) -> None:
    name = '"; DROP TABLE data; --'
    schema = make_schema({name: "string"})
    write_row_file(make_table(schema, [(name,)]), tmp_path / "rows")
    assert find(tmp_path / "rows", schema, {name: name}) == [1]
    assert find(tmp_path / "rows", schema, {name: "' OR 1 --"}) == []


def test_dates_and_times_keep_their_types(tmp_path: Path) -> None:
    schema = make_schema({"日付": "date", "時刻": "time", "有無": "boolean"})
    rows: list[Row] = [(dt.date(2026, 4, 1), dt.time(9, 0), True), (None, None, False)]
    write_row_file(make_table(schema, rows), tmp_path / "rows")
    assert find(tmp_path / "rows", schema, {"時刻": read_value(schema.fields[1], "09:00:00")}) == [1]
    assert find(tmp_path / "rows", schema, {"有無": False}) == [2]
