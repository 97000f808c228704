from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from app.main import create_app
from app.settings import Settings
from app.storage.installation import open_installation

BASE = "http://catalogue.example.jp"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    installation = open_installation(Settings(data_dir=tmp_path, bundled=False), served_at=BASE)
    transport = httpx.ASGITransport(create_app(installation), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=BROWSER) as opened:
        yield opened
    installation.close()


@pytest.mark.parametrize(
    "path",
    ["/", "/dataset/", "/dataset", "/dataset/?q=%E8%A8%88%E7%94%BB&page=3", "/organization/t131156",
     "/organization/shisaku", "/group/gove", "/docs"],
)  # fmt: skip
async def test_pages_of_an_empty_catalogue_are_valid(
    path: str, client: httpx.AsyncClient, assert_valid: Callable[[str], None]
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert_valid(answer.text)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/dataset/none-such", "データセット「none-such」はありません。"),
        ("/organization/none-such", "組織「none-such」はありません。"),
        ("/group/none-such", "分類「none-such」はありません。"),
        ("/none/such", "このアドレスには何もありません。"),
    ],
)
async def test_what_is_not_there_gets_a_readable_page(
    path: str, words: str, client: httpx.AsyncClient, assert_valid: Callable[[str], None]
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert words in answer.text
    assert_valid(answer.text)


async def test_the_style_sheet_is_asked_about_again_and_sent_once(client: httpx.AsyncClient) -> None:
    first = await client.get("/static/site.css")
    assert first.headers["Content-Type"].startswith("text/css")
    assert first.headers["Cache-Control"] == "no-cache"
    again = await client.get("/static/site.css", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_style_sheet_asks_for_nothing_from_outside(client: httpx.AsyncClient) -> None:
    sheet = (await client.get("/static/site.css")).text
    assert "url(" not in sheet
    assert "@import" not in sheet
