"""Files: `/dataset/{name}/{table}.{suffix}`, the same under `/v/{n}/`, zips, and files by hash."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import format_datetime
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from app.dependencies.answer import HEAD_MARK, StoredFile, answer_ready, is_known, wants_range
from app.dependencies.reader import get_reader
from app.serve.answers import Answer
from app.serve.catalogue import Reader
from app.serve.download import Download, find_download, find_download_by_hash

router = APIRouter(tags=["ファイル"])

_SHOWN_IN_BROWSER = ("json", "jsonl", "jsonld", "csv-metadata.json", "plan.jsonld", "plan.stratml.xml")


class _TooLargeToKeep(Exception):
    """The file is to leave from disk; carries the download."""

    def __init__(self, download: Download) -> None:
        super().__init__(download.file_name)
        self.download = download


@router.get("/dataset/{name}/{stem}.{rest}", summary="表のファイル（最新版）")
async def get_table_file(request: Request, name: str, stem: str, rest: str) -> Response:
    """Send a table of the current version in the format that the suffix names."""
    table, suffix = split_file_name(f"{stem}.{rest}")
    return await send_file(request, lambda reader: find_download(reader, name, table, suffix))


@router.get("/dataset/{name}/v/{number:int}/{stem}.{rest}", summary="表のファイル（版を指定）")
async def get_version_table_file(request: Request, name: str, number: int, stem: str, rest: str) -> Response:
    """Send a table of a numbered version in the format that the suffix names."""
    table, suffix = split_file_name(f"{stem}.{rest}")
    return await send_file(request, lambda reader: find_download(reader, name, table, suffix, number))


@router.get("/dataset/{name}/v/{number:int}.zip", summary="Data Package（版を指定）")
async def get_version_package(request: Request, name: str, number: int) -> Response:
    """Send the Data Package of a numbered version."""
    return await send_file(request, lambda reader: find_download(reader, name, "", "zip", number))


@router.get("/dataset/{name}.zip", summary="Data Package（最新版）")
async def get_package(request: Request, name: str) -> Response:
    """Send the Data Package of the current version."""
    return await send_file(request, lambda reader: find_download(reader, name, "", "zip"))


@router.get("/files/{sha256}/{file_name}", summary="ハッシュによるファイル")
async def get_file_by_hash(request: Request, sha256: str, file_name: str) -> Response:
    """Send a rendering by its SHA-256, if an effective version has it."""
    return await send_file(request, lambda reader: find_download_by_hash(reader, sha256, file_name))


def split_file_name(file_name: str) -> tuple[str, str]:
    """Split at the first dot, which no dataset's or table's name has: `a.bom.csv` is `a` and `bom.csv`."""
    stem, _, suffix = file_name.partition(".")
    return stem, suffix


async def send_file(request: Request, find: Callable[[Reader], Download]) -> Response:
    """Send what `find` finds: from memory if it is small, else from disk."""
    limit = request.app.state.installation.settings.max_cached_file_bytes

    def make(reader: Reader) -> Answer:
        download = find(reader)
        if download.distribution.size > limit:
            raise _TooLargeToKeep(download)
        entry = download.distribution
        with download.open_local() as path:
            content = path.read_bytes()
        return Answer(content, entry.format.media_type, entry.sha256, _headers(download))

    if wants_range(request.scope):
        return _send_from_disk(request, await run_in_threadpool(find, get_reader(request)))
    try:
        return await answer_ready(request, make)
    except _TooLargeToKeep as found:
        return _send_from_disk(request, found.download)


def _send_from_disk(request: Request, download: Download) -> Response:
    entry = download.distribution
    headers = {**_headers(download), "ETag": f'"{entry.sha256}"', "Cache-Control": "no-cache"}
    if is_known(request, headers):
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = entry.format.media_type
    if request.scope.get(HEAD_MARK):
        return Response(headers={**headers, "Content-Length": str(entry.size)})
    return StoredFile(download.open_local(), headers)


def _headers(download: Download) -> dict[str, str]:
    suffix = download.distribution.format.suffix
    disposition = "inline" if suffix in _SHOWN_IN_BROWSER else "attachment"
    readable = quote(download.readable_name, safe="")
    modified = download.modified
    return {
        "Accept-Ranges": "bytes",
        **({"Last-Modified": format_datetime(modified, usegmt=True)} if modified else {}),
        "Content-Disposition": (
            f"{disposition}; filename=\"{download.file_name}\"; filename*=UTF-8''{readable}"
        ),
    }
