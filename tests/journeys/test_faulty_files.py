from __future__ import annotations

from pathlib import Path

import pytest

from app.storage.installation import Installation
from tests.conftest import sample_tables
from tests.journeys.bad_files import (
    COUNTS,
    JAPANESE,
    JAPANESE_ROWS,
    PLANS,
    public_state,
    with_bytes,
    with_resource,
)
from tests.journeys.conftest import Files, Shisaku, package_files, zip_files


def _with_cell(table: str, row: int, column: int, text: str) -> Files:
    """Return the package with one cell replaced; row 1 is the first row of data."""
    lines = sample_tables("sample-plan")[table]
    cells = lines[row].split(",")
    cells[column] = text
    return package_files(tables={table: [*lines[:row], ",".join(cells), *lines[row + 1 :]]})


MEASURES = sample_tables("sample-plan")["measures"]

FAULTY: dict[str, tuple[Files, str]] = {
    "check digit": (_with_cell("measures", 1, 0, "131157"), "local-government-code"),
    "no key": (_with_cell("measures", 1, 1, ""), "constraint-required"),
    "key twice": (_with_cell("measures", 2, 1, "sample-plan-m1"), "primary-key"),
    "key of no row": (_with_cell("measures", 1, 3, "another-plan"), "foreign-key"),
    "letters in a number": (_with_cell("plans", 1, 5, "R4"), "lexical-form"),
    "full-width digits": (_with_cell("plans", 1, 5, "２０２２"), "full-width"),
    "row too long": (_with_cell("goals", 1, 11, ",余り"), "record-width"),
    "row too short": (package_files(tables={"plans": [PLANS[0], "131156,sample-plan"]}), "record-width"),
    "cp932 said to be utf-8": (with_bytes("plans.csv", JAPANESE_ROWS.encode("cp932")), "encoding"),
    "utf-16": (with_bytes("plans.csv", JAPANESE_ROWS.encode("utf-16")), "encoding"),
    "unknown encoding": (with_resource(encoding="ebcdic"), "encoding-unknown"),
    "no bytes": (with_bytes("plans.csv", b""), "file-empty"),
    "unclosed quote": (_with_cell("measures", 2, 12, '"閉じない'), "unclosed-quote"),
    "stray quote": (_with_cell("measures", 1, 12, '"名"称'), "stray-quote"),
    "nul": (_with_cell("measures", 1, 12, "窓\x00口"), "control-character"),
    "reversed text": (_with_cell("measures", 1, 12, "窓\u202e口"), "control-character"),
    "long cell": (_with_cell("measures", 1, 12, "長" * 40_000), "cell-too-long"),
    "header twice": (
        package_files(tables={"measures": [f"{MEASURES[0]},備考", *MEASURES[1:]]}),
        "header-duplicate",
    ),
    "600 columns": (
        package_files(tables={"measures": [",".join(f"列{place}" for place in range(600))]}),
        "too-many-columns",
    ),
    "unknown schema": (with_resource(schema="schemas/plan-nothing/1.0.0.json"), "resource"),
    "schema of another kind": (with_resource(schema=["plan-goals"]), "resource"),
    "file that isn't there": (with_resource(path="nothing.csv"), "resource"),
    "file outside": (with_resource(path="../../etc/passwd"), "resource"),
    "file on the web": (with_resource(path="https://data.example.jp/goals.csv"), "resource"),
    "table name twice": (with_resource(name="plans"), "resource"),
    "reserved table name": (with_resource(name="resource"), "resource"),
    "one file for two tables": (
        with_resource(path="plans.csv", schema="schemas/plan-plans/1.0.0.json"),
        "resource",
    ),
    "table name that is a list": (with_resource(name=["goals"]), "resource"),
    "unknown publisher": (package_files(publisher="t131999"), "metadata"),
    "unregistered municipality": (package_files(local_government_code="011002"), "metadata"),
    "check digit of the municipality": (package_files(local_government_code="131150"), "metadata"),
    "one-character keyword": (package_files(keywords=["税"]), "metadata"),
    "keyword with a middle dot": (package_files(keywords=["福祉・医療"]), "metadata"),
    "unknown licence": (package_files(licenses=[{"name": "CC-BY-NC-4.0"}]), "metadata"),
    "no title": (package_files(title=" "), "metadata"),
    "title that is a number": (package_files(title=2022), "metadata"),
    "title with a control character": (package_files(title="見本\u0001計画"), "metadata"),
    "title that reads backwards": (package_files(title="見本\u202e計画"), "metadata"),
    "title without an end": (package_files(title="長" * 20_000), "metadata"),
    "title with half a character": (package_files(title="XX"), "metadata"),
    "name that is a number": (package_files(name=2022), "metadata"),
    "name of the Tokyo catalogue": (package_files(name="t131156d0000000001"), "metadata"),
    "name with half a character": (package_files(name="XX"), "metadata"),
    "week for a date": (package_files(temporal={"start": "2022-W13-5"}), "metadata"),
    "end before its start": (
        package_files(temporal={"start": "2022-04-01", "end": "2021-03-31"}),
        "metadata",
    ),
    "101 keywords": (package_files(keywords=[f"見本{number}" for number in range(101)]), "metadata"),
    "source that is a number": (package_files(sources=[{"title": 2022}]), "metadata"),
    "table title that reads backwards": (with_resource(title="見本\u202e計画"), "resource"),
    "table description without an end": (with_resource(description="長" * 20_001), "resource"),
    "contact without a name": (package_files(contact={"email": "joho@city.example.jp"}), "metadata"),
    "contact that is a script": (
        package_files(contact={"name": "課", "url": "javascript:alert(1)"}),
        "metadata",
    ),
    "source that is a script": (
        package_files(sources=[{"title": "計画", "path": "javascript:alert(1)"}]),
        "metadata",
    ),
}
for _case in ("title with half a character", "name with half a character"):  # json cannot write it readably
    _files, _rule = FAULTY[_case]
    _half = _files["datapackage.json"].replace(b'"XX"', b'"\\ud800"')
    FAULTY[_case] = ({**_files, "datapackage.json": _half}, _rule)


@pytest.mark.anyio
@pytest.mark.parametrize("case", FAULTY)
async def test_a_faulty_package_gives_a_japanese_report_and_changes_nothing_public(
    site: Installation, tmp_path: Path, shisaku: Shisaku, case: str
) -> None:
    files, rule = FAULTY[case]
    path = zip_files(tmp_path / "upload.zip", files)
    before = await public_state(site)
    data_dir = site.settings.data_dir
    checked = shisaku(data_dir, "check", path)
    lines = checked.out.strip().splitlines()
    assert checked.status == 1
    assert lines[0].endswith("として読みました。")
    assert COUNTS.fullmatch(lines[-1])
    assert "直し方: " in checked.out or "→ " in checked.out
    report = shisaku(data_dir, "check", path, "--json").as_json()
    assert rule in report["counts"]
    assert sum(sum(counts.values()) for counts in report["counts"].values()) <= 3
    assert all(JAPANESE.search(finding["why"]) for finding in report["findings"])
    assert all(JAPANESE.search(finding["mend"]) for finding in report["findings"])
    assert shisaku(data_dir, "load", path).status in (1, 2)
    assert await public_state(site) == before


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("plans.csv", JAPANESE_ROWS.encode("cp932") + b"\x81 \n", "encoding"),
        ("plans.csv", JAPANESE_ROWS.encode("utf-16-le"), "encoding"),
        ("plans.csv", b"\x00\x01\x02\x03" * 100, "header-unknown"),
        ("plans.csv", "題名\n\n".encode() + JAPANESE_ROWS.encode(), "header-unknown"),
        ("plans.csv", f"{PLANS[0]}\n".encode(), "no-rows"),
    ],
)
def test_a_faulty_csv_alone_gives_a_report(
    site: Installation, tmp_path: Path, shisaku: Shisaku, name: str, content: bytes, rule: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    report = shisaku(site.settings.data_dir, "check", path, "--schema", "plan-plans", "--json")
    assert report.status == 1
    assert rule in report.as_json()["counts"]


@pytest.mark.parametrize(
    "schema", ["plan-nothing", "plan-plans/9.9.9", "../../catalog", "plan-plans/../1.0.0", ""]
)
def test_an_unknown_schema_is_named(
    site: Installation, tmp_path: Path, shisaku: Shisaku, schema: str
) -> None:
    path = tmp_path / "plans.csv"
    path.write_bytes(JAPANESE_ROWS.encode())
    checked = shisaku(site.settings.data_dir, "check", path, "--schema", schema)
    assert checked.status == 2
    assert "受け取れません（schema-missing）" in checked.out
