"""Rules: what names a row of another table of the package names one that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from app.checks.keys import hash_key
from app.checks.place import Record
from app.model.report import Finding
from app.model.table_schema import ForeignKey


@dataclass(frozen=True, slots=True)
class ReferencedKeys:
    """The keys of a table that others refer to, by columns; `source` is the name that people know."""

    source: str
    hashes: Mapping[tuple[str, ...], AbstractSet[bytes]]


def check_foreign_key(
    record: Record, key: ForeignKey, tables: Mapping[str, ReferencedKeys], own_table: str
) -> Iterator[Finding]:
    """Yield a finding if the row refers to a row or a table that is not in the package.

    `tables` holds the package's tables by name. Columns that could not be read from the referenced table are
    not in its `hashes`, and references to them are not judged. An all-empty key refers to nothing.
    """
    texts = [record.texts.get(column, "") for column in key.fields]
    if not any(texts):
        return
    name = key.table or own_table
    table = tables.get(name)
    named = "・".join(key.fields)
    if table is None:
        yield record.make_finding(
            "foreign-key-table",
            f"「{named}」は表「{name}」の行を指しますが、その表がありません。",
            f"表「{name}」も一緒に送ってください。",
            key.fields,
        )
        return
    known = table.hashes.get(key.reference_fields)
    if known is not None and hash_key(texts) not in known:
        wanted = "・".join(key.reference_fields)
        yield record.make_finding(
            "foreign-key",
            f"「{named}」の値が、{table.source} の「{wanted}」にありません。",
            f"{table.source} にその行を加えるか、「{named}」を正しい値に直してください。",
            key.fields,
        )
