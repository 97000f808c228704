"""`shisaku sweep` and `verify`: what is stored, as a whole."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict

import typer

from app.cli.upload import JsonOption, opened
from app.publish.verify import verify_installation
from app.settings import read_settings
from app.storage.sweep import sweep_installation


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    for command in (verify, sweep):
        app.command()(command)


def verify(as_json: JsonOption = False) -> None:
    """保存したすべてを読み、失われたものや変わったものを出力します（終了コード: 0 正しい、1 誤りがある）。"""
    with opened(read_settings()) as installation:
        verified = verify_installation(installation)
    if as_json:
        typer.echo(json.dumps(asdict(verified), ensure_ascii=False, indent=1))
    else:
        for fault in verified.faults:
            typer.echo(f"{fault.kind}: {fault.subject}: {fault.why}")
        typer.echo(
            f"{verified.versions:,}個の版、{verified.blobs:,}個のファイル（{verified.bytes:,}バイト）、"
            f"{verified.events:,}件の操作の記録を確かめました。誤りは{len(verified.faults):,}件です。"
        )
    raise typer.Exit(1 if verified.faults else 0)


def sweep() -> None:
    """どこからも使われていない古いファイルを消します。動いている間にも実行できます。"""
    with opened(read_settings()) as installation:
        swept = sweep_installation(installation, dt.datetime.now(dt.UTC))
    typer.echo(
        f"使われていないファイル{swept.blobs:,}個（{swept.bytes:,}バイト）、手元の写し{swept.copies:,}個、"
        f"作業用フォルダー{swept.scratch:,}個を消しました。"
    )
