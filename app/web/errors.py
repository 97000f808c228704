"""The readable page for people when something went wrong."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.dependencies.reader import get_installation
from app.web.templating import render

ADVICE = {
    404: "アドレスに打ち間違いがないか確かめるか、下の検索でお探しください。",
    410: "このデータは公開をやめました。もとに戻ることはありません。ほかのデータは下の検索でお探しください。",
    503: "しばらく待ってから、もう一度お試しください。",
}
"""What the reader can do about it, by status."""


def render_error_page(request: Request, status: int, title: str, message: str) -> HTMLResponse:
    """Return the page for an error.

    `title` is its heading and `message` the sentence that says what happened; the advice depends on `status`.
    Reads nothing but what the process already holds, so that it can be made when storage fails.
    """
    installation = get_installation(request)
    otherwise = "もう一度お試しください。続くときは、時間をおいてお越しください。"
    return render(
        "error.html",
        installation.catalog,
        installation.base,
        status=status,
        heading=title,
        message=message,
        advice=ADVICE.get(status, otherwise if status >= 500 else "指定を直して、もう一度お試しください。"),
        code=status,
        phrase=HTTPStatus(status).phrase,
    )
