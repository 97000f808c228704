"""Rules: what names an earlier plan or its measures names those of the same municipality."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from app.checks.place import Record
from app.model.plan import EARLIER_KINDS
from app.model.report import Finding
from app.model.table_schema import Field, TableSchema

FindWard: TypeAlias = Callable[[str, str, str], str | None]
"""Given a kind (`plan`, `measure`), an ID and a municipality's code: the code of the municipality of which
another dataset, effective or on its way, has that row, or None; of several the one given."""

_CODE = "全国地方公共団体コード"
_WORDS = {"plan": "計画", "measure": "施策"}


def list_earlier_fields(schema: TableSchema) -> list[Field]:
    """Return the columns of a schema that name rows of earlier plans."""
    return [field for field in schema.fields if field.rdf_property in EARLIER_KINDS]


def check_earlier_plan(record: Record, field: Field, find_ward: FindWard) -> Iterator[Finding]:
    """Yield a finding for each ID of a cell that no dataset has, or that another municipality's has."""
    kind = EARLIER_KINDS[field.rdf_property or ""]
    ward, text = record.texts.get(_CODE, ""), record.texts.get(field.name, "")
    for identifier in dict.fromkeys(text.split(field.delimiter)) if text else ():
        found = find_ward(kind, identifier, ward)
        if found is None:
            yield record.make_finding(
                "earlier-plan",
                f"「{identifier}」という{_WORDS[kind]}が、このカタログのほかのデータセットにありません。",
                "IDを確かめてください。前の計画をまだ送っていないときは、先に送って承認を求めてください。",
                (field.name,),
            )
        elif found != ward:
            yield record.make_finding(
                "earlier-plan-ward",
                f"「{identifier}」は、ほかの自治体（{found}）の{_WORDS[kind]}です。",
                "同じ自治体の前の計画のIDに直すか、空欄にしてください。",
                (field.name,),
            )
