"""Pages for people: server-rendered, without scripts."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.web import dataset, group, home, organization, reference, schema, series, standard
from app.web.templating import FOLDER


class _RevalidatedFiles(StaticFiles):
    """Static files that a browser keeps and asks about again, so that an upgrade is felt at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def install(app: FastAPI) -> None:
    """Add every page and the static files to the application."""
    for subject in (home, dataset, organization, group, schema, series, standard, reference):
        app.include_router(subject.router)
    app.mount("/static", _RevalidatedFiles(directory=FOLDER / "static"), name="static")
