"""`shisaku submit`, `approve`, `send-back`, `cancel`, `restore-version`, `retire`, `withdraw`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from app.cli.upload import ActorOption, opened, read_actor
from app.model.clock import system_clock
from app.publish.approve import approve_version, cancel_approval
from app.publish.jobs import finish_job
from app.publish.record import retire_dataset
from app.publish.restore import restore_version
from app.publish.submit import send_back_version, submit_version
from app.publish.withdraw import withdraw_version
from app.settings import read_settings
from app.storage.entities import State
from app.storage.installation import DEFAULT_BASE
from app.storage.versions import find_newest_version

NameArgument = Annotated[str, typer.Argument(help="データセットの名前")]
NumberArgument = Annotated[int, typer.Argument(help="版の番号", min=1)]
AtOption = Annotated[
    dt.datetime | None,
    typer.Option("--at", help="公開する日時（日本時間）", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
]
_JAPAN = dt.timezone(dt.timedelta(hours=9))


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    for command in (submit, approve, send_back, cancel, retire, withdraw):
        app.command()(command)
    app.command("restore-version")(restore)


def submit(name: NameArgument, actor: ActorOption = "operator") -> None:
    """いちばん新しい下書きについて、承認を求めます。"""
    with opened(read_settings()) as installation:
        submit_version(installation, read_actor(actor), name, _now())
    typer.echo(f"「{name}」の下書きを承認待ちにしました。")


def approve(name: NameArgument, at: AtOption = None, actor: ActorOption = "operator") -> None:
    """いちばん新しい下書き、または承認待ちの版を公開します。"""
    effective_at = None if at is None else at.replace(tzinfo=_JAPAN)
    person = read_actor(actor)
    with opened(read_settings(), served_at=DEFAULT_BASE) as installation:
        with installation.database.reading() as session:
            newest = find_newest_version(session, name)
        if newest is not None and newest.version.state == State.DRAFT:
            submit_version(installation, person, name, _now())
        approved = approve_version(installation, person, name, _now(), effective_at=effective_at)
        finish_job(installation, approved.job_id, system_clock)
        when = approved.effective_at.astimezone(_JAPAN)
        done = (
            "を公開しました"
            if effective_at is None
            else f"は {when:%Y-%m-%d %H:%M}（日本時間）に公開されます"
        )
        typer.echo(f"「{approved.name}」の第{approved.number}版{done}。")
        typer.echo(f"{installation.base}/dataset/{approved.name}")


def send_back(
    name: NameArgument,
    comment: Annotated[str, typer.Option(help="差し戻す理由")],
    actor: ActorOption = "operator",
) -> None:
    """承認待ちの版を、理由を付けて下書きに戻します。"""
    with opened(read_settings()) as installation:
        send_back_version(installation, read_actor(actor), name, comment, _now())
    typer.echo(f"「{name}」の承認待ちの版を差し戻しました。")


def cancel(name: NameArgument, number: NumberArgument, actor: ActorOption = "operator") -> None:
    """まだ公開されていない版の承認を取り消し、下書きに戻します。"""
    with opened(read_settings()) as installation:
        cancel_approval(installation, read_actor(actor), name, number, _now())
    typer.echo(f"「{name}」の第{number}版の承認を取り消しました。")


def restore(name: NameArgument, number: NumberArgument, actor: ActorOption = "operator") -> None:
    """前の版を、次の番号の版として公開しなおします。"""
    with opened(read_settings(), served_at=DEFAULT_BASE) as installation:
        approved = restore_version(installation, read_actor(actor), name, number, _now())
        finish_job(installation, approved.job_id, system_clock)
    typer.echo(f"「{name}」の第{number}版を、第{approved.number}版として公開しました。")


def retire(
    name: NameArgument,
    notice: Annotated[str, typer.Option(help="公開を終了することと理由を知らせる文")],
    actor: ActorOption = "operator",
) -> None:
    """公開の終了を予告します。予告期間のあと、一覧から外れます（ファイルは残ります）。"""
    with opened(read_settings(), served_at=DEFAULT_BASE) as installation:
        retire_at = retire_dataset(installation, read_actor(actor), name, notice, _now())
    typer.echo(f"「{name}」は {retire_at.astimezone(_JAPAN):%Y-%m-%d %H:%M}（日本時間）に一覧から外れます。")


def withdraw(
    name: NameArgument,
    number: NumberArgument,
    reason: Annotated[str, typer.Option(help="取り下げる理由（公開されます）")],
    actor: ActorOption = "operator",
) -> None:
    """害のある版をただちに取り下げ、ファイルを消します。元には戻せません。"""
    with opened(read_settings()) as installation:
        withdraw_version(installation, read_actor(actor), name, number, reason, _now())
    typer.echo(f"「{name}」の第{number}版を取り下げました。")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
