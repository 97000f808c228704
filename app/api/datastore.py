"""The dump of a resource's rows, at CKAN's address."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from typing import IO

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from app.dependencies.reader import ReaderDep
from app.serve.catalogue import Reader
from app.serve.datastore import Dump, dump_resource
from app.serve.parameters import Parameters

router = APIRouter(tags=["CKAN互換API"])

_CHUNK_BYTES = 262_144


@router.get("/datastore/dump/{resource_id}", summary="表のすべての行（CKAN互換）")
async def dump_rows(request: Request, reader: ReaderDep, resource_id: str) -> Response:
    """Send all rows of a CSV resource as `format`, made whole before it is sent."""
    given = [pair for pair in request.query_params.multi_items() if pair[0] != "resource_id"]
    parameters = Parameters([*given, ("resource_id", resource_id)])
    file, dump = await run_in_threadpool(_write, reader, parameters)
    headers = {
        "Content-Length": str(os.fstat(file.fileno()).st_size),
        "Content-Type": dump.media_type,
        "Content-Disposition": f'attachment; filename="{dump.file_name}"',
        "Cache-Control": "no-cache",
    }
    return StreamingResponse(_read(file), headers=headers)


def _write(reader: Reader, parameters: Parameters) -> tuple[IO[bytes], Dump]:
    """Write the dump into a file without a name, which goes when it is closed."""
    with reader.installation.folder.scratch() as scratch:
        file = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115  # closed when it was sent
    try:
        dump = dump_resource(reader, parameters, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file, dump


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
