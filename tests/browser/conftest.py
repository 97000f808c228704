from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from app.model.distribution import Distribution, Format, find_format

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
POLLS = 900
POLL_SECONDS = 0.2
DATASET = "131156-digital-plan-2022"
TABLE = "measures"

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real service, started with the bundled packages in a folder of its own."""
    port = find_free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "SHISAKU_DATA_DIR": str(tmp_path_factory.mktemp("data"))}
    command = [sys.executable, "-m", "app", "serve", "--host", "127.0.0.1", "--port", str(port)]
    house = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, env=environment, cwd=house) as process:
        try:
            wait_until_ready(process, address)
            yield address
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; gone with its module: its event loop stands in the way of asynchronous tests."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def open_page(base: str, browser: Browser) -> Iterator[OpenPage]:
    """Open a page of the service; at the end of the test nothing may have been asked of anyone else."""
    contexts = []
    asked: list[str] = []

    def open_at(path: str, **options: Any) -> Page:  # noqa: ANN401 - Playwright's own options
        context = browser.new_context(base_url=base, locale="ja-JP", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        answer = page.goto(path)
        assert answer is not None
        assert answer.status < 500
        assert context.cookies() == []
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert asked
    assert [url for url in asked if not url.startswith(f"{base}/")] == []


@pytest.fixture(scope="session")
def addresses() -> dict[str, str]:
    """One address of each type of page."""
    table_csv, archive = find_format("csv"), Format("zip", "", "", "", "", 1)
    assert table_csv is not None
    page = f"/dataset/{DATASET}"
    return {
        "home": "/",
        "list": "/dataset/",
        "no hits": "/dataset/?q=zzz",
        "dataset": page,
        "table file": f"{page}/resource/{Distribution(DATASET, TABLE, table_csv, '', 0).id}",
        "archive": f"{page}/resource/{Distribution(DATASET, '', archive, '', 0).id}",
        "municipality": "/organization/t131156",
        "operator": "/organization/shisaku",
        "theme": "/group/gove",
        "schemas": "/schemas/",
        "schema": "/schemas/public-toilet",
        "docs": "/docs",
        "not found": "/dataset/none-such",
    }


def find_free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(process: subprocess.Popen[bytes], address: str) -> None:
    for _ in range(POLLS):
        try:
            with urlopen(f"{address}/readyz") as answer:
                assert answer.status == 200
                return
        except URLError:
            wait_a_little(process)
    raise AssertionError("the service did not become ready")


def wait_a_little(process: subprocess.Popen[bytes]) -> None:
    try:
        status = process.wait(POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return
    raise AssertionError(f"the service ended with status {status}")
