from __future__ import annotations

import csv
import datetime as dt
import hashlib
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from app.model.actor import Action
from app.model.clock import system_clock
from app.people.token import add_token
from app.storage.installation import Installation
from tests.conftest import STAFF, make_client
from tests.journeys.conftest import Shisaku, package_files, zip_files

HEADER = [
    "全国地方公共団体コード",
    "ID",
    "名称",
    "名称_カナ",
    "緯度",
    "経度",
    "郵便番号",
    "小児対応設備の有無",
    "所管",
]
ROW = ["13115", "０００１", " 髙島会館①", "ﾀｶｼﾏｶｲｶﾝ", "139.636384", "35.699566", "600001", "○", " 係"]
EDITS = [
    ["A3", "全国地方公共団体コード", "13115", "131156", "local-government-code", "certain"],
    ["B3", "ID", "０００１", "0001", "half-width", "certain"],
    ["C3", "名称", " 髙島会館①", "髙島会館①", "blank", "certain"],
    ["D3", "名称_カナ", "ﾀｶｼﾏｶｲｶﾝ", "タカシマカイカン", "full-width-kana", "certain"],
    ["E3", "緯度", "139.636384", "35.699566", "swapped-coordinates", "certain"],
    ["F3", "経度", "35.699566", "139.636384", "swapped-coordinates", "certain"],
    ["G3", "郵便番号", "600001", "0600001", "digits", "doubtful"],
    ["H3", "小児対応設備の有無", "○", "有", "code-list", "certain"],
]
REPAIRED = [
    "131156",
    "0001",
    "髙島会館①",
    "タカシマカイカン",
    "35.699566",
    "139.636384",
    "600001",
    "有",
    " 係",
]
TITLE = ["AED設置箇所一覧", *[""] * 8]


def write_cp932(folder: Path) -> Path:
    path = folder / "aed.csv"
    with path.open("w", encoding="cp932", newline="") as file:
        csv.writer(file).writerows([TITLE, HEADER, ROW])
    return path


def list_edits(answer: dict[str, list[dict[str, str]]]) -> list[list[str]]:
    names = ("address", "column", "before", "after", "rule", "certainty")
    return [[edit[name] for name in names] for edit in answer["edits"]]


def test_a_shift_jis_csv_is_repaired_into_a_new_file_and_itself_stays(
    tmp_path: Path, shisaku: Shisaku
) -> None:
    path, target = write_cp932(tmp_path), tmp_path / "repaired.csv"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    outcome = shisaku(tmp_path / "data", "repair", path, "--json", "--write", target)
    assert outcome.status == 1
    assert list_edits(outcome.as_json()) == EDITS
    assert outcome.as_json()["counts"] == {"certain": 7, "doubtful": 1}
    with target.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [TITLE, HEADER, REPAIRED]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    again = shisaku(tmp_path / "data", "repair", target, "--json").as_json()
    assert list_edits(again) == [edit for edit in EDITS if edit[-1] == "doubtful"]


def test_doubtful_repairs_are_written_on_demand_and_then_nothing_is_left_to_repair(
    tmp_path: Path, shisaku: Shisaku
) -> None:
    path, target = write_cp932(tmp_path), tmp_path / "repaired.xlsx"
    assert shisaku(tmp_path / "data", "repair", path, "--doubtful", "--write", target).status == 1
    sheet = openpyxl.load_workbook(target).active
    assert isinstance(sheet, Worksheet)
    written = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert written == [TITLE, HEADER, [*REPAIRED[:6], "0600001", *REPAIRED[7:]]]
    outcome = shisaku(tmp_path / "data", "repair", target)
    assert (outcome.status, "直すところは見つかりませんでした" in outcome.out) == (0, True)
    report = shisaku(tmp_path / "data", "check", target, "--json").as_json()
    assert "local-government-code" not in report["counts"]


def test_a_workbook_is_repaired_sheet_by_sheet_with_dates_as_excel_has_them(
    tmp_path: Path, shisaku: Shisaku
) -> None:
    book = openpyxl.Workbook()
    events = book.active
    assert isinstance(events, Worksheet)
    events.title = "催し"
    events.append(["ID", "イベント名", "サブイベント", "開始日", "開始時間", "終了日", "申込URL"])
    events.append([1, "まつり", None, dt.date(2026, 4, 1), dt.time(9, 30), 46113, "=A1"])
    events.append([2, "まつり", None, "R8.4.1", "午後5時半", "2026/4/3", None])
    events["G2"] = None
    toilets = book.create_sheet("トイレ")
    toilets.append(
        ["名称", "男性トイレ総数", "女性トイレ総数", "男女共用トイレ総数", "オストメイト設置トイレ有無"]
    )
    toilets.append(["⼾⼭公園", "３", 2, 1, True])
    book.create_sheet("メモ").append(["内緒"])
    path, target = tmp_path / "book.xlsx", tmp_path / "repaired.xlsx"
    book.save(path)
    outcome = shisaku(tmp_path / "data", "repair", path, "--json", "--write", target)
    edits = outcome.as_json()["edits"]
    assert [[edit["table"], edit["address"], edit["after"], edit["rule"]] for edit in edits] == [
        ["book.xlsx［催し］", "F2", "2026-04-01", "excel-serial"],
        ["book.xlsx［催し］", "D3", "2026-04-01", "wareki"],
        ["book.xlsx［催し］", "E3", "17:30", "time-form"],
        ["book.xlsx［催し］", "F3", "2026-04-03", "date-form"],
        ["book.xlsx［トイレ］", "A2", "戸山公園", "look-alike"],
        ["book.xlsx［トイレ］", "B2", "3", "half-width"],
        ["book.xlsx［トイレ］", "E2", "有", "code-list"],
    ]
    repaired = openpyxl.load_workbook(target)
    assert len(repaired.worksheets) == 2
    assert repaired.worksheets[0]["D2"].value == "2026-04-01"
    assert repaired.worksheets[1]["E2"].value == "有"
    assert shisaku(tmp_path / "data", "repair", target).status == 0


def test_the_list_for_people_names_the_cell_and_why(tmp_path: Path, shisaku: Shisaku) -> None:
    out = shisaku(tmp_path / "data", "repair", write_cp932(tmp_path)).out
    assert "aed.csv H3「小児対応設備の有無」: 「○」→「有」" in out
    assert "【要確認】数字だけのコード: 1件" in out
    assert out.endswith("確か 7件、要確認 1件\n")


def test_no_file_is_overwritten_and_other_forms_are_refused(tmp_path: Path, shisaku: Shisaku) -> None:
    path = write_cp932(tmp_path)
    before = path.read_bytes()
    for target in (path, tmp_path / "repaired.pdf", tmp_path / "no-such-folder" / "repaired.csv"):
        assert shisaku(tmp_path / "data", "repair", path, "--write", target).status == 2
    assert path.read_bytes() == before
    package = zip_files(tmp_path / "package.zip", package_files())
    refused = shisaku(tmp_path / "data", "repair", package, "--json", "--write", tmp_path / "all.csv")
    assert refused.as_json()["refused"]["rule"] == "repaired-form"
    assert not (tmp_path / "all.csv").exists()


@pytest.mark.anyio
async def test_the_api_answers_with_the_list_and_keeps_nothing(
    tmp_path: Path, installation: Installation
) -> None:
    token = add_token(installation, STAFF, "staff", "t131156", [Action.UPLOAD], 1, system_clock())
    folders = [installation.settings.data_dir / name for name in ("blobs", "scratch")]
    kept = [sorted(folder.rglob("*")) for folder in folders]
    async with make_client(installation) as client:
        headers = {"Authorization": f"Bearer {token}"}
        body = write_cp932(tmp_path).read_bytes()
        answer = await client.post("/api/v1/repairs?file_name=aed.csv", content=body, headers=headers)
        refused = await client.post("/api/v1/repairs", content=b"%PDF-1.7", headers=headers)
        wrong = await client.post("/api/v1/repairs?schema=none", content=body, headers=headers)
        nobody = await client.post("/api/v1/repairs", content=body)
    assert (answer.status_code, list_edits(answer.json())) == (200, EDITS)
    assert (refused.status_code, wrong.status_code, nobody.status_code) == (422, 404, 401)
    assert [sorted(folder.rglob("*")) for folder in folders] == kept
