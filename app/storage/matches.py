"""Search queries over listed releases: which records match, in which order, and counts of their values."""

from __future__ import annotations

import datetime as dt
import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.model.query import (
    And,
    Everything,
    Not,
    Or,
    Pattern,
    Query,
    QuerySyntaxError,
    Range,
    Words,
    list_words,
)
from app.model.search import Weight, normalize_words
from app.storage.entities import (
    DatasetEntity,
    RecordRevisionEntity,
    SearchValueEntity,
)
from app.storage.releases import is_listed, join_releases, modified_at
from app.storage.search import SearchConditions

Condition = sa.ColumnElement[bool]
Column = sa.SQLColumnExpression[Any]

SORT_FIELDS = ("id", "name", "metadata_created", "metadata_modified", "title_string", "score")
"""What matches can be ordered by."""

_TEXT_FIELDS: dict[str | None, tuple[Weight, ...]] = {
    None: (),
    "text": (),
    "title": (Weight.TITLE,),
    "notes": (Weight.DESCRIPTION,),
}
_VALUE_FIELDS = frozenset(
    {
        "author",
        "groups",
        "license_id",
        "local_government_code",
        "maintainer",
        "organization",
        "owner_org",
        "res_format",
        "tags",
        "title_string",
    }
)
_SAME_FOR_ALL = {
    "type": "dataset",
    "dataset_type": "dataset",
    "state": "active",
    "capacity": "public",
    "private": "false",
}
_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field of `SORT_FIELDS` and a direction."""

    field: str
    descending: bool = False


def list_matches(
    session: Session, query: Query, order: Sequence[SortKey], scored: Query, now: dt.datetime
) -> array[int]:
    """Return the keys of all matching listed records in a total order: by `order`, then by the dataset's id.

    `scored` holds the words whose finds make the score. Raises QuerySyntaxError for an end of a range that is
    no time where one is needed.
    """
    index = SearchConditions(session)
    statement = _matching(index, query, now)
    columns: dict[str, Column] = {
        "id": col(DatasetEntity.id),
        "name": col(DatasetEntity.name),
        "metadata_created": col(DatasetEntity.created_at),
        "metadata_modified": modified_at(),
    }
    fields = {key.field for key in order}
    if "title_string" in fields:
        title = aliased(SearchValueEntity)
        is_title = sa.and_(
            col(title.record_id) == RecordRevisionEntity.id, col(title.field) == "title_string"
        )
        statement = statement.join(title, is_title, isouter=True)
        columns["title_string"] = col(title.value)
    if "score" in fields:
        score = index.score(_list_scored(scored))
        if score is not None:
            statement = statement.join(score, score.c.record_id == RecordRevisionEntity.id, isouter=True)
            columns["score"] = sa.func.coalesce(score.c.score, 0)
    keys = [
        sa.desc(columns[key.field]) if key.descending else sa.asc(columns[key.field])
        for key in order
        if key.field in columns  # no words, no score
    ]
    rows = session.execute(statement.order_by(*keys, col(DatasetEntity.id)))
    return array("q", (row[0] for row in rows))


def count_values(
    session: Session, query: Query, fields: Sequence[str], now: dt.datetime
) -> dict[str, dict[str, int]]:
    """Return, for each field, how many matching records have each value: most first, then by value."""
    counted = sa.func.count()
    statement = (
        sa.select(col(SearchValueEntity.field), col(SearchValueEntity.value), counted)
        .where(
            col(SearchValueEntity.field).in_([field for field in fields if field in _VALUE_FIELDS]),
            col(SearchValueEntity.record_id).in_(_matching(SearchConditions(session), query, now)),
        )
        .group_by(col(SearchValueEntity.field), col(SearchValueEntity.value))
        .order_by(counted.desc(), col(SearchValueEntity.value))
    )
    found: dict[str, dict[str, int]] = {field: {} for field in fields}
    for field, value, count in session.execute(statement):
        found[field][value] = count
    return found


def _matching(index: SearchConditions, query: Query, now: dt.datetime) -> sa.Select[Any]:
    matching = _Compiler(index).compile(query)
    columns = join_releases(now).with_only_columns(col(RecordRevisionEntity.id))
    return columns.where(is_listed(now), matching)


def _list_scored(query: Query) -> list[tuple[Words | Pattern, tuple[Weight, ...]]]:
    return [
        (words, _TEXT_FIELDS[words.field])
        for words in list_words(query)
        if words.field in _TEXT_FIELDS and any(map(normalize_words, _texts_of(words)))
    ]


def _texts_of(words: Words | Pattern) -> tuple[str, ...]:
    return words.parts if isinstance(words, Pattern) else (words.text,)


class _Compiler:
    """Makes a condition on dataset, version and record of each part of a query."""

    def __init__(self, index: SearchConditions) -> None:
        self._index = index

    def compile(self, query: Query) -> Condition:
        match query:
            case Everything():
                return sa.true()
            case Not(part):
                return sa.not_(self.compile(part))
            case And(parts):
                return sa.and_(*map(self.compile, parts))
            case Or(parts):
                return sa.or_(*map(self.compile, parts))
            case Range():
                return self._compile_range(query)
            case _:
                return self._compile_words(query)

    def _compile_words(self, wanted: Words | Pattern) -> Condition:
        field = wanted.field
        if any("\0" in text for text in _texts_of(wanted)):  # PostgreSQL takes none, and no value has one
            return sa.false()
        if field in _TEXT_FIELDS:
            if not any(map(normalize_words, _texts_of(wanted))):
                return sa.true()  # nothing to look for: a dash between two words
            return self._index.holds(wanted, _TEXT_FIELDS[field])
        if field in _TIMES:
            return self._compile_time(field, wanted)
        if field in _SAME_FOR_ALL:
            return sa.true() if _fits(_SAME_FOR_ALL[field], wanted) else sa.false()
        if field in _NAMES:
            return self._index.is_like(_NAMES[field], wanted)
        if field in _VALUE_FIELDS:
            fits = self._index.is_like(col(SearchValueEntity.value), wanted)
            return self._index.has_value(str(field), fits)
        return sa.false()

    def _compile_time(self, field: str | None, wanted: Words | Pattern) -> Condition:
        if isinstance(wanted, Pattern):
            if any(wanted.parts):
                raise QuerySyntaxError(f"{field} には、時刻か範囲を指定してください。")
            return sa.true()
        return _TIMES[field]() == _read_time(wanted.text)

    def _compile_range(self, wanted: Range) -> Condition:
        field = wanted.field
        ends = [end for end in (wanted.low, wanted.high) if end is not None]
        if any("\0" in end for end in ends):
            return sa.false()
        if field in _TIMES:
            times = [None if end is None else _read_time(end) for end in (wanted.low, wanted.high)]
            return _is_between(_TIMES[field](), times[0], times[1])
        if field in _NAMES:
            return _is_between(_NAMES[field], wanted.low, wanted.high)
        if field in _VALUE_FIELDS:
            within = _is_between(col(SearchValueEntity.value), wanted.low, wanted.high)
            return self._index.has_value(str(field), within)
        if field in _TEXT_FIELDS or field in _SAME_FOR_ALL:
            return sa.false() if ends else sa.true()
        return sa.false()


_NAMES: dict[str | None, Column] = {
    "id": col(DatasetEntity.id),
    "name": col(DatasetEntity.name),
}
_TIMES: dict[str | None, Callable[[], Column]] = {
    "metadata_created": lambda: col(DatasetEntity.created_at),
    "metadata_modified": modified_at,
}


def _fits(value: str, wanted: Words | Pattern) -> bool:
    if isinstance(wanted, Words):
        return value == wanted.text
    return bool(re.fullmatch(".*".join(map(re.escape, wanted.parts)), value, re.DOTALL))


def _is_between(column: Column, low: object | None, high: object | None) -> Condition:
    conditions = [] if low is None else [column >= low]
    conditions += [] if high is None else [column <= high]
    return sa.and_(sa.true(), *conditions)


def _read_time(text: str) -> dt.datetime:
    """Return the moment that a text names: ISO 8601, in UTC where it has no offset."""
    if not _ISO_TIME.fullmatch(text):
        raise QuerySyntaxError(f"「{text}」は時刻として読めません（例: 2026-01-02T03:04:05Z）。")
    try:
        time = dt.datetime.fromisoformat(text)
        return time.replace(tzinfo=dt.UTC) if time.tzinfo is None else time.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise QuerySyntaxError(f"「{text}」という時刻はありません。") from error
