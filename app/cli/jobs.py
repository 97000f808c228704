"""`shisaku jobs`: what is being made, how far it is, and what fails."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from app.cli.upload import JsonOption
from app.publish.jobs import describe_job
from app.settings import read_settings
from app.storage.installation import open_installation
from app.storage.jobs import list_jobs


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(jobs)


def jobs(
    everything: Annotated[bool, typer.Option("--all", help="終わったジョブも出力する")] = False,
    as_json: JsonOption = False,
) -> None:
    """進行中のジョブ（公開の準備など）を、新しい順に出力します。"""
    installation = open_installation(read_settings())
    with installation.database.reading() as session:
        found = [describe_job(*row) for row in list_jobs(session, finished=everything)]
    installation.close()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    elif not found:
        typer.echo("進行中のジョブはありません。")
    else:
        for job in found:
            typer.echo(_describe(job))


def _describe(job: dict[str, Any]) -> str:
    done, steps = job["progress"]["done"], job["progress"]["steps"]
    state = f"{job['finished_at']} に終了" if job["finished_at"] else f"{steps}段階のうち{done}段階まで終了"
    line = (
        f"{job['id']}: 「{job['dataset']}」第{job['version']}版の公開、{state}"
        f"（{job['begun_at']} から、承認: {job['actor']}）"
    )
    if failure := job["failure"]:
        line += (
            f"\n   {failure['attempts']}回続けて失敗（{failure['error']}）。次は {failure['retry_at']} 以降"
        )
    return line
