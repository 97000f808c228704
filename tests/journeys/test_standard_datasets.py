from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.journeys.conftest import Shisaku

HEADER = (
    "全国地方公共団体コード,ID,地方公共団体名,名称,所在地_連結表記,"
    "緯度,経度,設置位置,小児対応設備の有無,点検した人"
)
ROW = (
    "131156,0000000001,東京都杉並区,区役所,東京都杉並区阿佐谷南一丁目15番1号,"
    "35.699566,139.636384,1階の受付,有,総務課"
)


def write_csv(folder: Path, *lines: str) -> Path:
    path = folder / "aed.csv"
    path.write_text("".join(f"{line}\r\n" for line in lines), encoding="utf-8-sig")
    return path


def test_a_standard_dataset_may_lack_columns_and_have_others_and_both_are_told(
    tmp_path: Path, shisaku: Shisaku
) -> None:
    path = write_csv(tmp_path, HEADER, ROW)
    outcome = shisaku(tmp_path / "data", "check", path, "--schema", "aed", "--json")
    report = outcome.as_json()
    findings = {finding["rule"]: finding for finding in report["findings"]}
    assert findings["column-extra"]["column"] == "点検した人"
    assert "名称_カナ" in findings["column-missing"]["why"]
    assert "緯度" not in findings["column-missing"]["why"]
    assert set(findings) == {"column-extra", "column-missing"}


@pytest.mark.parametrize(
    ("codec", "delimiter", "said"),
    [
        ("utf-8", ",", ""),
        ("utf-8-sig", ",", ""),
        ("utf-16", "\t", "UTF-16、タブ区切り"),
        ("cp932", ",", "Shift_JIS（CP932）"),
        ("cp932", ";", "Shift_JIS（CP932）、セミコロン区切り"),
        ("euc-jp", ",", "EUC-JP"),
    ],
)
def test_a_file_is_read_in_whatever_form_and_recognised_by_its_header(
    tmp_path: Path, shisaku: Shisaku, codec: str, delimiter: str, said: str
) -> None:
    path = tmp_path / "aed.csv"
    text = "\r\n".join(
        [HEADER, ROW.replace("1階の受付", "1階の受付①" if codec != "euc-jp" else "1階の受付"), ""]
    )
    path.write_bytes(text.replace(",", delimiter).encode(codec))
    report = shisaku(tmp_path / "data", "check", path, "--json").as_json()
    assert "AED設置箇所一覧" in report["taken_for"]
    assert said in report["taken_for"]
    assert set(report["counts"]) == {"column-extra", "column-missing"}


def test_a_title_above_the_header_and_other_spellings_are_told(tmp_path: Path, shisaku: Shisaku) -> None:
    header = HEADER.replace("名称,所在地", "1.名称,所在地").replace("設置位置", "設 置 位 置")
    path = write_csv(tmp_path, "AED設置箇所一覧,,,,,,,,,", header, ROW)
    report = shisaku(tmp_path / "data", "check", path, "--json").as_json()
    told = {(finding["rule"], finding["row"], finding["value"]) for finding in report["findings"]}
    assert ("rows-above-header", 2, "") in told
    assert {("header-alias", 2, "1.名称"), ("header-alias", 2, "設 置 位 置")} <= told
    assert "constraint-type" not in report["counts"]


def test_a_table_that_is_no_standard_dataset_is_not_taken_for_one(tmp_path: Path, shisaku: Shisaku) -> None:
    path = write_csv(tmp_path, "ID,名称,緯度,経度,備考", "1,公園,35.6,139.6,")
    outcome = shisaku(tmp_path / "data", "check", path)
    assert outcome.status == 2
    assert "分かりませんでした" in outcome.err + outcome.out


def test_a_column_that_the_standard_certainly_requires_blocks_when_it_is_missing(
    tmp_path: Path, shisaku: Shisaku
) -> None:
    path = write_csv(tmp_path, "ID,緯度", "1,35.699566")
    report = shisaku(tmp_path / "data", "check", path, "--schema", "public-toilet", "--json").as_json()
    missing = [finding["column"] for finding in report["findings"] if finding["rule"] == "header-missing"]
    assert "名称" in missing
    assert "備考" not in missing


def test_swapped_coordinates_and_a_repeated_id_are_found(tmp_path: Path, shisaku: Shisaku) -> None:
    swapped = ROW.replace("35.699566,139.636384", "139.636384,35.699566")
    path = write_csv(tmp_path, HEADER, ROW, swapped)
    report = shisaku(tmp_path / "data", "check", path, "--schema", "aed", "--json").as_json()
    found = {(finding["rule"], finding["column"]) for finding in report["findings"] if finding["row"] == 3}
    assert {("constraint-maximum", "緯度"), ("constraint-minimum", "経度"), ("unique", "ID")} <= found


@pytest.mark.anyio
async def test_each_schema_has_a_page_and_templates_to_download(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/schemas/index.json")).json()
    overview = (await client.get("/schemas/")).text
    for schema in listed:
        assert f'href="/schemas/{schema["name"]}"' in overview
        for version in schema["versions"]:
            page = await client.get(f"/schemas/{schema['name']}?version={version}")
            assert (page.status_code, schema["title"] in page.text) == (200, True)
            for suffix in ("csv", "xlsx"):
                address = f"/schemas/{schema['name']}/{version}/template.{suffix}"
                assert address in page.text
                answer = await client.get(address)
                assert (answer.status_code, "attachment" in answer.headers["content-disposition"]) == (
                    200,
                    True,
                )
    assert (await client.get("/schemas/aed/2.0.0/template.pdf")).status_code == 404
