"""The command `shisaku`: for operators, and for staff who work in a terminal."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from app.cli import catalogue, jobs, repair, serve, storage, token, upload, version
from app.errors import ShisakuError

app = typer.Typer(
    help="施策オープンデータカタログ（Shisaku）",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _room in (serve, upload, repair, version, jobs, token, catalogue, storage):
    _room.register(app)


def main() -> None:
    """Run the command; an error made on purpose becomes its Japanese sentence and exit status 2."""
    try:
        app()
    except ShisakuError as error:
        console = Console(stderr=True, highlight=False)
        console.print(f"{error.title}: {error}", markup=False)
        if mend := getattr(error, "mend", ""):
            console.print(f"直し方: {mend}", markup=False)
        sys.exit(2)
