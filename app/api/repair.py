"""Repairs by token: the body is a file as it is, the answer what should be changed in it; nothing is kept."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from app.api.upload import FileName, SchemaName
from app.dependencies.actor import ActorDep
from app.dependencies.reader import get_installation
from app.ingest.receive import Receiver
from app.ingest.repair import Repairs, repair_upload

router = APIRouter(prefix="/api/v1", tags=["登録"])


@router.post("/repairs", summary="修正の提案（何も保存しない）")
async def post_repairs(
    request: Request, _actor: ActorDep, file_name: FileName = "upload.csv", schema: SchemaName = None
) -> JSONResponse:
    """Propose edits for the cells of a CSV, a workbook or a Data Package, each certain or doubtful."""
    installation = get_installation(request)
    with installation.folder.scratch() as scratch:
        receiver = Receiver(file_name, scratch, installation.settings)
        async for piece in request.stream():
            receiver.write(piece)

        def repair(folder: Path = scratch) -> Repairs:
            return repair_upload(installation, receiver.finish(), folder, schema_name=schema)

        repairs = await run_in_threadpool(repair)
    return JSONResponse(repairs.as_json(), headers={"Cache-Control": "no-store"})
