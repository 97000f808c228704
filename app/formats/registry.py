"""Which writer makes which format of a table, or of a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO, TypeAlias

from pyoxigraph import RdfFormat

from app.formats.context import RenderContext
from app.formats.cp932 import write_sjis_csv
from app.formats.csv import write_bom_csv, write_csv
from app.formats.csvw import write_csvw
from app.formats.json import write_json, write_jsonl
from app.formats.jsonld import write_jsonld
from app.formats.losses import Losses
from app.formats.parquet import write_parquet
from app.formats.plan import write_plan_graph
from app.formats.stratml import fits_stratml, write_stratml
from app.formats.xlsx import write_xlsx
from app.model.distribution import PLAN_FORMATS, Format
from app.model.plan import PLAN_SCHEMA
from app.model.table import Table
from app.vocabulary.schemes import SchemeRegistry

Writer: TypeAlias = Callable[[Table, RenderContext, BinaryIO], Losses | None]

WRITERS: dict[str, Writer] = {
    "csv": lambda table, _, target: write_csv(table, target),
    "bom.csv": lambda table, _, target: write_bom_csv(table, target),
    "sjis.csv": lambda table, _, target: write_sjis_csv(table, target),
    "xlsx": write_xlsx,
    "json": lambda table, _, target: write_json(table, target),
    "jsonl": lambda table, _, target: write_jsonl(table, target),
    "jsonld": write_jsonld,
    "parquet": write_parquet,
    "csv-metadata.json": write_csvw,
}
"""The writer of each suffix of `TABLE_FORMATS`."""

GRAPH_SYNTAXES = {"plan.ttl": RdfFormat.TURTLE, "plan.jsonld": RdfFormat.JSON_LD}
"""The syntax of each suffix under which the graph of a plan is."""

_STRATML = "plan.stratml.xml"


def list_plan_formats(tables: Sequence[Table]) -> list[Format]:
    """Return the formats that tables have as a plan: none if they are none."""
    if not any(table.schema.name == PLAN_SCHEMA for table in tables):
        return []
    fits = fits_stratml(tables)
    return [entry for entry in PLAN_FORMATS if fits or entry.suffix != _STRATML]


def render_table(table: Table, format: Format, context: RenderContext, target: BinaryIO) -> Losses:  # noqa: A002 - the word of the whole code
    """Write a table in a format and return what the format cannot hold.

    Raises KeyError if the format isn't a table's, ValueError if the table doesn't fit into it (XLSX).
    """
    return WRITERS[format.suffix](table, context, target) or Losses()


def render_plan(
    tables: Sequence[Table],
    format: Format,  # noqa: A002 - the word of the whole code
    context: RenderContext,
    schemes: SchemeRegistry,
    target: BinaryIO,
) -> None:
    """Write the tables of a plan in a format of `PLAN_FORMATS`; raises KeyError if it is none of them."""
    if format.suffix == _STRATML:
        write_stratml(tables, context, target)
    else:
        write_plan_graph(tables, context, schemes, GRAPH_SYNTAXES[format.suffix], target)
