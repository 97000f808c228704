"""Uploads by token: the body is the package or file as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from app.dependencies.actor import ActorDep
from app.dependencies.reader import get_installation, get_now
from app.ingest.accept import Accepted, accept_upload
from app.ingest.receive import Receiver
from app.model.actor import Actor

router = APIRouter(prefix="/api/v1", tags=["登録"])

FileName = Annotated[
    str, Query(max_length=200, pattern=r"^[^\x00]*$", description="ファイルの名前（記録に残ります）")
]
SchemaName = Annotated[str | None, Query(max_length=100, description="CSVのスキーマ（名前、または 名前/版）")]


@router.post("/uploads", summary="パッケージの登録", status_code=201)
async def post_upload(request: Request, actor: ActorDep, file_name: FileName = "upload.zip") -> JSONResponse:
    """Take a Data Package (zip) as a draft of the dataset that it names; 200 if it was there before."""
    return await _accept(request, actor, file_name, None, None)


@router.put("/datasets/{name}/draft", summary="ファイルの登録", status_code=201)
async def put_draft(
    request: Request,
    actor: ActorDep,
    name: str,
    file_name: FileName = "upload.csv",
    schema: SchemaName = None,
) -> JSONResponse:
    """Take a Data Package, or one CSV with its schema, as a draft of this dataset."""
    return await _accept(request, actor, file_name, name, schema)


async def _accept(
    request: Request, actor: Actor, file_name: str, dataset: str | None, schema: str | None
) -> JSONResponse:
    installation = get_installation(request)
    with installation.folder.scratch() as scratch:
        receiver = Receiver(file_name, scratch, installation.settings)
        async for piece in request.stream():
            receiver.write(piece)

        def accept(folder: Path = scratch) -> Accepted:
            return accept_upload(
                installation,
                actor,
                receiver.finish(),
                folder,
                get_now(request),
                schema_name=schema,
                dataset_name=dataset,
            )

        accepted = await run_in_threadpool(accept)
    return JSONResponse(_describe(accepted), 201 if accepted.is_new else 200, {"Cache-Control": "no-store"})


def _describe(accepted: Accepted) -> dict[str, Any]:
    return {
        "dataset": accepted.name,
        "version_id": accepted.version_id,
        "is_new": accepted.is_new,
        "report": accepted.report.as_json(),
    }
