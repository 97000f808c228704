"""create_app: the one place that knows all rooms."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from app import api, web
from app.api.ckan import envelope_error
from app.api.openapi import DescribedApp
from app.api.problem import list_methods, problem_response, status_of
from app.dependencies.address import require_text
from app.dependencies.answer import ReadyLayer
from app.dependencies.cors import OpenLayer
from app.dependencies.head import HeadLayer
from app.errors import (
    NotFoundError,
    OperatorError,
    RefusedUpload,
    RequestError,
    ShisakuError,
    UnknownActorError,
)
from app.model.clock import Clock, system_clock
from app.publish.jobs import JobWorker
from app.serve.answers import Answers
from app.storage.installation import Installation
from app.web.errors import render_error_page

_log = logging.getLogger(__name__)


class _CatalogueApp(DescribedApp):
    def build_middleware_stack(self) -> ASGIApp:
        # Around everything, the answer to an unforeseen error too: Starlette puts that outside added layers.
        return HeadLayer(OpenLayer(super().build_middleware_stack()))


def create_app(installation: Installation, clock: Clock = system_clock) -> FastAPI:
    """Return the app for an opened installation; it closes the installation when it stops."""
    app = _CatalogueApp(
        title=installation.catalog.title,
        summary=installation.catalog.description,
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        dependencies=[Depends(require_text)],
    )
    app.state.installation = installation
    app.state.clock = clock
    app.state.answers = Answers(installation.settings.max_cache_bytes, installation.settings.max_piece_bytes)
    app.add_middleware(ReadyLayer, installation=installation, answers=app.state.answers, clock=clock)
    app.add_exception_handler(ShisakuError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_error)
    app.add_exception_handler(Exception, _answer_error)
    api.install(app)
    web.install(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    worker = JobWorker(app.state.installation, app.state.clock)
    worker.start()
    yield
    worker.stop()
    app.state.installation.close()


async def _answer_error(request: Request, error: Exception) -> Response:
    known = _translate(error)
    status = error.status_code if isinstance(error, HTTPException) else status_of(known)
    if isinstance(error, OperatorError):  # foreign errors are logged by the server
        _log.error("%s %s: %s", request.method, request.url.path, error)
    response = _render_error(request, status, known)
    if isinstance(error, HTTPException):
        response.headers.update(error.headers or {})
    if isinstance(known, UnknownActorError):
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.METHOD_NOT_ALLOWED and (methods := list_methods(request)):
        response.headers["Allow"] = ", ".join(methods)
    return response


def _render_error(request: Request, status: int, error: ShisakuError) -> Response:
    path = request.url.path
    if path.startswith(("/api/3/", "/api/action/")):
        action = request.path_params.get("action", path.rpartition("/")[2])
        base = request.app.state.installation.base
        status, envelope = envelope_error(base, action, status, error)
        return JSONResponse(envelope, status, media_type="application/json; charset=utf-8")
    if path.startswith("/api/"):
        return _render_problem(status, error)
    if "text/html" in request.headers.get("accept", ""):
        response: Response = render_error_page(request, status, error.title, str(error))
    else:
        response = _render_problem(status, error)
    response.headers["Vary"] = "Accept"
    return response


def _render_problem(status: int, error: ShisakuError) -> Response:
    more = {"field": error.field} if isinstance(error, RequestError) else {}
    if isinstance(error, RefusedUpload):
        more = {"rule": error.rule, "mend": error.mend}
    return problem_response(status, error.title, str(error), **more)


def _translate(error: Exception) -> ShisakuError:
    match error:
        case ShisakuError():
            return error
        case RequestValidationError():
            first = error.errors()[0]
            return RequestError(
                str(first["loc"][-1]), "値の形が正しくありません。APIの説明は /docs にあります。"
            )
        case HTTPException(status_code=404):
            return NotFoundError("このアドレスには何もありません。")
        case HTTPException(status_code=405):
            return ShisakuError("このアドレスでは、このメソッドは使えません。")
        case HTTPException(status_code=status):
            return ShisakuError(f"この要求には答えられません（HTTP {status}）。")
        case _:
            return ShisakuError("内部でエラーが起きました。時間をおいて、もう一度お試しください。")
