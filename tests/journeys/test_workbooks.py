from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from tests.journeys.conftest import Shisaku

EVENTS = [
    "ID",
    "地方公共団体名",
    "イベント名",
    "所在地_連結表記",
    "開始日",
    "開始時間",
    "連絡先電話番号",
    "緯度",
    "サブイベント",
]
EVENT: list[Any] = [
    1,
    "東京都杉並区",
    "まつり①",
    "東京都杉並区阿佐谷南一丁目",
    dt.date(2026, 4, 1),
    dt.time(9, 30),
    "03-0000-0000",
    35.5,
    None,
]


def fill(sheet: Worksheet, *rows: list[Any]) -> None:
    for row in rows:
        sheet.append(row)


def make_book(*rows: list[Any]) -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    fill(sheet, *rows)
    return book, sheet


def check(shisaku: Shisaku, book: openpyxl.Workbook, folder: Path) -> dict[str, Any]:
    path = folder / "book.xlsx"
    book.save(path)
    report: dict[str, Any] = shisaku(folder / "data", "check", path, "--json").as_json()
    return report


def rules_of(report: dict[str, Any]) -> set[str]:
    return set(report["counts"]) - {"column-missing"}


def test_the_cells_own_types_are_used(tmp_path: Path, shisaku: Shisaku) -> None:
    book, sheet = make_book(EVENTS, EVENT)
    sheet["A2"].number_format = "0000000000"
    report = check(shisaku, book, tmp_path)
    assert "イベント一覧" in report["taken_for"]
    assert rules_of(report) == set()
    shisaku(tmp_path / "data", "load", tmp_path / "book.xlsx", "--dataset", "events")
    blobs = [path.read_bytes() for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]
    canonical = [content.decode() for content in blobs if content.startswith("全国".encode())]
    assert len(canonical) == 1
    row = canonical[0].splitlines()[1].split(",")
    assert {"0000000001", "2026-04-01", "09:30", "03-0000-0000", "35.5", "まつり①"} <= set(row)


def test_every_sheet_is_a_table_or_skipped_with_a_reason(tmp_path: Path, shisaku: Shisaku) -> None:
    book, _ = make_book(["イベント一覧"], [], EVENTS, EVENT)
    fill(book.create_sheet("メモ"), ["担当", "田中"])
    hidden = book.create_sheet("下書き")
    fill(hidden, EVENTS, EVENT)
    hidden.sheet_state = "hidden"
    book.create_sheet("空")
    fill(book.create_sheet("同じ"), EVENTS, EVENT)
    report = check(shisaku, book, tmp_path)
    skipped = {
        finding["table"].removeprefix("book.xlsx"): finding["why"]
        for finding in report["findings"]
        if finding["rule"] == "sheet-skipped"
    }
    assert set(skipped) == {"［メモ］", "［下書き］", "［空］", "［同じ］"}
    assert "分かりませんでした" in skipped["［メモ］"]
    assert "表示されていない" in skipped["［下書き］"]
    assert "空のシート" in skipped["［空］"]
    assert "同じ種類" in skipped["［同じ］"]
    told = next(finding for finding in report["findings"] if finding["rule"] == "rows-above-header")
    assert told["row"] == 3


def test_what_is_hidden_merged_or_commented_is_told(tmp_path: Path, shisaku: Shisaku) -> None:
    book, sheet = make_book(EVENTS, EVENT, EVENT)
    sheet["A3"] = 2
    sheet.merge_cells("C2:C3")
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["H"].hidden = True
    sheet["B2"].comment = Comment("個人の電話", "田中")
    report = check(shisaku, book, tmp_path)
    found = {finding["rule"]: finding for finding in report["findings"]}
    assert {"merged-cells", "hidden-rows", "hidden-columns", "comments"} <= set(found)
    assert "C2:C3" in found["merged-cells"]["why"]
    assert found["hidden-rows"]["row"] == 3
    assert "H列" in found["hidden-columns"]["why"]


def test_a_wrong_cell_is_named_by_its_row_of_the_sheet(tmp_path: Path, shisaku: Shisaku) -> None:
    wrong = [*EVENT[:4], "令和8年4月1日", *EVENT[5:]]
    book, _ = make_book(["題名"], [], EVENTS, EVENT, wrong)
    report = check(shisaku, book, tmp_path)
    blocked = [finding for finding in report["findings"] if finding["severity"] == "block"]
    assert (5, "開始日") in [(finding["row"], finding["column"]) for finding in blocked]


def test_a_sheet_with_one_far_cell_is_refused_before_it_is_read(
    tmp_path: Path, shisaku_process: Shisaku
) -> None:
    book, sheet = make_book(EVENTS, EVENT)
    sheet["XFD1048576"] = "x"
    book.save(tmp_path / "book.xlsx")
    outcome = shisaku_process(tmp_path / "data", "check", tmp_path / "book.xlsx")
    assert outcome.status == 2
    assert "1,048,576行" in outcome.err + outcome.out
    assert outcome.peak_bytes < 400_000_000


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"])
@pytest.mark.parametrize("content", [b"", b"<", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', b"\xff\xfe\x00"])
def test_a_broken_part_is_a_clear_refusal(
    tmp_path: Path, shisaku: Shisaku, part: str, content: bytes
) -> None:
    book, _ = make_book(EVENTS, EVENT)
    book.save(tmp_path / "good.xlsx")
    with zipfile.ZipFile(tmp_path / "good.xlsx") as good, zipfile.ZipFile(tmp_path / "bad.xlsx", "w") as bad:
        for name in good.namelist():
            bad.writestr(name, content if name == part else good.read(name))
    outcome = shisaku(tmp_path / "data", "check", tmp_path / "bad.xlsx")
    assert outcome.status == 2
    assert "読み取れません" in outcome.err + outcome.out
