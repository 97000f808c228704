"""Answers over HTTP: made whole in a worker thread, kept by address, given back without asking any route.

An address (path and query) alone decides what is answered here; nothing of it depends on who asks.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from email.utils import mktime_tz, parsedate_tz
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.dependencies.reader import get_reader
from app.model.clock import Clock
from app.serve.answers import Answer, Answers, Epoch
from app.serve.catalogue import Reader
from app.storage.installation import Installation

HEAD_MARK = "shisaku.head"
"""Scope key that the HEAD layer sets while it has the request answered as a GET."""


_PART = r"\s*([0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18})\s*"
_BYTE_RANGES = re.compile(rf"bytes={_PART}(,{_PART})*", re.IGNORECASE)
_CLOSED_RANGE = re.compile(r"([0-9]+)-([0-9]+)")


class ReadyLayer:
    """ASGI layer that gives a kept answer at once; all else goes on to the routes."""

    def __init__(self, app: ASGIApp, installation: Installation, answers: Answers, clock: Clock) -> None:
        self._app = app
        self._clock = clock
        self._installation = installation
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        answer = await self._find(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if answer is None:
            await self._app(scope, receive, send)
        else:
            await conditional(Request(scope), answer)(scope, receive, send)

    async def _find(self, scope: Scope) -> Answer | None:
        address = _address(scope)
        if wants_range(scope) or not self._answers.holds(
            address
        ):  # most are not: no need to ask the database
            return None
        epoch = await find_epoch(self._installation, self._answers, self._clock())
        return self._answers.find(epoch, address)


async def answer_ready(request: Request, make: Callable[[Reader], Answer]) -> Response:
    """Make the answer to a GET whole, keep it under its address, then send it."""
    reader = get_reader(request)
    answers: Answers = request.app.state.answers
    epoch = await find_epoch(reader.installation, answers, reader.now)
    answer = await run_in_threadpool(make, reader)
    if request.method == "GET":
        answers.keep(epoch, _address(request.scope), answer)
    return conditional(request, answer)


async def find_epoch(installation: Installation, answers: Answers, now: dt.datetime) -> Epoch:
    """Return the epoch of this moment."""
    if installation.database.is_sqlite:  # some 20 microseconds: less than the way to a thread and back
        return answers.epoch(installation, now)
    return await run_in_threadpool(answers.epoch, installation, now)


def conditional(request: Request, answer: Answer) -> Response:
    """Return the answer, or 304 without a body if the client has it (RFC 9110 §15.4.5)."""
    headers = {**answer.headers, "ETag": f'"{answer.etag}"', "Cache-Control": "no-cache"}
    if is_known(request, headers):
        return Response(status_code=304, headers=headers)
    return Response(answer.content, headers={**headers, "Content-Type": answer.media_type})


def is_known(request: Request, headers: Mapping[str, str]) -> bool:
    """Tell whether the client has what would be sent with these headers.

    If-None-Match names its ETag, weakly or not, or any; without If-None-Match, its Last-Modified is not later
    than If-Modified-Since. Source: RFC 9110 §13.1.2, §13.1.3.
    """
    named = request.headers.get("if-none-match")
    if named is not None:
        etags = [part.strip().removeprefix("W/") for part in named.split(",")]
        return named.strip() == "*" or headers["ETag"] in etags
    since = _read_date(request.headers.get("if-modified-since", ""))
    modified = _read_date(headers.get("Last-Modified", ""))
    return since is not None and modified is not None and modified <= since


def _read_date(text: str) -> float | None:
    """Return an HTTP date in seconds, or None if it is none."""
    parsed = parsedate_tz(text)
    try:
        return mktime_tz(parsed) if parsed else None
    except (ValueError, OverflowError):
        return None


class StoredFile(FileResponse):
    """A blob under its own ETag, sent from the local disk."""

    def __init__(self, local: AbstractContextManager[Path], headers: Mapping[str, str]) -> None:
        super().__init__("", headers=headers)
        self._local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; ranges are Starlette's, which refuses some Range headers that are to be ignored."""
        as_asked: dict[str, Any] = dict(scope)
        if not wants_range(scope):
            as_asked["headers"] = [entry for entry in scope["headers"] if entry[0] != b"range"]
        with ExitStack() as held:
            self.path = await run_in_threadpool(held.enter_context, self._local)
            await super().__call__(as_asked, receive, send)


def wants_range(scope: Scope) -> bool:
    """Tell whether the request asks for parts of a file in bytes.

    A Range with any other unit, or to HEAD, is ignored, and so is one that makes no sense. Source: RFC 9110
    §14.1.1, §14.2.
    """
    text = Headers(scope=scope).get("range", "")
    if scope.get(HEAD_MARK) or not _BYTE_RANGES.fullmatch(text):
        return False
    return all(int(first) <= int(last) for first, last in _CLOSED_RANGE.findall(text))


def _address(scope: Scope) -> tuple[str, bytes]:
    return scope["path"], scope["query_string"]
