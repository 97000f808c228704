from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

import pytest
from frictionless import Package
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ingest.check import CheckedTable, UploadedTable, check_tables
from app.model.report import Report, ReportBuilder, Severity
from app.model.table_schema import TableSchema
from app.model.value import Row, write_value
from app.settings import Settings
from app.tables.canonical import read_canonical

PLANS = TableSchema.from_descriptor(
    {
        "name": "plans",
        "version": "1.0.0",
        "title": "計画",
        "fields": [
            {"name": "全国地方公共団体コード", "constraints": {"required": True, "pattern": "^[0-9]{6}$"}},
            {"name": "ID", "constraints": {"required": True, "unique": True, "pattern": "^[0-9a-z-]+$"}},
            {"name": "年度", "type": "integer", "constraints": {"minimum": 1900}},
            {"name": "備考"},
        ],
        "primaryKey": ["ID"],
    }
)
MEASURES = TableSchema.from_descriptor(
    {
        "name": "measures",
        "version": "1.0.0",
        "title": "施策",
        "fields": [
            {"name": "ID", "constraints": {"required": True}},
            {"name": "計画_ID", "constraints": {"required": True}},
            {"name": "再掲元_ID"},
            {"name": "主管課", "type": "list", "delimiter": ";", "itemType": "string"},
        ],
        "primaryKey": ["ID"],
        "foreignKeys": [
            {"fields": ["計画_ID"], "reference": {"resource": "plans", "fields": ["ID"]}},
            {"fields": ["再掲元_ID"], "reference": {"resource": "", "fields": ["ID"]}},
        ],
    }
)
HEADER = "全国地方公共団体コード,ID,年度,備考\n"
GOOD = HEADER + "131016,p1,2024,\n131016,p2,,あ\n"
GOOD_MEASURES = "ID,計画_ID,再掲元_ID,主管課\nm1,p1,,甲;乙\nm2,p2,m1,\n"


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _upload(
    scratch: Path, schema: TableSchema, data: str | bytes, encoding: str = "utf-8", delimiter: str = ","
) -> UploadedTable:
    path = scratch / f"{schema.name}.received"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    source = f"data/{schema.name}.csv"
    return UploadedTable(schema.name, schema.title, "説明", path, source, schema, encoding, delimiter)


def _check(scratch: Path, *tables: UploadedTable, **bounds: int) -> tuple[tuple[CheckedTable, ...], Report]:
    house = Settings.model_validate(bounds)
    findings = ReportBuilder(house.max_findings_per_rule)
    return check_tables(tables, scratch, house, findings), findings.build("試験")


def _places(report: Report) -> list[list[Any]]:
    return [[finding.row, finding.column, finding.rule] for finding in report.findings]


def _read(table: CheckedTable) -> list[Row]:
    def open_text() -> TextIO:
        return table.path.open(encoding="utf-8", newline="")

    return list(read_canonical(open_text, table.schema))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (GOOD, []),
        (HEADER + "131017,p1,2024,\n", [[2, "全国地方公共団体コード", "local-government-code"]]),
        (HEADER + "131016,,2024,\n", [[2, "ID", "constraint-required"]]),
        (HEADER + "131016,p1,2024,\n131016,p1,2025,\n", [[3, "ID", "primary-key"]]),
        (HEADER + "131016,p1,令和6,\n", [[2, "年度", "lexical-form"]]),
        (HEADER + "131016,p1,２０２４,\n", [[2, "年度", "full-width"]]),
        (HEADER + "131016,p1,1024,\n", [[2, "年度", "constraint-minimum"]]),
        (HEADER + "131016,p1,2024,a,b\n", [[2, "", "record-width"]]),
        (HEADER + "131016,p1\n", [[2, "", "record-width"]]),
        (b"", [[None, "", "file-empty"]]),
        (b"\xef\xbb\xbf", [[None, "", "file-empty"]]),
        (b"\n", [[1, "", "header-unknown"]]),
        ("ID,ID,全国地方公共団体コード,年度,備考\n", [[1, "ID", "header-duplicate"], [None, "", "no-rows"]]),
        (
            "ID,全国地方公共団体コード,年度\np1,131016,x\n",
            [[1, "備考", "header-missing"], [2, "年度", "lexical-form"]],
        ),
        ("ID,全国地方公共団体コード,年度,備考,注\np1,131016,,,\n", [[1, "注", "header-extra"]]),
        ("ID,,全国地方公共団体コード,年度,備考\np1,,131016,,\n", [[1, "B列", "header-blank"]]),
        (HEADER + '131016,p1,2024,"a\nb"\n131016,p2,x,\n', [[3, "年度", "lexical-form"]]),
        (HEADER + '131016,p1,x,"a\n', [[2, "", "unclosed-quote"]]),
        (HEADER + '131016,p1,x,\n131016,p2,1,"a"b\n', [[2, "年度", "lexical-form"], [3, "", "stray-quote"]]),
        (HEADER + "131016,p1,2024,a\x00b\n", [[2, "備考", "control-character"]]),
        (HEADER + "131016,p1,2024,a\r\n131016,p2,2024,b\n", [[None, "", "mixed-line-ends"]]),
        (HEADER + "131016,p1,2024, a\n\n", [[2, "備考", "surrounding-blank"], [3, "", "blank-row"]]),
        (HEADER, [[None, "", "no-rows"]]),
    ],
)
def test_every_fault_is_found_at_its_place(
    tmp_path: Path, data: str | bytes, expected: list[list[Any]]
) -> None:
    tables, report = _check(tmp_path, _upload(tmp_path, PLANS, data))
    assert _places(report) == expected
    assert all(finding.table == "data/plans.csv" for finding in report.findings)
    assert bool(tables) == (not report.is_blocked)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp932", "Shift_JIS"), ("utf-16", "utf-16"), ("utf-8", "")],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encoding_bom_and_line_ends_make_no_difference(
    tmp_path: Path, encoding: str, declared: str, line_end: str
) -> None:
    data = GOOD.replace("\n", line_end).encode(encoding)
    (table,), report = _check(tmp_path, _upload(tmp_path, PLANS, data, declared))
    assert report.total == 0
    assert table.path.read_text(encoding="utf-8") == GOOD


def test_a_shift_jis_file_said_to_be_utf8_gives_one_finding(tmp_path: Path) -> None:
    tables, report = _check(tmp_path, _upload(tmp_path, PLANS, GOOD.encode("cp932")))
    assert tables == ()
    assert [finding.rule for finding in report.findings] == ["encoding"]


def test_other_delimiters_are_read_as_declared(tmp_path: Path) -> None:
    data = GOOD.replace(",", "\t")
    (table,), _ = _check(tmp_path, _upload(tmp_path, PLANS, data, delimiter="\t"))
    assert table.path.read_text(encoding="utf-8") == GOOD


def test_unknown_encoding_and_delimiter_are_told_and_nothing_is_read(tmp_path: Path) -> None:
    tables, report = _check(tmp_path, _upload(tmp_path, PLANS, GOOD, "ebcdic", "'"))
    assert tables == ()
    assert [finding.rule for finding in report.findings] == ["encoding-unknown", "delimiter-unknown"]


def test_columns_are_mapped_by_name_into_the_schemas_order(tmp_path: Path) -> None:
    (table,), report = _check(
        tmp_path, _upload(tmp_path, PLANS, "備考,年度,ID,全国地方公共団体コード\nあ,2024,p1,131016\n")
    )
    assert report.total == 0
    assert table.path.read_text(encoding="utf-8") == HEADER + "131016,p1,2024,あ\n"
    assert (table.name, table.title, table.description, table.row_count) == ("plans", "計画", "説明", 1)


def test_a_blank_row_is_left_out_with_a_warning(tmp_path: Path) -> None:
    (table,), report = _check(tmp_path, _upload(tmp_path, PLANS, HEADER + "131016,p1,,\n,,,\n131016,p2,,\n"))
    assert table.row_count == 2
    assert report.count(Severity.WARN) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_tables_refer_to_each_other_in_any_order(tmp_path: Path, order: tuple[int, int]) -> None:
    uploads = [_upload(tmp_path, PLANS, GOOD), _upload(tmp_path, MEASURES, GOOD_MEASURES)]
    tables, report = _check(tmp_path, *(uploads[index] for index in order))
    assert report.total == 0
    assert [table.name for table in tables] == [uploads[index].name for index in order]


def test_a_reference_to_no_row_is_told_with_the_file_it_should_be_in(tmp_path: Path) -> None:
    data = "ID,計画_ID,再掲元_ID,主管課\nm1,p1,,\nm2,p9,m1,\nm3,p2,m9,\n"
    tables, report = _check(tmp_path, _upload(tmp_path, MEASURES, data), _upload(tmp_path, PLANS, GOOD))
    assert _places(report) == [[3, "計画_ID", "foreign-key"], [4, "再掲元_ID", "foreign-key"]]
    assert "data/plans.csv" in report.findings[0].mend
    assert [table.name for table in tables] == ["plans"]


def test_a_row_with_faults_can_still_be_referred_to(tmp_path: Path) -> None:
    plans = _upload(tmp_path, PLANS, HEADER + "131016,p1,x,\n131016,p2,,\n")
    tables, report = _check(tmp_path, plans, _upload(tmp_path, MEASURES, GOOD_MEASURES))
    assert _places(report) == [[2, "年度", "lexical-form"]]
    assert [table.name for table in tables] == ["measures"]


@pytest.mark.parametrize("data", [b"", GOOD.encode("cp932"), (GOOD + '1,"').encode(), b"ID2\np1\n"])
def test_an_unreadable_table_does_not_spoil_those_that_refer_to_it(tmp_path: Path, data: bytes) -> None:
    tables, report = _check(
        tmp_path, _upload(tmp_path, PLANS, data), _upload(tmp_path, MEASURES, GOOD_MEASURES)
    )
    assert [table.name for table in tables] == ["measures"]
    assert {finding.table for finding in report.findings} == {"data/plans.csv"}


def test_a_missing_table_is_told_once(tmp_path: Path) -> None:
    tables, report = _check(tmp_path, _upload(tmp_path, MEASURES, GOOD_MEASURES))
    assert _places(report) == [[2, "計画_ID", "foreign-key-table"]]
    assert tables == ()


@pytest.mark.parametrize(
    ("bounds", "data", "expected"),
    [
        ({"max_rows": 2}, GOOD, []),
        ({"max_rows": 1}, GOOD, [[3, "", "too-many-rows"]]),
        ({"max_columns": 4}, GOOD, []),
        ({"max_columns": 3}, GOOD, [[1, "", "too-many-columns"]]),
        ({"max_cell_characters": 6}, GOOD, []),
        (
            {"max_cell_characters": 3},
            HEADER + "131016,p1,,あいうえ\n",
            [[2, "全国地方公共団体コード", "cell-too-long"], [2, "備考", "cell-too-long"]],
        ),
        ({"max_cell_characters": 9, "max_columns": 4}, HEADER + "1" * 37, [[2, "", "record-too-long"]]),
    ],
)
def test_bounds_are_those_of_the_settings(
    tmp_path: Path, bounds: dict[str, int], data: str, expected: list[list[Any]]
) -> None:
    _, report = _check(tmp_path, _upload(tmp_path, PLANS, data), **bounds)
    assert _places(report) == expected


def test_all_faults_are_counted_and_the_first_of_each_rule_listed(tmp_path: Path) -> None:
    rows = "".join(f"131016,p{number},x,\n" for number in range(1500))
    _, report = _check(tmp_path, _upload(tmp_path, PLANS, HEADER + rows), max_findings_per_rule=5)
    assert report.counts == {"lexical-form": {"block": 1500}}
    assert [finding.row for finding in report.findings] == [2, 3, 4, 5, 6]


def test_nothing_is_left_in_the_scratch_folder_of_a_blocked_table(tmp_path: Path) -> None:
    upload = _upload(tmp_path, PLANS, HEADER + "131016,p1,x,\n")
    _check(tmp_path, upload)
    assert list(tmp_path.iterdir()) == [upload.path]


def test_what_passes_here_passes_frictionless_too(tmp_path: Path) -> None:
    tables, _ = _check(tmp_path, _upload(tmp_path, PLANS, GOOD), _upload(tmp_path, MEASURES, GOOD_MEASURES))
    package = Package(
        {
            "name": "test",
            "resources": [
                {"name": table.name, "path": table.path.name, "schema": table.schema.descriptor}
                for table in tables
            ],
        },
        basepath=str(tmp_path),
    )
    assert len(tables) == 2
    assert package.validate().valid


@settings(deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(str.encode),
        st.text('"\n\r,;１1aID\x00 =', max_size=60).map(lambda text: (HEADER + text).encode()),
        st.binary(max_size=60).map(lambda data: HEADER.encode() + data),
    ),
    encoding=st.sampled_from(["utf-8", "", "cp932", "utf-16", "euc-jp", "?"]),
    delimiter=st.sampled_from([",", "\t", "", "ab", '"']),
)
def test_any_bytes_give_findings_and_never_an_error(data: bytes, encoding: str, delimiter: str) -> None:
    with _scratch() as scratch:
        upload = _upload(scratch, PLANS, data, encoding, delimiter)
        tables, report = _check(scratch, upload, _upload(scratch, MEASURES, GOOD_MEASURES))
        own = [finding for finding in report.findings if finding.table == upload.source]
        is_blocked = any(finding.severity is Severity.BLOCK for finding in own)
        assert is_blocked == ("plans" not in [table.name for table in tables])


TYPED = TableSchema.from_descriptor(
    {
        "name": "typed",
        "version": "1.0.0",
        "title": "型",
        "fields": [
            {"name": "ID", "type": "integer", "constraints": {"required": True, "unique": True}},
            {"name": "文", "type": "string"},
            {"name": "数", "type": "number"},
            {"name": "印", "type": "boolean"},
            {"name": "日", "type": "date"},
            {"name": "時", "type": "time", "format": "%H:%M"},
            {"name": "日時", "type": "datetime"},
            {"name": "年月", "type": "yearmonth"},
            {"name": "課", "type": "list", "delimiter": ";", "itemType": "string"},
        ],
        "primaryKey": ["ID"],
    }
)
_TEXT = st.text(st.characters(categories=["L", "N"], exclude_characters=";"), min_size=1)
_MINUTES = st.times().map(lambda time: time.replace(second=0, microsecond=0))
_VALUES: list[st.SearchStrategy[Any]] = [
    st.one_of(_TEXT, st.tuples(_TEXT, st.sampled_from(['"', ",", "\n", "、"]), _TEXT).map("".join)),
    st.decimals(-(10**6), 10**6, places=2).map(lambda number: number or Decimal(0)),
    st.booleans(),
    st.dates(),
    _MINUTES,
    st.datetimes().map(lambda time: time.replace(microsecond=0)),
    st.dates(dt.date(1000, 1, 1)).map(lambda day: day.isoformat()[:7]),
    st.lists(_TEXT, min_size=1).map(tuple),
]


@settings(deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(-(10**17), 10**17), *(st.none() | values for values in _VALUES)),
        min_size=1,
        max_size=8,
        unique_by=lambda row: row[0],
    ),
    order=st.permutations(range(len(TYPED.fields))),
)
def test_a_valid_table_has_no_finding_and_keeps_its_values(rows: list[Row], order: list[int]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([TYPED.field_names[index] for index in order])
    writer.writerows([write_value(TYPED.fields[index], row[index]) for index in order] for row in rows)
    with _scratch() as scratch:
        (table,), report = _check(scratch, _upload(scratch, TYPED, text.getvalue()))
        assert report.total == 0
        assert table.row_count == len(rows)
        assert _read(table) == rows
