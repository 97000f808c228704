from __future__ import annotations

import datetime as dt
import json
import logging
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import psycopg
import pytest
from moto.server import ThreadedMotoServer

from app.ingest.accept import Accepted, accept_upload
from app.ingest.receive import receive_path
from app.main import create_app
from app.model.actor import at_the_terminal
from app.publish.approve import Approved, approve_version
from app.publish.jobs import finish_job
from app.publish.submit import submit_version
from app.settings import HOUSE, Settings
from app.storage.installation import Installation, open_installation

# No test passes or fails by the clock: a slow machine is no fault.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

PLAN = "131156-digital-plan-2022"
BASE = "https://data.example.jp"
STAFF = at_the_terminal("staff")
START = dt.datetime(2026, 4, 1, 0, 0, tzinfo=dt.UTC)
POSTGRESQL = "postgresql://root@127.0.0.1:5432"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SHISAKU_")]:
        monkeypatch.delenv(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh, empty database: SQLite in the data folder (empty URL), then a PostgreSQL of its own."""
    if request.param == "sqlite":
        yield ""
    else:
        with new_postgresql() as url:
            yield url


@contextmanager
def new_postgresql() -> Iterator[str]:
    """Give the URL of a fresh, empty PostgreSQL database; skip the test where no server answers."""
    try:
        server = psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL answers at 127.0.0.1:5432 ({error})")
    name = f"shisaku_test_{secrets.token_hex(6)}"
    with server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{POSTGRESQL}/{name}"
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty installation on SQLite in a folder of its own."""
    return Settings(data_dir=tmp_path / "data", public_url=BASE, bundled=False)


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[str]:
    """The address of an S3-compatible server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it logs every request
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket_settings(settings: Settings, bucket_server: str) -> Settings:
    """Settings of an empty installation on SQLite with its files in a new bucket."""
    name = f"shisaku-{secrets.token_hex(6)}"
    httpx.put(f"{bucket_server}/{name}").raise_for_status()
    return settings.model_copy(
        update={
            "files_url": f"s3://{name}/some/where",
            "s3_endpoint": bucket_server,
            "s3_region": "us-east-1",
            "s3_access_key_id": "key",
            "s3_secret_access_key": "secret",
        }
    )


@pytest.fixture
def installation(settings: Settings) -> Iterator[Installation]:
    """An empty installation on SQLite."""
    opened = open_installation(settings, served_at=BASE)
    yield opened
    opened.close()


@pytest.fixture
def either_installation(settings: Settings, database_url: str) -> Iterator[Installation]:
    """An empty installation, once on SQLite and once on PostgreSQL."""
    opened = open_installation(settings.model_copy(update={"database_url": database_url}), served_at=BASE)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with the plan of Suginami effective since `START`: for tests that only read."""
    folder = tmp_path_factory.mktemp("published")
    opened = open_installation(Settings(data_dir=folder, public_url=BASE, bundled=False), served_at=BASE)
    load_folder(opened, HOUSE / "datasets" / PLAN, START)
    release(opened, PLAN)
    yield opened
    opened.close()


@pytest.fixture
async def client(published: Installation) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the published installation, over ASGI."""
    async with make_client(published) as opened:
        yield opened


def make_client(installation: Installation) -> httpx.AsyncClient:
    """Return a client of an installation, over ASGI; errors come as answers, as they would to a browser."""
    transport = httpx.ASGITransport(app=create_app(installation), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=BASE)


def load_folder(installation: Installation, folder: Path, now: dt.datetime = START) -> Accepted:
    """Put a package folder through the door as a draft."""
    with installation.folder.scratch() as scratch:
        received = receive_path(folder, scratch, installation.settings)
        return accept_upload(installation, STAFF, received, scratch, now)


def publish_folder(installation: Installation, folder: Path, now: dt.datetime = START) -> Approved:
    """Put a package folder through the door, submit and approve it."""
    accepted = load_folder(installation, folder, now)
    return release(installation, accepted.name, now)


def release(installation: Installation, name: str, now: dt.datetime = START) -> Approved:
    """Submit and approve a dataset's newest draft and see its job through, all at one moment."""
    submit_version(installation, STAFF, name, now)
    approved = approve_version(installation, STAFF, name, now)
    finish_job(installation, approved.job_id, lambda: now)
    return approved


PackageMaker = Callable[..., Path]


@pytest.fixture
def make_package(tmp_path: Path) -> PackageMaker:
    """Return a maker of small, correct packages: one plan, one goal, two measures.

    Its keywords replace descriptor properties; `tables` replaces a table's lines by name.
    """
    made = 0

    def make(
        name: str = "sample-plan", tables: dict[str, list[str]] | None = None, **properties: object
    ) -> Path:
        nonlocal made
        made += 1
        return write_package(tmp_path / f"package-{made}", name, tables, **properties)

    return make


def write_package(
    parent: Path, name: str, tables: dict[str, list[str]] | None = None, **properties: object
) -> Path:
    """Write a small, correct package into a new folder of `parent`; see `make_package`."""
    folder = parent / name
    folder.mkdir(parents=True)
    lines = {**sample_tables(name), **(tables or {})}
    for table, rows in lines.items():
        (folder / f"{table}.csv").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    descriptor = {**sample_descriptor(name, list(lines)), **properties}
    (folder / "datapackage.json").write_text(json.dumps(descriptor, ensure_ascii=False), encoding="utf-8")
    return folder


def sample_descriptor(name: str, tables: list[str]) -> dict[str, Any]:
    """Return the descriptor of a small, correct package."""
    return {
        "name": name,
        "title": f"見本計画 {name}",
        "description": "見本の計画です。",
        "publisher": "t131156",
        "local_government_code": "131156",
        "keywords": ["見本", "計画"],
        "themes": ["GOVE"],
        "temporal": {"start": "2022-04-01", "end": "2025-03-31"},
        "frequency": "NEVER",
        "contact": {"name": "情報政策課", "email": "joho@city.example.jp"},
        "licenses": [{"name": "CC-BY-4.0"}],
        "resources": [
            {"name": table, "path": f"{table}.csv", "schema": f"schemas/plan-{table}/1.0.0.json"}
            for table in tables
        ],
    }


def sample_tables(name: str) -> dict[str, list[str]]:
    """Return the CSV lines of a plan with one goal and two measures."""
    ward = "131156"
    return {
        "plans": [
            "全国地方公共団体コード,ID,地方公共団体名,計画名,版,開始年度,終了年度,策定年月,所管部署,官民データ活用推進計画,前計画_ID,出典,出典ファイル,備考",
            f"{ward},{name},東京都杉並区,見本計画,策定,2022,2024,2022-03,情報政策課,無,,,,",
        ],
        "goals": [
            "全国地方公共団体コード,ID,地方公共団体名,計画_ID,上位_ID,階層,番号,名称,関係部署,区分,概要,備考",
            f"{ward},{name}-g1,東京都杉並区,{name},,1,1,便利な手続,,,,",
        ],
        "measures": [
            "全国地方公共団体コード,ID,地方公共団体名,計画_ID,体系_ID,番号,名称,主管課,関係課,区分,再掲元_ID,関連計画,前計画施策_ID,概要,備考",
            f"{ward},{name}-m1,東京都杉並区,{name},{name}-g1,1,窓口の改善,区民課;課税課,,新規,,,,髙島と𠮷田の窓口,",
            f"{ward},{name}-m2,東京都杉並区,{name},{name}-g1,2,電子申請の拡充,情報政策課,区民課,,,,,,",
        ],
    }


def full_tables(name: str, *, ward: str = "131156", title: str = "東京都杉並区") -> dict[str, list[str]]:
    """Return the CSV lines of a plan with all nine tables, in which every column has a value somewhere."""
    begin = "全国地方公共団体コード,ID,地方公共団体名"
    return {
        "plans": [
            f"{begin},計画名,版,開始年度,終了年度,策定年月,所管部署,官民データ活用推進計画,前計画_ID,出典,出典ファイル,備考",
            f"{ward},{name},{title},見本計画,策定,2022,2024,2022-03,情報政策課,有,{name}-before,「見本計画」,a.txt,注",
        ],
        "goals": [
            f"{begin},計画_ID,上位_ID,階層,番号,名称,関係部署,区分,概要,備考",
            f"{ward},{name}-g1,{title},{name},,1,方針1,便利な手続,情報政策課;区民課,,ねらい,",
            f"{ward},{name}-g1-1,{title},{name},{name}-g1,2,(1),窓口,,新規;拡充,,注",
        ],
        "measures": [
            f"{begin},計画_ID,体系_ID,番号,名称,主管課,関係課,区分,再掲元_ID,関連計画,前計画施策_ID,概要,備考",
            (
                f"{ward},{name}-m1,{title},{name},{name}-g1-1,1,窓口の改善,区民課;課税課,全課/室,新規,,,"
                f"{name}-before-m2;{name}-before-m1,髙島と𠮷田の窓口,"
            ),
            (
                f"{ward},{name}-m2,{title},{name},{name}-g1,2,窓口の改善（再掲）,区民課,区民課,再掲;独自の印,{name}-m1,"
                "総合計画;行革計画,,,注"
            ),
        ],
        "schedule": [
            f"{begin},施策_ID,取組,行,年度,内容,状態,読取,備考",
            f"{ward},{name}-m1-2022-1,{title},{name}-m1,窓口,1,2022,検討・実施,consideration;implementation,明示,",
            f"{ward},{name}-m1-2023-1,{title},{name}-m1,,2,2023,,,欠落,読めない",
        ],
        "indicators": [
            f"{begin},計画_ID,施策_ID,番号,指標名,説明,単位,現状値,現状,現状年度,目標値,目標,比較,目標年度,備考",
            f"{ward},{name}-i1,{title},{name},{name}-m1,1,満足度,算定方法,%,12.50,12.5%,2021,80,80%以上,以上,2024,",
            f"{ward},{name}-i2,{title},{name},,2,待ち時間,,分,,,,,短縮,,,目標年度は書かれていない",
        ],
        "results": [
            (
                f"{begin},計画_ID,施策_ID,指標_ID,対象計画,対象番号,対象名称,対象内容,担当部署,指標名,評価期間,年度,当初年度,"
                "当初値,目標値,実績値,単位,評価,評価_原典,所見,読取,備考"
            ),
            (
                f"{ward},{name}-r1,{title},{name},{name}-m1,{name}-i1,見本計画,1,窓口の改善,内容,区民課;課税課,満足度,"
                '2022〜2023年度,2023,2021,12.5%,80%,"1,234%",%,achieved,◎,順調,明示,'
            ),
            f"{ward},{name}-r2,{title},{name},,,前の計画,2,前の施策,,,件数,,,,,,,件,,△,,欠落,",
            f"{ward},{name}-r3,{title},{name},,,前の計画,3,前の施策2,,,,,,,,,,,modified,△,,明示,注",
        ],
        "effects": [
            f"{begin},計画_ID,施策_ID,対象計画,対象名称,年度,区分,金額_円,備考",
            f"{ward},{name}-e1,{title},{name},{name}-m1,見本計画,窓口,2023,削減額,1200000,",
            f"{ward},{name}-e2,{title},{name},,,庁内,2023,,,金額は読めない",
        ],
        "milestones": [
            f"{begin},計画_ID,区分,施策_ID,分野,名称,開始年度,終了年度,時期,読取,備考",
            f"{ward},{name}-s1,{title},{name},区民サービス,{name}-m1,窓口,電子申請,2023,2024,～3月,明示,注",
        ],
        "glossary": [
            f"{begin},計画_ID,用語,読み,英字,同義,初出施策_ID,定義,備考",
            (
                f"{ward},{name}-t1,{title},{name},電子申請,でんししんせい,e-application,オンライン申請;ネット申請,{name}-m1,"
                "ネットで出す申請。,注"
            ),
        ],
    }
