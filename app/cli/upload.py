"""`shisaku check` and `load`: a file is checked, and kept as a draft."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from app.checks.control_character import find_control_characters
from app.checks.rules import show_text
from app.errors import RefusedUpload, SchemaNotFound
from app.ingest.accept import accept_upload, check_upload
from app.ingest.receive import receive_path
from app.ingest.report_text import write_report
from app.model.actor import BUNDLED, Actor, at_the_terminal
from app.model.report import Report
from app.settings import Settings, read_settings
from app.storage.installation import Installation, open_installation

PathArgument = Annotated[
    Path, typer.Argument(help="Data Package のフォルダーかZIP、Excelブック、または1つのCSV")
]
SchemaOption = Annotated[str | None, typer.Option(help="CSVのスキーマ（名前、または 名前/版）")]
DatasetOption = Annotated[str | None, typer.Option("--dataset", help="データセットの名前")]
JsonOption = Annotated[bool, typer.Option("--json", help="JSONで出力する")]
ActorOption = Annotated[str, typer.Option("--as", help="操作する人の名前（記録に残ります）")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(check)
    app.command()(load)


def check(path: PathArgument, schema: SchemaOption = None, as_json: JsonOption = False) -> None:
    """ファイルを検査し、指摘を出力します。何も保存しません（終了コード: 0 指摘なし、1 あり、2 読めない）。"""
    with opened(read_settings()) as installation, installation.folder.scratch() as scratch:
        try:
            received = receive_path(path, scratch, installation.settings)
            report = check_upload(installation, received, scratch, schema_name=schema).report
        except (RefusedUpload, SchemaNotFound) as error:
            exit_unreadable(error, as_json)
    _print_report(report, as_json)


def load(
    path: PathArgument,
    schema: SchemaOption = None,
    dataset: DatasetOption = None,
    actor: ActorOption = "operator",
    as_json: JsonOption = False,
) -> None:
    """ファイルを検査し、結果とともに下書きとして保存します。公開はされません。"""
    with opened(read_settings()) as installation, installation.folder.scratch() as scratch:
        try:
            received = receive_path(path, scratch, installation.settings)
            accepted = accept_upload(
                installation,
                read_actor(actor),
                received,
                scratch,
                dt.datetime.now(dt.UTC),
                schema_name=schema,
                dataset_name=dataset,
            )
        except (RefusedUpload, SchemaNotFound) as error:
            exit_unreadable(error, as_json)
    if not as_json:
        kept = "下書きとして保存しました" if accepted.is_new else "同じファイルをすでに受け取っています"
        typer.echo(f"「{accepted.name}」: {kept}。", err=True)
    _print_report(accepted.report, as_json, dataset=accepted.name, is_new=accepted.is_new)


@contextmanager
def opened(settings: Settings, served_at: str | None = None) -> Iterator[Installation]:
    """Give the installation of these settings; it is closed afterwards."""
    installation = open_installation(settings, served_at=served_at)
    try:
        yield installation
    finally:
        installation.close()


def read_actor(name: str) -> Actor:
    """Return who acts at the terminal; raises typer.BadParameter for a name that nobody may use."""
    name = name.strip()
    if not name or name == BUNDLED.name or find_control_characters(name):
        raise typer.BadParameter(f"「{show_text(name)}」という名前では操作できません。", param_hint="--as")
    return at_the_terminal(name)


def _print_report(report: Report, as_json: bool, **more: Any) -> None:  # noqa: ANN401  # JSON values
    if as_json:
        typer.echo(json.dumps({**more, **report.as_json()}, ensure_ascii=False, indent=1))
    else:
        typer.echo(write_report(report))
    raise typer.Exit(1 if report.total else 0)


def exit_unreadable(error: RefusedUpload | SchemaNotFound, as_json: bool) -> NoReturn:
    """Print why a file is refused, and end with status 2."""
    mend = error.mend if isinstance(error, RefusedUpload) else "スキーマの一覧は /schemas/ にあります。"
    rule = error.rule if isinstance(error, RefusedUpload) else "schema-missing"
    why = show_text(str(error))
    if as_json:
        refusal = {"refused": {"rule": rule, "why": why, "mend": mend}}
        typer.echo(json.dumps(refusal, ensure_ascii=False, indent=1))
    else:
        typer.echo(f"受け取れません（{rule}）: {why}\n直し方: {mend}\n重大 1件、注意 0件、参考 0件")
    raise typer.Exit(2)
