from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tables.delimited import RecordFault, Records, UnreadableRecord


def _read(text: str, delimiter: str = ",", max_record_characters: int = 1000) -> list[tuple[int, list[str]]]:
    return list(Records(io.StringIO(text, newline=""), delimiter, max_record_characters))


def test_row_numbers_count_records_not_lines() -> None:
    assert _read('ID,備考\n1,"上\n下"\n\n2,x\n') == [
        (1, ["ID", "備考"]),
        (2, ["1", "上\n下"]),
        (3, []),
        (4, ["2", "x"]),
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_breaks_in_cells_become_line_feeds(line_end: str) -> None:
    assert _read(f'a{line_end}"1{line_end}2"{line_end}') == [(1, ["a"]), (2, ["1\n2"])]


def test_line_ends_are_those_of_records_only() -> None:
    records = Records(io.StringIO('a\r\n"1\n2"\r\n3', newline=""), ",", 1000)
    assert len(list(records)) == 3
    assert records.line_ends == {"\r\n"}


def test_mixed_line_ends_are_all_seen() -> None:
    records = Records(io.StringIO("a\r\n1\n2\r3\n", newline=""), ",", 1000)
    assert [cells for _, cells in records] == [["a"], ["1"], ["2"], ["3"]]
    assert records.line_ends == {"\r\n", "\n", "\r"}


@pytest.mark.parametrize(
    ("text", "row", "fault"),
    [
        ('a,b\n1,"2\n3,4\n', 2, RecordFault.UNCLOSED_QUOTE),
        ('a,b\n1,"2"3\n4,5\n', 2, RecordFault.STRAY_QUOTE),
        ('a,b\n1,2\n"3"x,4', 3, RecordFault.STRAY_QUOTE),
        ("a,b\n" + "x" * 101 + "\n", 2, RecordFault.TOO_LONG),
        ('a,b\n"1\n' + "2,3\n" * 30, 2, RecordFault.UNCLOSED_QUOTE),
    ],
)
def test_reading_stops_at_a_broken_record(text: str, row: int, fault: RecordFault) -> None:
    with pytest.raises(UnreadableRecord) as caught:
        _read(text, max_record_characters=100)
    assert (caught.value.row, caught.value.fault) == (row, fault)


def test_no_more_than_the_bound_is_read_of_a_line_without_end() -> None:
    text = io.StringIO("x" * 10_000, newline="")
    with pytest.raises(UnreadableRecord):
        list(Records(text, ",", 100))
    assert text.tell() == 101


def test_cells_beyond_the_csv_modules_own_limit_are_read() -> None:
    previous = csv.field_size_limit(10)
    try:
        assert _read("a\n" + "x" * 500) == [(1, ["a"]), (2, ["x" * 500])]
    finally:
        csv.field_size_limit(previous)


@given(
    rows=st.lists(st.lists(st.text(st.characters(exclude_characters="\r")), min_size=1), min_size=1),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
)
def test_what_csv_writes_is_read_back(rows: list[list[str]], delimiter: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    assert [cells for _, cells in _read(text.getvalue(), delimiter, 100_000)] == rows
