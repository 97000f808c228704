"""`shisaku verify`, `sweep`, `backup`, `restore`, `move`: what is stored, as a whole."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.cli.upload import JsonOption, opened
from app.publish.move import move_installation
from app.publish.verify import verify_installation
from app.settings import read_settings
from app.storage.backup import restore_backup, write_backup
from app.storage.sweep import sweep_installation


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    for command in (verify, sweep, backup, restore, move):
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


def backup(file: Annotated[Path, typer.Argument(help="作るファイル（まだないもの）")]) -> None:
    """すべてを1つのファイルに写します。動いている間にも実行できます。"""
    with opened(read_settings()) as installation:
        made = write_backup(installation, file, dt.datetime.now(dt.UTC))
    typer.echo(
        f"「{file}」に、{made.rows:,}行と{made.blobs:,}個のファイル（{made.bytes:,}バイト）を写しました。"
    )


def restore(file: Annotated[Path, typer.Argument(help="backup で作ったファイル")]) -> None:
    """バックアップを、空のカタログに戻します（前の版の公開しなおしは restore-version）。"""
    made = restore_backup(read_settings(), file)
    typer.echo(f"{made.rows:,}行と{made.blobs:,}個のファイル（{made.bytes:,}バイト）を戻しました。")


def move(
    to_database: Annotated[str, typer.Option(help="移動先のデータベース（postgresql://…）")],
    to_files: Annotated[str, typer.Option(help="移動先の保管先（s3://bucket/prefix）")],
) -> None:
    """すべてを別のデータベースと保管先に写し、そこで確かめます。元のデータは残ります。"""
    with opened(read_settings()) as installation:
        moved = move_installation(installation, to_database, to_files)
    typer.echo(
        f"{moved.rows:,}行と{moved.blobs:,}個のファイルが移動先にあり（今回は{moved.copied:,}個を写しました）、"
        "すべて元と同じです。SHISAKU_DATABASE_URL と SHISAKU_FILES_URL を設定して、起動してください。"
    )
