"""Rules: primary key, unique fields and unique keys. Memory holds 16 bytes of each key, not the key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.checks.place import Record
from app.model.report import Finding
from app.model.table_schema import TableSchema


def hash_key(texts: Iterable[str]) -> bytes:
    """Return 16 bytes that stand for the texts of a key's columns."""
    return hashlib.blake2b("\x00".join(texts).encode(errors="surrogatepass"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """Columns whose values together occur once, and the rows in which each was first seen."""

    rule: str
    columns: tuple[str, ...]
    optional_columns: tuple[str, ...]
    first_rows: dict[bytes, int] = field(default_factory=dict)


def list_unique_keys(schema: TableSchema) -> tuple[UniqueKey, ...]:
    """Return the keys of a schema, each set of columns once, with nothing seen yet."""
    rules: dict[tuple[str, ...], str] = {}
    if schema.primary_key:
        rules[schema.primary_key] = "primary-key"
    for entry in schema.fields:
        if entry.unique:
            rules.setdefault((entry.name,), "unique")
    for columns in schema.unique_keys:
        rules.setdefault(columns, "unique-key")
    optional = {entry.name for entry in schema.fields if not entry.required}
    return tuple(
        UniqueKey(rule, columns, tuple(name for name in columns if name in optional))
        for columns, rule in rules.items()
    )


def check_unique_key(record: Record, key: UniqueKey) -> Iterator[Finding]:
    """Yield a finding if the row repeats a key or lacks a part of its primary key; remembers the key.

    An empty part of a required field is the constraint's finding, not ours. Other keys with an empty part are
    not compared.
    """
    if any(column not in record.texts for column in key.columns):
        return
    texts = [record.texts[column] for column in key.columns]
    if not all(texts):
        if key.rule == "primary-key":
            yield from _check_missing_part(record, key)
        return
    first = key.first_rows.setdefault(hash_key(texts), record.row)
    if first != record.row:
        named = "・".join(key.columns)
        yield record.make_finding(
            key.rule,
            f"「{named}」の値が{first}行目と同じです。行を1つに決められません。",
            f"「{named}」を行ごとに違う値にするか、重複した行を削除してください。",
            key.columns,
        )


def _check_missing_part(record: Record, key: UniqueKey) -> Iterator[Finding]:
    empty = tuple(column for column in key.optional_columns if not record.texts[column])
    if empty:
        yield record.make_finding(
            key.rule,
            f"行を見分けるための「{'・'.join(empty)}」が空です。",
            "ほかの行と重ならない値を書いてください。",
            empty,
        )
