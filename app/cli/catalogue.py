"""`shisaku rebase` and `journal`: acts on the catalogue as a whole."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from app.cli.upload import ActorOption, read_actor
from app.publish.rebase import rebase_catalogue
from app.settings import read_settings
from app.storage.installation import open_installation
from app.storage.journal import find_broken_event

journal = typer.Typer(help="操作の記録", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(rebase)
    app.add_typer(journal, name="journal")


def rebase(
    url: Annotated[str, typer.Argument(help="新しい公開アドレス（例: https://data.example.jp）")],
    actor: ActorOption = "operator",
) -> None:
    """公開アドレスを変更し、アドレスを含むファイルを作りなおします。"""
    settings = read_settings().model_copy(update={"public_url": ""})
    installation = open_installation(settings)
    count = rebase_catalogue(installation, read_actor(actor), url.rstrip("/"), dt.datetime.now(dt.UTC))
    installation.close()
    typer.echo(f"公開アドレスを {url.rstrip('/')} にし、{count}個の版のファイルを作りなおしました。")


@journal.callback()
def _journal() -> None:
    """操作の記録を扱います。"""


@journal.command()
def verify() -> None:
    """記録が書き換えられていないことを確かめます（終了コード: 0 正しい、1 誤りがある）。"""
    installation = open_installation(read_settings())
    broken = find_broken_event(installation.database)
    installation.close()
    if broken is not None:
        typer.echo(f"記録の {broken} 番目から、つながりが正しくありません。")
        raise typer.Exit(1)
    typer.echo("記録は正しくつながっています。")
