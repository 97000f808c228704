"""`shisaku serve`: bring everything up to date, load the bundled packages, answer requests."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from app.errors import OperatorError
from app.ingest.accept import accept_upload
from app.ingest.receive import receive_path
from app.ingest.report_text import write_report
from app.main import create_app
from app.model.actor import BUNDLED
from app.model.clock import system_clock
from app.publish.approve import approve_version
from app.publish.jobs import finish_job
from app.publish.search import fill_search_index
from app.publish.submit import submit_version
from app.settings import read_settings
from app.storage.entities import State
from app.storage.installation import Installation, open_installation
from app.storage.versions import find_same_upload, get_version


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option(help="待ち受けるアドレス")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="待ち受けるポート", min=1, max=65535)] = 8000,
) -> None:
    """カタログを起動します。はじめての起動では、同梱の計画データを読み込みます。"""
    served_at = f"http://{_reachable(host)}:{port}"
    installation = open_installation(read_settings(), served_at=served_at)
    if filled := fill_search_index(installation):
        typer.echo(f"検索の索引に{filled}件を加えました。")
    if installation.settings.bundled:
        load_bundled(installation)
    typer.echo(f"Shisaku は {served_at}/ で動いています（終了は Ctrl+C）。")
    if installation.base != served_at:
        typer.echo(f"公開アドレスは {installation.base} です（変更は shisaku rebase）。")
    uvicorn.run(
        create_app(installation),
        host=host,
        port=port,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
    )


def _reachable(host: str) -> str:
    """Return the host as it stands in an address; a wildcard is this machine."""
    if host in ("0.0.0.0", "::"):  # noqa: S104  # compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def load_bundled(installation: Installation) -> None:
    """Load each bundled package that this installation has not seen, with a line of progress.

    Raises OperatorError if a package has any finding: what we ship must be clean.
    """
    folders = list_bundled(installation.settings.datasets_dir)
    for place, folder in enumerate(folders, start=1):
        outcome = _load_package(installation, folder)
        typer.echo(f"[{place}/{len(folders)}] {folder.name}: {outcome}")


def list_bundled(datasets_dir: Path) -> list[Path]:
    """Return the folders of the bundled packages, earlier periods first: later plans refer to them."""

    def begins(folder: Path) -> str:
        descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        return str(descriptor.get("temporal", {}).get("start", ""))

    folders = [path.parent for path in datasets_dir.glob("*/datapackage.json")]
    return sorted(folders, key=lambda folder: (begins(folder), folder.name))


def _load_package(installation: Installation, folder: Path) -> str:
    now = dt.datetime.now(dt.UTC)
    with installation.folder.scratch() as scratch:
        received = receive_path(folder, scratch, installation.settings)
        with installation.database.reading() as session:
            earlier = find_same_upload(session, folder.name, received.sha256)
        if earlier is not None and earlier.version.state not in (State.DRAFT, State.SUBMITTED):
            return "読み込み済み"
        accepted = accept_upload(installation, BUNDLED, received, scratch, now)
    if accepted.report.total:
        message = f"同梱のデータ「{folder.name}」に指摘があります。\n{write_report(accepted.report)}"
        raise OperatorError(message)
    with installation.database.reading() as session:
        draft = get_version(session, accepted.name, accepted.version_id)
    if draft.version.state == State.DRAFT:
        submit_version(installation, BUNDLED, accepted.name, dt.datetime.now(dt.UTC))
    approved = approve_version(installation, BUNDLED, accepted.name, dt.datetime.now(dt.UTC))
    finish_job(installation, approved.job_id, system_clock)
    return f"第{approved.number}版を公開しました"
