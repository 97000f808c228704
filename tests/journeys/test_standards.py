from __future__ import annotations

import csv
import datetime as dt
import io
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from app.main import create_app
from app.model.standard import LEADING_FIELDS
from app.publish.record import retire_dataset
from app.publish.withdraw import withdraw_version
from app.serve.standard import STANDARD_FORMATS
from app.settings import HOUSE, Settings
from app.storage.installation import Installation, open_installation
from app.storage.releases import list_sources
from tests.conftest import (
    BASE,
    STAFF,
    START,
    PackageMaker,
    full_tables,
    load_folder,
    make_client,
    publish_folder,
    write_package,
)

LEADING = [field.name for field in LEADING_FIELDS]
SUGINAMI, SETAGAYA = "sugi-plan", "seta-plan"
SECONDS = dt.timedelta(seconds=1)

pytestmark = pytest.mark.anyio


def setagaya_tables(name: str = SETAGAYA) -> dict[str, list[str]]:
    return full_tables(name, ward="131121", title="東京都世田谷区")


def setagaya(make: PackageMaker, name: str = SETAGAYA, **properties: object) -> Path:
    return make(
        name, setagaya_tables(name), publisher="t131121", local_government_code="131121", **properties
    )


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A catalogue with the plans of two wards, of nine tables each."""
    folder = tmp_path_factory.mktemp("standards")
    opened = open_installation(Settings(data_dir=folder / "data", public_url=BASE), served_at=BASE)
    publish_folder(opened, write_package(folder, SUGINAMI, full_tables(SUGINAMI)))
    other = {"publisher": "t131121", "local_government_code": "131121"}
    publish_folder(opened, write_package(folder, SETAGAYA, setagaya_tables(), **other))
    yield opened
    opened.close()


@pytest.fixture
async def reading(catalogue: Installation) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(catalogue) as opened:
        yield opened


def read_csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


async def list_datasets(installation: Installation, now: dt.datetime = START) -> list[str]:
    """Return the dataset of each row of the measures of all wards, as a reader gets them at a moment."""
    app = create_app(installation, clock=lambda: now)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE) as client:
        answer = await client.get("/standards/plan-measures.csv")
        assert answer.status_code == 200
        return [row[0] for row in read_csv(answer.text)[1:]]


@pytest.mark.parametrize("table", list(full_tables("x")))
async def test_every_row_of_every_ward_is_there_with_where_it_is_from(
    reading: httpx.AsyncClient, table: str
) -> None:
    header, *rows = read_csv((await reading.get(f"/standards/plan-{table}.csv")).text)
    expected = []
    for name in (SETAGAYA, SUGINAMI):
        own_header, *own = read_csv((await reading.get(f"/dataset/{name}/{table}.csv")).text)
        assert header[: len(LEADING) + len(own_header)] == [*LEADING, *own_header]
        expected += [[name, "1", str(number), *row] for number, row in enumerate(own, start=1)]
    assert [row[: len(expected[0])] for row in rows] == expected


async def test_every_format_has_the_same_rows(reading: httpx.AsyncClient) -> None:
    files = {
        entry.suffix: await reading.get(f"/standards/plan-measures.{entry.suffix}")
        for entry in STANDARD_FORMATS
    }
    for entry in STANDARD_FORMATS:
        assert files[entry.suffix].status_code == 200
        assert files[entry.suffix].headers["Content-Type"] == entry.media_type
    header, *rows = read_csv(files["csv"].text)
    assert read_csv(files["bom.csv"].content.decode("utf-8-sig")) == [header, *rows]
    assert read_csv(files["sjis.csv"].content.decode("cp932"))[0] == header
    ids = [row[header.index("ID")] for row in rows]
    assert [row["ID"] for row in files["json"].json()] == ids
    assert [json.loads(line)["ID"] for line in files["jsonl"].text.splitlines()] == ids
    nodes = json.loads(files["jsonld"].content)["@graph"]
    assert [node["@id"] for node in nodes] == [f"{BASE}/id/measure/{identifier}" for identifier in ids]
    assert pq.read_table(io.BytesIO(files["parquet"].content)).column("ID").to_pylist() == ids
    sheet = openpyxl.load_workbook(io.BytesIO(files["xlsx"].content)).active
    assert sheet is not None
    assert sheet.max_row == len(rows) + 1


async def test_a_row_names_what_it_belongs_to_so_that_one_table_answers(reading: httpx.AsyncClient) -> None:
    lines = (await reading.get("/standards/plan-schedule.json")).json()
    assert {(line["施策_名称"], tuple(line["施策_主管課"])) for line in lines} == {
        ("窓口の改善", ("区民課", "課税課"))
    }
    measures = (await reading.get("/standards/plan-measures.json")).json()
    assert {
        (row["計画_計画名"], row["計画_開始年度"], row["計画_終了年度"], tuple(row["計画_所管部署"]))
        for row in measures
    } == {("見本計画", 2022, 2024, ("情報政策課",))}
    terms = (await reading.get("/standards/plan-glossary.json")).json()
    assert {row["初出施策_名称"] for row in terms} == {"窓口の改善"}
    results = (await reading.get("/standards/plan-results.json")).json()
    assert [row["指標_指標名"] for row in results] == ["満足度", None, None] * 2


async def test_which_wards_planned_something_when_by_which_department(reading: httpx.AsyncClient) -> None:
    table = pd.read_parquet(io.BytesIO((await reading.get("/standards/plan-schedule.parquet")).content))
    found = table[table["施策_名称"].str.contains("窓口") & table["内容"].notna()].explode("施策_主管課")
    answer = found[["地方公共団体名", "年度", "施策_主管課"]].drop_duplicates()
    assert sorted(answer.itertuples(index=False, name=None)) == [
        ("東京都世田谷区", 2022, "区民課"),
        ("東京都世田谷区", 2022, "課税課"),
        ("東京都杉並区", 2022, "区民課"),
        ("東京都杉並区", 2022, "課税課"),
    ]


async def test_a_file_is_kept_and_asked_for_again_by_its_hash(reading: httpx.AsyncClient) -> None:
    first = await reading.get("/standards/plan-measures.csv")
    again = await reading.get(
        "/standards/plan-measures.csv", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304
    assert "Last-Modified" not in first.headers
    assert first.headers["Content-Disposition"].startswith('attachment; filename="plan-measures.csv"')
    part = await reading.get("/standards/plan-measures.csv", headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, first.content[:10])


@pytest.mark.parametrize(
    "path",
    [
        "/standards/nothing.csv",
        "/standards/nothing",
        "/api/v1/standards/nothing",
        "/standards/plan-measures.docx",
        "/standards/plan-measures.csv-metadata.json",
    ],
)
async def test_what_is_no_standard_or_format_is_not_found(reading: httpx.AsyncClient, path: str) -> None:
    assert (await reading.get(path)).status_code == 404


async def test_the_description_names_sources_files_and_filled_cells(reading: httpx.AsyncClient) -> None:
    told = (await reading.get("/api/v1/standards/plan-measures")).json()
    assert [(entry["dataset"], entry["row_count"]) for entry in told["sources"]] == [
        (SETAGAYA, 2),
        (SUGINAMI, 2),
    ]
    assert told["left_out"] == []
    assert told["rows_by_municipality"] == {"131121": 2, "131156": 2}
    assert told["filled_by_column"]["再掲元_ID"] == {"131121": 1, "131156": 1}
    assert told["filled_by_column"]["名称"] == {"131121": 2, "131156": 2}
    for entry in [*told["files"], {"url": told["sources"][0]["csv"]}, {"url": told["schema"]}]:
        assert (await reading.get(entry["url"])).status_code == 200
    listed = {entry["name"]: entry for entry in (await reading.get("/api/v1/standards")).json()}
    assert listed["plan-measures"]["row_count"] == 4
    assert set(listed) == {path.name for path in (HOUSE / "vocab" / "schemas").iterdir()}


async def test_pages_name_standards_sources_downloads_and_fill(reading: httpx.AsyncClient) -> None:
    page = (await reading.get("/standards/plan-measures")).text
    for words in (
        f"/dataset/{SUGINAMI}",
        "東京都世田谷区",
        "記入率",
        "50%",
        "/standards/plan-measures.sjis.csv",
    ):
        assert words in page
    assert "/standards/plan-schedule" in (await reading.get("/standards/")).text


async def test_a_standard_that_nobody_follows_is_an_empty_table(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package())
    async with make_client(installation) as client:
        header, *rows = read_csv((await client.get("/standards/plan-effects.csv")).text)
        assert header[:3] == LEADING
        assert rows == []
        page = await client.get("/standards/plan-effects")
        assert (page.status_code, "まだ公開されていません" in page.text) == (200, True)


async def test_rows_come_and_go_with_their_versions(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    installation = either_installation
    publish_folder(installation, make_package(SUGINAMI))
    load_folder(installation, setagaya(make_package))
    assert await list_datasets(installation) == [SUGINAMI] * 2
    publish_folder(installation, setagaya(make_package, title="別の版"), START + SECONDS)
    assert await list_datasets(installation, START) == [SUGINAMI] * 2
    assert await list_datasets(installation, START + SECONDS) == [SETAGAYA] * 2 + [SUGINAMI] * 2
    retire_at = retire_dataset(installation, STAFF, SUGINAMI, "終わります", START + 2 * SECONDS)
    assert await list_datasets(installation, retire_at - SECONDS) == [SETAGAYA] * 2 + [SUGINAMI] * 2
    assert await list_datasets(installation, retire_at) == [SETAGAYA] * 2


async def test_after_a_withdrawal_its_rows_are_on_no_disk(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package(SUGINAMI))
    publish_folder(installation, setagaya(make_package))
    assert await list_datasets(installation) == [SETAGAYA] * 2 + [SUGINAMI] * 2
    withdraw_version(installation, STAFF, SETAGAYA, 1, "個人情報", START)
    kept = [
        path for path in installation.folder.root.rglob("*") if path.is_file() and "database" not in path.name
    ]
    assert [path for path in kept if "世田谷区".encode() in path.read_bytes()] == []
    assert await list_datasets(installation) == [SUGINAMI] * 2


@pytest.mark.parametrize("damage", ["deleted", "cut", "row file"])
async def test_a_table_that_cannot_be_read_is_an_error_never_a_shorter_list(
    installation: Installation, make_package: PackageMaker, damage: str
) -> None:
    publish_folder(installation, make_package(SUGINAMI))
    publish_folder(installation, setagaya(make_package))
    with installation.database.reading() as session:
        (victim,) = (
            source
            for source in list_sources(session, START)
            if (source.dataset, source.table.name)
            == (SETAGAYA, "measures" if damage != "row file" else "plans")
        )
    sha256 = victim.rows_sha256 if damage == "row file" else victim.sha256
    path = installation.folder.blobs / sha256[:2] / sha256
    whole = path.read_bytes()
    if damage == "cut":
        path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    else:
        path.unlink()
    async with make_client(installation) as client:
        for address in (
            "/standards/plan-measures.csv",
            "/standards/plan-measures",
            "/api/v1/standards/plan-measures",
        ):
            assert (await client.get(address)).status_code == 500
        assert (await client.get("/standards/plan-schedule.csv")).status_code == 200
        path.write_bytes(whole)
        assert len((await client.get("/standards/plan-measures.json")).json()) == 4


async def test_an_older_schema_is_fitted_in_and_one_that_does_not_fit_is_named(
    tmp_path: Path, settings: Settings, make_package: PackageMaker
) -> None:
    vocab = Path(shutil.copytree(HOUSE / "vocab", tmp_path / "vocab"))
    installation = open_installation(settings.model_copy(update={"vocab_dir": vocab}), served_at=BASE)
    publish_folder(installation, make_package(SUGINAMI))
    installation.close()
    folder = vocab / "schemas" / "plan-measures"

    def add_version(version: str, change: Any) -> None:  # noqa: ANN401  # a function on JSON
        schema = json.loads((folder / "1.0.0.json").read_text(encoding="utf-8"))
        schema["version"] = version
        change(schema["fields"])
        (folder / f"{version}.json").write_text(json.dumps(schema, ensure_ascii=False), encoding="utf-8")

    add_version("1.1.0", lambda fields: fields.insert(3, {"name": "新しい列", "type": "string"}))
    installation = open_installation(settings.model_copy(update={"vocab_dir": vocab}), served_at=BASE)
    async with make_client(installation) as client:
        rows = (await client.get("/standards/plan-measures.json")).json()
        assert [(row["新しい列"], row["名称"]) for row in rows] == [
            (None, "窓口の改善"),
            (None, "電子申請の拡充"),
        ]
    installation.close()
    add_version("2.0.0", lambda fields: fields.pop(6))
    installation = open_installation(settings.model_copy(update={"vocab_dir": vocab}), served_at=BASE)
    async with make_client(installation) as client:
        assert (await client.get("/standards/plan-measures.json")).json() == []
        told = (await client.get("/api/v1/standards/plan-measures")).json()
        assert [(entry["dataset"], entry["reason"]) for entry in told["left_out"]] == [
            (SUGINAMI, "列「名称」が、スキーマの2.0.0版にありません。")
        ]
        assert "まとめていない表" in (await client.get("/standards/plan-measures")).text
    installation.close()
