"""RFC 9457 problem details for our own errors."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.routing import Match, Mount

from app.errors import (
    ConflictError,
    GoneError,
    NotAllowedError,
    NotFoundError,
    OperatorError,
    PageNumberError,
    RefusedUpload,
    RequestError,
    ShisakuError,
    StoreUnavailable,
    UnknownActorError,
)

STATUSES: dict[type[ShisakuError], int] = {
    NotFoundError: 404,
    GoneError: 410,
    PageNumberError: 409,
    RequestError: 400,
    RefusedUpload: 422,
    UnknownActorError: 401,
    NotAllowedError: 403,
    ConflictError: 409,
    StoreUnavailable: 503,
    OperatorError: 500,
    ShisakuError: 500,
}
"""HTTP status of each branch of the error tree."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def status_of(error: ShisakuError) -> int:
    """Return the HTTP status of an error, by the nearest class that has one; 413 where size is the fault."""
    if isinstance(error, RefusedUpload) and error.rule.endswith("-too-large"):
        return 413
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def list_methods(request: Request) -> list[str]:
    """Return the methods that the routes at the request's address take; none for an address below a mount.

    Asked of all routes, because one address can have a route for each method.
    """
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]
    found = [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    return [*found, "HEAD"] if "GET" in found else found


def problem_response(status: int, title: str, detail: str, **more: Any) -> JSONResponse:  # noqa: ANN401  # JSON
    """Return an `application/problem+json` answer; `more` are members of the problem's own."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(content, status, media_type="application/problem+json")
