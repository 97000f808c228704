from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request

from app.settings import Settings
from app.storage.installation import open_installation
from app.web.errors import render_error_page


@pytest.fixture
def request_of_browser(tmp_path: Path) -> Iterator[Request]:
    app = FastAPI()
    app.state.installation = open_installation(
        Settings(data_dir=tmp_path, bundled=False), served_at="http://catalogue.example.jp"
    )
    yield Request({"type": "http", "app": app, "method": "GET", "path": "/", "headers": []})
    app.state.installation.close()


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (404, "打ち間違い"),
        (410, "公開をやめました"),
        (500, "時間をおいて"),
        (503, "しばらく待って"),
        (409, "指定を直して"),
    ],
)
def test_an_error_page_says_what_happened_and_what_to_do(
    status: int, advice: str, request_of_browser: Request, assert_valid: Callable[[str], None]
) -> None:
    page = render_error_page(request_of_browser, status, "題", "<何が>起きました。")
    text = bytes(page.body).decode("utf-8")
    assert_valid(text)
    assert page.status_code == status
    assert "<h1>題</h1>" in text
    assert "&lt;何が&gt;起きました。" in text
    assert advice in text
    assert 'name="robots" content="noindex"' in text
