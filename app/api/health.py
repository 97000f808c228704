"""Health: is the process there, and can it answer."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from app.dependencies import ReaderDep
from app.serve.catalogue import list_names

router = APIRouter(tags=["稼働状況"])


@router.get("/healthz", response_class=PlainTextResponse, summary="プロセスの生死")
async def get_health() -> str:
    """Answer `ok` while the process runs."""
    return "ok\n"


@router.get("/readyz", response_class=PlainTextResponse, summary="応答の可否")
def get_readiness(reader: ReaderDep) -> str:
    """Answer `ok` if the catalogue can be read."""
    list_names(reader, limit=1)
    return "ok\n"
