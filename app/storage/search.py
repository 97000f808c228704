"""The search index: which words and values a record can be found by, and how to ask for them.

`search_text` holds the folded words by weight and `search_value` whole values by field. `search_index` has
the tokens of each `search_text.id`: a contentless FTS5 table in SQLite, a `tsvector` under GIN in PostgreSQL.
It only narrows down; what it leaves is looked for in the words themselves, so both databases find the same.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import Session, col, select

from app.model.query import Pattern, Words
from app.model.search import (
    SearchEntry,
    Weight,
    is_decided_by_tokens,
    list_query_tokens,
    list_tokens,
    normalize_words,
)
from app.storage.entities import (
    DatasetEntity,
    RecordRevisionEntity,
    RenderingEntity,
    SearchTextEntity,
    SearchValueEntity,
    State,
    VersionEntity,
)

Condition = sa.ColumnElement[bool]

_INDEX = sa.table("search_index", sa.column("rowid"), sa.column("tokens"), sa.column("search_index"))


class Unindexed(NamedTuple):
    """What is rendered but can't be found: a version under a record."""

    dataset: str
    version_id: int
    record_id: int


def clear_search(connection: sa.Connection) -> None:
    """Forget every entry, if the database has the tables for any; the next start fills them again."""
    if not sa.inspect(connection).has_table("search_text"):
        return
    for entity in (SearchValueEntity, SearchTextEntity):
        connection.execute(sa.delete(entity))
    if connection.dialect.name == "sqlite":  # FTS5 without contents takes no plain DELETE
        connection.execute(sa.insert(_INDEX).values(search_index="delete-all"))
    else:
        connection.execute(sa.delete(_INDEX))


def keep_search_entry(session: Session, record_id: int, entry: SearchEntry) -> None:
    """Let a record be found by an entry, in place of the one it had."""
    keep_search_entries(session, {record_id: entry})


def keep_search_entries(session: Session, entries: Mapping[int, SearchEntry]) -> None:
    """Let records be found by these entries, in place of those they had: a few statements for all of them."""
    drop_search_entries(session, entries)
    texts = [
        SearchTextEntity(record_id=record_id, weight=int(weight), text=text)
        for record_id, entry in entries.items()
        for weight, text in entry.texts.items()
    ]
    session.add_all(texts)
    session.flush()
    if texts:
        _keep_tokens(session, texts)
    session.add_all(
        SearchValueEntity(record_id=record_id, field=field, value=value)
        for record_id, entry in entries.items()
        for field, value in dict.fromkeys(entry.values)
    )
    session.flush()


def _keep_tokens(session: Session, texts: Iterable[SearchTextEntity]) -> None:
    """Write what the index has of each text."""
    words = sa.bindparam("words", type_=sa.String)
    tokens = words if _is_sqlite(session) else sa.func.array_to_tsvector(sa.func.string_to_array(words, " "))
    statement = sa.insert(_INDEX).values(rowid=sa.bindparam("key"), tokens=tokens)
    rows = [{"key": text.id, "words": " ".join(sorted(list_tokens(text.text)))} for text in texts]
    session.execute(statement, rows)


def drop_search_entries(session: Session, record_ids: Iterable[int]) -> None:
    """Let records be found by nothing."""
    wanted = list(record_ids)
    rows = session.exec(select(SearchTextEntity).where(col(SearchTextEntity.record_id).in_(wanted))).all()
    for row in rows:
        if _is_sqlite(session):  # a contentless table is told what it had
            tokens = " ".join(sorted(list_tokens(row.text)))
            session.execute(sa.insert(_INDEX).values(search_index="delete", rowid=row.id, tokens=tokens))
        else:
            session.execute(sa.delete(_INDEX).where(_INDEX.c.rowid == row.id))
        session.delete(row)
    session.execute(sa.delete(SearchValueEntity).where(col(SearchValueEntity.record_id).in_(wanted)))
    session.flush()


def drop_search_entries_of(session: Session, version: VersionEntity) -> None:
    """Let no record of a version be found any more, in the writer's transaction."""
    records = select(RecordRevisionEntity.id).where(RecordRevisionEntity.version_id == version.id)
    drop_search_entries(session, [record_id for record_id in session.exec(records) if record_id])


def list_unindexed(session: Session, *, after: int, limit: int) -> list[Unindexed]:
    """Return what is rendered and has no search entry, by record id, from the one after `after`."""
    rendered = sa.exists().where(
        col(RenderingEntity.version_id) == VersionEntity.id,
        col(RenderingEntity.record_id) == RecordRevisionEntity.id,
    )
    statement = (
        sa.select(col(DatasetEntity.name), col(VersionEntity.id), col(RecordRevisionEntity.id))
        .join(VersionEntity, col(VersionEntity.dataset_id) == DatasetEntity.id)
        .join(RecordRevisionEntity, col(RecordRevisionEntity.version_id) == VersionEntity.id)
        .where(
            col(VersionEntity.state) == State.APPROVED,
            col(RecordRevisionEntity.id) > after,
            rendered,
            ~sa.exists().where(col(SearchTextEntity.record_id) == RecordRevisionEntity.id),
        )
        .order_by(col(RecordRevisionEntity.id))
        .limit(limit)
    )
    return [Unindexed(*row) for row in session.execute(statement)]


class SearchConditions:
    """Conditions on `RecordRevisionEntity` for what a record is found by, in the words of one database."""

    def __init__(self, session: Session) -> None:
        self._is_sqlite = _is_sqlite(session)
        self._session = session
        self._found: dict[Hashable, sa.CTE] = {}

    def holds(self, wanted: Words | Pattern, weights: Sequence[Weight] = ()) -> Condition:
        """Return the condition that a record's words hold these, in one text of these weights (none: any)."""
        return col(RecordRevisionEntity.id).in_(sa.select(self._find(wanted, weights).c.record_id))

    def score(self, wanted: Sequence[tuple[Words | Pattern, Sequence[Weight]]]) -> sa.Subquery | None:
        """Return (record_id, score): for each of the words the best weight that holds it, summed up."""
        found = [self._find(words, weights) for words, weights in wanted]
        best = [
            sa.select(hits.c.record_id, sa.func.max(hits.c.weight).label("weight")).group_by(hits.c.record_id)
            for hits in found
        ]
        if not best:
            return None
        each = (best[0] if len(best) == 1 else sa.union_all(*best)).subquery()
        return (
            sa.select(each.c.record_id, sa.func.sum(each.c.weight).label("score"))
            .group_by(each.c.record_id)
            .subquery()
        )

    def has_value(self, field: str, condition: Condition) -> Condition:
        """Return the condition that one of a record's values of a field meets a condition."""
        found = sa.select(col(SearchValueEntity.record_id)).where(
            col(SearchValueEntity.field) == field, condition
        )
        return col(RecordRevisionEntity.id).in_(found)

    def is_like(self, column: sa.SQLColumnExpression[str], wanted: Words | Pattern) -> Condition:
        """Return the condition that a whole text equals or fits, upper and lower case apart."""
        if isinstance(wanted, Words):
            return column == wanted.text
        if self._is_sqlite:  # its LIKE takes ASCII letters of either case
            glob = "*".join(re.sub(r"([*?\[])", r"[\1]", part) for part in wanted.parts)
            return column.op("GLOB", is_comparison=True)(glob)
        like = "%".join(re.sub(r"([\\%_])", r"\\\1", part) for part in wanted.parts)
        return column.like(like, escape="\\")

    def _find(self, wanted: Words | Pattern, weights: Sequence[Weight]) -> sa.CTE:
        """Return (record_id, weight) of the texts that hold these words, read once in a statement."""
        key = (wanted, tuple(weights))
        if key not in self._found:
            if not self._is_sqlite:
                # The planner takes words for rare and joins 20,000 finds one by one: a minute, not a second.
                self._session.execute(sa.text("SET LOCAL enable_nestloop = off"))
            hits = sa.select(col(SearchTextEntity.record_id), col(SearchTextEntity.weight))
            self._found[key] = hits.where(*self._where(wanted, weights)).cte(f"found_{len(self._found)}")
        return self._found[key]

    def _where(self, wanted: Words | Pattern, weights: Sequence[Weight]) -> list[Condition]:
        texts = wanted.parts if isinstance(wanted, Pattern) else (wanted.text,)
        words = [word for word in map(normalize_words, texts) if word]
        conditions: list[Condition] = [col(SearchTextEntity.weight).in_(map(int, weights))] if weights else []
        if words:
            conditions.append(self._has_tokens(words))
        if len(words) > 1 or not all(map(is_decided_by_tokens, words)):
            conditions.append(col(SearchTextEntity.text).like(f"%{'%'.join(words)}%"))
        return conditions

    def _has_tokens(self, words: Sequence[str]) -> Condition:
        found = [list_query_tokens(word) for word in words]
        pairs = sorted(set().union(*(pairs for pairs, _ in found)))
        singles = sorted(set().union(*(singles for _, singles in found)))
        index: Condition
        if self._is_sqlite:
            text = " ".join([*(f'"{pair}"' for pair in pairs), *(f'"{single}"*' for single in singles)])
            index = _INDEX.c.search_index.op("MATCH")(text)
        else:
            text = " & ".join([*(f"'{pair}'" for pair in pairs), *(f"'{single}':*" for single in singles)])
            index = _INDEX.c.tokens.op("@@")(sa.cast(text, TSQUERY))
        return col(SearchTextEntity.id).in_(sa.select(_INDEX.c.rowid).where(index))


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
