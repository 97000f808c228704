"""CKAN's action API over HTTP: its four forms of request, its envelope and its errors.

Source: CKAN 2.11 API guide §Making an API request.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from app.api.body import read_body
from app.dependencies.answer import answer_ready
from app.errors import GoneError, NotAllowedError, NotFoundError, RequestError, ShisakuError
from app.formats.json import join_json
from app.serve.actions import ACTIONS
from app.serve.answers import Answer, make_answer
from app.serve.catalogue import Reader
from app.serve.ckan import SearchQueryError
from app.serve.parameters import Parameters

router = APIRouter(tags=["CKAN互換API"])

JSON_TYPE = "application/json; charset=utf-8"
_CALLBACK = re.compile(r"[A-Za-z_$][A-Za-z0-9_$.]{0,99}")
_FORM_TYPE = "application/x-www-form-urlencoded"
_MAX_PARAMETERS = 200


@router.get("/api", include_in_schema=False)
@router.get("/api/3", summary="APIの版")
def get_version() -> dict[str, int]:
    """Say which version of the action API this is."""
    return {"version": 3}


@router.get("/api/3/action/{action}", summary="CKAN互換のアクション")
@router.get("/api/action/{action}", include_in_schema=False)
async def get_action(request: Request, action: str) -> Response:
    """Call an action with the parameters of the query."""
    return await _call(request, action)


@router.post("/api/3/action/{action}", summary="CKAN互換のアクション（POST）")
@router.post("/api/action/{action}", include_in_schema=False)
async def post_action(request: Request, action: str) -> Response:
    """Call an action with the parameters of a JSON body, a form, or the query."""
    return await _call(request, action)


async def _call(request: Request, action: str) -> Response:
    if action not in ACTIONS:
        text = json.dumps(f"Bad request: Action name not known: {action}", ensure_ascii=False)
        return Response(text, 400, media_type=JSON_TYPE)
    parameters = await _read_parameters(request)
    callback = parameters.take("callback") if request.method == "GET" else ""

    def make(reader: Reader) -> Answer:
        result = ACTIONS[action](reader, parameters)
        envelope = {"help": help_address(reader.base, action), "success": True, "result": result}
        return _wrap(join_json(envelope), callback)

    return await answer_ready(request, make)


def help_address(base: str, action: str) -> str:
    """Return the address of an action's help text."""
    return f"{base}/api/3/action/help_show?name={action}"


def envelope_error(base: str, action: str, status: int, error: ShisakuError) -> tuple[int, dict[str, Any]]:
    """Return CKAN's status and error envelope for an error; `status` is what it has outside of CKAN's API."""
    status, kind = _classify(status, error)
    described: dict[str, Any] = {"__type": kind}
    if isinstance(error, RequestError):
        described[error.field] = [str(error)]
    if not isinstance(error, RequestError) or isinstance(error, SearchQueryError):
        described["message"] = str(error)
    return status, {"help": help_address(base, action), "success": False, "error": described}


def _classify(status: int, error: ShisakuError) -> tuple[int, str]:
    match error:
        case SearchQueryError():
            return 400, "Search Query Error"
        case RequestError():
            return 409, "Validation Error"
        case NotFoundError() | GoneError():
            return 404, "Not Found Error"
        case NotAllowedError():
            return 403, "Authorization Error"
        case _:
            return status, HTTPStatus(status).phrase


def _wrap(text: str, callback: str) -> Answer:
    if not callback:
        return make_answer(text.encode(), JSON_TYPE)
    if not _CALLBACK.fullmatch(callback):
        raise RequestError("callback", "callback に使えない文字があります。")
    return make_answer(f"{callback}({text});".encode(), "application/javascript; charset=utf-8")


async def _read_parameters(request: Request) -> Parameters:
    query: list[tuple[str, object]] = list(request.query_params.multi_items())
    given: list[tuple[str, object]] = []
    if request.method == "POST":
        given = _read_pairs(await read_body(request), request.headers.get("content-type", ""))
    if len(query) + len(given) > _MAX_PARAMETERS:
        raise RequestError("parameters", f"パラメーターが多すぎます（上限{_MAX_PARAMETERS}個）。")
    in_body = {key for key, _ in given}
    return Parameters([*(pair for pair in query if pair[0] not in in_body), *given])


def _read_pairs(body: bytes, content_type: str) -> list[tuple[str, object]]:
    if not body.strip():
        return []
    try:
        text = body.decode("utf-8")
        media_type = content_type.partition(";")[0].strip().lower()
        if media_type == _FORM_TYPE and not text.lstrip().startswith("{"):
            return list(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS))
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RequestError("body", f"本文をJSONとして読み取れません（{error}）。") from error
    if not isinstance(document, dict):
        raise RequestError("body", "本文は { } の形のJSONにしてください。")
    if _has_lone_surrogate(json.dumps(document, ensure_ascii=False)):
        raise RequestError("body", "本文に、文字として読めない部分（対になっていないサロゲート）があります。")
    return [(key, value) for key, value in document.items() if value is not None]


def _has_lone_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
