"""The repaired tables of an upload as a file; the upload itself stays as it is."""

from __future__ import annotations

from typing import BinaryIO

from app.errors import RefusedUpload
from app.formats.grid import write_grid_csv, write_grid_xlsx
from app.ingest.repair import Repairs
from app.settings import Settings

REPAIRED_SUFFIXES = (".csv", ".xlsx")


def write_repaired(
    repairs: Repairs, suffix: str, target: BinaryIO, settings: Settings, *, doubtful: bool
) -> None:
    """Write every row of the tables with the certain edits made, and the doubtful ones on demand.

    `suffix` is one of `REPAIRED_SUFFIXES`. Raises RefusedUpload if that form can't hold them.
    """
    sheets = {
        plan.table.title if len(repairs.plans) == 1 else f"{number} {plan.table.title}": plan.apply(
            settings, doubtful=doubtful
        )
        for number, plan in enumerate(repairs.plans, start=1)
    }
    if suffix == ".csv":
        if len(sheets) != 1:
            raise RefusedUpload(
                "repaired-form",
                f"表が{len(sheets)}個あるので、1つのCSVには書き出せません。",
                "名前の終わりを .xlsx にしてください。",
            )
        write_grid_csv(next(iter(sheets.values())), target)
        return
    try:
        write_grid_xlsx(sheets, target)
    except ValueError as error:
        raise RefusedUpload("repaired-form", str(error), "名前の終わりを .csv にしてください。") from error
