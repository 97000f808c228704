"""`shisaku token`: API tokens of people and programs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from app.cli.upload import ActorOption, opened, read_actor
from app.model.actor import Action
from app.people.token import MAX_DAYS, add_token, revoke_token
from app.settings import read_settings
from app.storage.tokens import list_tokens

token = typer.Typer(help="APIのトークン", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="トークンの名前（記録に残ります）")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(token, name="token")


@token.command()
def add(
    name: NameArgument,
    organization: Annotated[str, typer.Option(help="組織の名前（例: t131156）")],
    action: Annotated[list[Action], typer.Option(help="許す操作（繰り返して指定できます）")],
    days: Annotated[int, typer.Option(help="有効な日数", min=1, max=MAX_DAYS)] = 90,
    actor: ActorOption = "operator",
) -> None:
    """トークンを作り、一度だけ表示します。"""
    with opened(read_settings()) as installation:
        now = dt.datetime.now(dt.UTC)
        secret = add_token(installation, read_actor(actor), name, organization, action, days, now)
    typer.echo("このトークンは二度と表示されません。安全な場所に控えてください。", err=True)
    typer.echo(secret)


@token.command("list")
def show() -> None:
    """トークンの一覧を表示します（秘密の値は含みません）。"""
    now = dt.datetime.now(dt.UTC)
    with opened(read_settings()) as installation, installation.database.reading() as session:
        for entry in list_tokens(session):
            ended = "取消し" if entry.revoked_at else "期限切れ" if entry.expires_at <= now else "有効"
            typer.echo(
                f"{entry.name}\t{entry.organization}\t{entry.actions}\t{entry.expires_at:%Y-%m-%d}\t{ended}"
            )


@token.command()
def revoke(name: NameArgument, actor: ActorOption = "operator") -> None:
    """トークンを使えなくします。"""
    with opened(read_settings()) as installation:
        revoke_token(installation, read_actor(actor), name, dt.datetime.now(dt.UTC))
    typer.echo(f"「{name}」を使えなくしました。")
