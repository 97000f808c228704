"""`shisaku repair`: what should be changed in a file's cells, and the file with the changes made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from app.cli.upload import JsonOption, PathArgument, SchemaOption, exit_unreadable, opened
from app.errors import RefusedUpload, SchemaNotFound
from app.ingest.receive import receive_path
from app.ingest.repair import Repairs, repair_upload
from app.ingest.repair_text import write_repairs
from app.ingest.repaired_file import REPAIRED_SUFFIXES, write_repaired
from app.settings import Settings, read_settings

WriteOption = Annotated[
    Path | None, typer.Option("--write", help="直した表を書き出すファイル（.csv か .xlsx。まだないもの）")
]
DoubtfulOption = Annotated[
    bool, typer.Option("--doubtful", help="「要確認」の修正も書き出すファイルに入れる")
]


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(repair)


def repair(
    path: PathArgument,
    schema: SchemaOption = None,
    as_json: JsonOption = False,
    target: WriteOption = None,
    doubtful: DoubtfulOption = False,
) -> None:
    """直せるところを一覧にします。元のファイルは変えません（終了コード: 0 なし、1 あり、2 読めない）。"""
    _require_writable(target)
    with opened(read_settings()) as installation, installation.folder.scratch() as scratch:
        try:
            received = receive_path(path, scratch, installation.settings)
            repairs = repair_upload(installation, received, scratch, schema_name=schema)
            if target is not None:
                _write(repairs, target, installation.settings, doubtful=doubtful)
        except (RefusedUpload, SchemaNotFound) as error:
            exit_unreadable(error, as_json)
    if as_json:
        typer.echo(json.dumps(repairs.as_json(), ensure_ascii=False, indent=1))
    else:
        typer.echo(write_repairs(repairs), nl=False)
    if target is not None:
        typer.echo(f"直した表を「{target}」に書き出しました。", err=True)
    raise typer.Exit(1 if repairs.edits else 0)


def _require_writable(target: Path | None) -> None:
    if target is None:
        return
    if target.suffix.lower() not in REPAIRED_SUFFIXES:
        raise typer.BadParameter("名前の終わりを .csv か .xlsx にしてください。", param_hint="--write")
    if target.exists():
        raise typer.BadParameter(
            f"「{target}」はすでにあります。まだないファイルの名前にしてください。", param_hint="--write"
        )


def _write(repairs: Repairs, target: Path, settings: Settings, *, doubtful: bool) -> None:
    """Write the file whole or not at all, and never over another."""
    try:
        with target.open("xb") as file:
            write_repaired(repairs, target.suffix.lower(), file, settings, doubtful=doubtful)
    except RefusedUpload:
        target.unlink()
        raise
    except OSError as error:
        raise typer.BadParameter(
            f"「{target}」に書き込めません（{error}）。", param_hint="--write"
        ) from error
