"""What readers may know: effective versions and the records effective with them, at a moment.

`current_versions(now)` is the one condition behind every reader path.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col, select

from app.model.distribution import DATASET_FORMATS, ROW_FILE, TABLE_FORMATS, Distribution, Loss, find_format
from app.model.query import Words
from app.model.record import Record
from app.model.release import Release, ReleasedTable
from app.model.search import normalize_words
from app.model.standard import Source
from app.storage.entities import (
    DatasetEntity,
    RecordRevisionEntity,
    RenderingEntity,
    State,
    VersionEntity,
    VersionTableEntity,
)
from app.storage.search import SearchConditions

MAX_NUMBER = 2**31 - 1
"""No version has a higher number."""

_LISTED_FORMATS = [entry.suffix for entry in TABLE_FORMATS + DATASET_FORMATS if entry.listed]
_FORMAT_ORDER = {entry.suffix: place for place, entry in enumerate(TABLE_FORMATS + DATASET_FORMATS)}


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """A version's number and the time from which it is effective."""

    number: int
    effective_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ReleaseFilter:
    """Which releases a list holds; all conditions must be true.

    `terms` are words that each must be found, however written; `publisher` an organization's name,
    `municipality` a six-digit code, `theme` a code of EU data-theme, `schema` the Table Schema of some table.
    """

    terms: tuple[str, ...] = ()
    publisher: str | None = None
    municipality: str | None = None
    theme: str | None = None
    schema: str | None = None


def current_versions(now: dt.datetime) -> sa.ColumnElement[bool]:
    """Return the condition on `VersionEntity` that holds for each dataset's effective version at `now`.

    The version that took effect last decides; if it was withdrawn, the dataset has none.
    """
    later = aliased(VersionEntity)
    newer = sa.or_(
        col(later.effective_at) > col(VersionEntity.effective_at),
        sa.and_(
            col(later.effective_at) == VersionEntity.effective_at,
            col(later.number) > col(VersionEntity.number),
        ),
    )
    superseded = (
        sa.select(col(later.id))
        .where(col(later.dataset_id) == VersionEntity.dataset_id, took_effect(later, now), newer)
        .exists()
    )
    return sa.and_(_is_effective(VersionEntity, now), ~superseded)


def took_effect(version: type[VersionEntity], now: dt.datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a version is or was effective, withdrawn or not."""
    return sa.and_(
        col(version.state).in_([State.APPROVED, State.WITHDRAWN]), col(version.effective_at) <= now
    )


def _is_effective(version: type[VersionEntity], now: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(col(version.state) == State.APPROVED, col(version.effective_at) <= now)


def is_listed(now: dt.datetime) -> sa.ColumnElement[bool]:
    """Return the condition, on version and record, that a dataset's release is listed: not retired."""
    retire_at = col(RecordRevisionEntity.retire_at)
    return sa.and_(current_versions(now), sa.or_(retire_at.is_(None), retire_at > now))


def _is_distribution() -> sa.ColumnElement[bool]:
    return col(RenderingEntity.format) != ROW_FILE.suffix


def _is_current_record(now: dt.datetime) -> sa.ColumnElement[bool]:
    other = aliased(RecordRevisionEntity)
    later = (
        sa.select(col(other.id))
        .where(
            col(other.version_id) == RecordRevisionEntity.version_id,
            col(other.effective_at) <= now,
            col(other.number) > RecordRevisionEntity.number,
        )
        .exists()
    )
    return sa.and_(col(RecordRevisionEntity.effective_at) <= now, ~later)


def find_release(session: Session, name: str, now: dt.datetime, number: int | None = None) -> Release | None:
    """Return the release of a dataset by name or id: the current one, or an earlier one by its number."""
    if "\0" in name or (number or 0) > MAX_NUMBER:  # PostgreSQL knows neither
        return None
    is_named = sa.or_(col(DatasetEntity.name) == name, col(DatasetEntity.id) == name)
    statement = join_releases(now).where(is_named)
    if number is None:
        statement = statement.where(current_versions(now))
    else:
        statement = statement.where(_is_effective(VersionEntity, now), col(VersionEntity.number) == number)
    return next(iter(_build_releases(session, session.execute(statement).all())), None)


def list_releases(
    session: Session,
    wanted: ReleaseFilter,
    now: dt.datetime,
    *,
    order: str,
    offset: int,
    limit: int,
) -> tuple[list[Release], int]:
    """Return one page of current releases in a total order, and how many there are in all.

    `order` is `name`, `modified` (newest first) or `score` (best find first).
    """
    index = SearchConditions(session)
    conditions = [is_listed(now), *_conditions(index, wanted)]
    statement = join_releases(now).where(*conditions)
    total = session.execute(statement.with_only_columns(sa.func.count())).scalar_one()
    first: list[sa.SQLColumnExpression[Any]] = [sa.desc(modified_at())] if order == "modified" else []
    words = [(word, ()) for word in _list_words(wanted)]
    score = index.score(words) if order == "score" else None
    if score is not None:
        statement = statement.join(score, score.c.record_id == RecordRevisionEntity.id)
        first = [sa.desc(score.c.score)]
    page = statement.order_by(*first, col(DatasetEntity.name)).offset(offset).limit(limit)
    return _build_releases(session, session.execute(page).all()), total


def find_listed_record(session: Session, name: str, now: dt.datetime) -> int | None:
    """Return the key of the record of a listed dataset by name or id, or None."""
    if "\0" in name:
        return None
    is_named = sa.or_(col(DatasetEntity.name) == name, col(DatasetEntity.id) == name)
    statement = join_releases(now).where(is_named, is_listed(now))
    return session.execute(statement.with_only_columns(col(RecordRevisionEntity.id))).scalar()


def load_listed(session: Session, records: Sequence[int]) -> dict[int, Release]:
    """Return releases by their records' keys, with those of their distributions that records name."""
    statement = (
        sa.select(DatasetEntity, VersionEntity, RecordRevisionEntity)
        .join(VersionEntity, col(VersionEntity.dataset_id) == DatasetEntity.id)
        .join(RecordRevisionEntity, col(RecordRevisionEntity.version_id) == VersionEntity.id)
        .where(col(RecordRevisionEntity.id).in_(records))
    )
    rows = session.execute(statement).all()
    built = _build_releases(session, rows, col(RenderingEntity.format).in_(_LISTED_FORMATS))
    return {record.id or 0: release for (_, _, record), release in zip(rows, built, strict=True)}


def list_names(
    session: Session,
    now: dt.datetime,
    *,
    after: str = "",
    offset: int = 0,
    limit: int | None = None,
) -> list[str]:
    """Return the names of listed datasets, in order, from the one after `after`."""
    statement = join_releases(now).where(is_listed(now), col(DatasetEntity.name) > after)
    names = statement.with_only_columns(col(DatasetEntity.name)).order_by(col(DatasetEntity.name))
    return [row[0] for row in session.execute(names.offset(offset).limit(limit))]


def count_current(session: Session, now: dt.datetime) -> int:
    """Return how many datasets are listed."""
    statement = join_releases(now).where(is_listed(now)).with_only_columns(sa.func.count())
    return int(session.execute(statement).scalar_one())


def latest_change(session: Session, now: dt.datetime) -> dt.datetime | None:
    """Return the time at which the catalogue last changed for readers, or None if it is empty."""
    versions = select(sa.func.max(VersionEntity.effective_at)).where(_is_effective(VersionEntity, now))
    records = select(sa.func.max(RecordRevisionEntity.effective_at)).where(
        col(RecordRevisionEntity.effective_at) <= now
    )
    retired = select(sa.func.max(RecordRevisionEntity.retire_at)).where(
        col(RecordRevisionEntity.retire_at) <= now
    )
    times = [session.exec(statement).one() for statement in (versions, records, retired)]
    return max((time for time in times if time), default=None)


def count_releases(session: Session, now: dt.datetime, column: str, wanted: ReleaseFilter) -> dict[str, int]:
    """Return how many of the wanted releases there are by `publisher` or by `local_government_code`."""
    key = col(getattr(RecordRevisionEntity, column))
    statement = join_releases(now).where(is_listed(now), *_conditions(SearchConditions(session), wanted))
    rows = session.execute(statement.with_only_columns(key, sa.func.count()).group_by(key).order_by(key))
    return {str(row[0]): int(row[1]) for row in rows}


def list_sources(session: Session, now: dt.datetime) -> list[Source]:
    """Return every table of the listed datasets, by dataset, then in the order of its tables."""
    statement = join_releases(now).where(is_listed(now)).order_by(col(DatasetEntity.name))
    row_file = sa.and_(
        col(RenderingEntity.version_id) == VersionTableEntity.version_id,
        col(RenderingEntity.record_id) == RecordRevisionEntity.id,
        col(RenderingEntity.table_name) == VersionTableEntity.name,
        col(RenderingEntity.format) == ROW_FILE.suffix,
    )
    tables = (
        statement.join(VersionTableEntity, col(VersionTableEntity.version_id) == VersionEntity.id)
        .join(RenderingEntity, row_file, isouter=True)
        .with_only_columns(
            col(DatasetEntity.name),
            col(VersionEntity.number),
            col(RecordRevisionEntity.body),
            VersionTableEntity,
            col(RenderingEntity.sha256),
        )
        .order_by(col(VersionTableEntity.position))
    )
    records: dict[str, Record] = {}
    sources: list[Source] = []
    for name, number, body, table, rows_sha256 in session.execute(tables):
        record = records.get(name) or records.setdefault(name, Record.model_validate_json(body))
        described = next(entry for entry in record.tables if entry.name == table.name)
        sources.append(
            Source(name, number, record, described, table.row_count, table.sha256, rows_sha256 or "")
        )
    return sources


def list_version_summaries(session: Session, name: str, now: dt.datetime) -> list[VersionSummary]:
    """Return a dataset's versions that are or were effective, newest first."""
    statement = (
        select(VersionEntity)
        .join(DatasetEntity, col(VersionEntity.dataset_id) == DatasetEntity.id)
        .where(DatasetEntity.name == name, _is_effective(VersionEntity, now))
        .order_by(col(VersionEntity.effective_at).desc(), col(VersionEntity.number).desc())
    )
    return [
        VersionSummary(version.number or 0, version.effective_at or now)
        for version in session.exec(statement)
    ]


def find_by_hash(session: Session, sha256: str, now: dt.datetime) -> list[tuple[Distribution, dt.datetime]]:
    """Return the distributions with these bytes, of versions that are or were effective, and since when."""
    statement = (
        select(DatasetEntity, VersionEntity, RenderingEntity)
        .join(VersionEntity, col(VersionEntity.dataset_id) == DatasetEntity.id)
        .join(RenderingEntity, col(RenderingEntity.version_id) == VersionEntity.id)
        .join(RecordRevisionEntity, col(RecordRevisionEntity.id) == RenderingEntity.record_id)
        .where(
            RenderingEntity.sha256 == sha256,
            _is_distribution(),
            _is_effective(VersionEntity, now),
            col(RecordRevisionEntity.effective_at) <= now,
        )
        .order_by(col(VersionEntity.effective_at), col(RenderingEntity.record_id))
    )
    return [
        (_build_distribution(dataset.name, rendering), version.effective_at or now)
        for dataset, version, rendering in session.exec(statement)
    ]


def find_dataset_of_resource(session: Session, resource_id: str, now: dt.datetime) -> str | None:
    """Return the name of the dataset whose current version has that resource, or None."""
    statement = (
        select(DatasetEntity.name)
        .join(VersionEntity, col(VersionEntity.dataset_id) == DatasetEntity.id)
        .join(RenderingEntity, col(RenderingEntity.version_id) == VersionEntity.id)
        .where(RenderingEntity.resource_id == resource_id, _is_distribution(), current_versions(now))
    )
    return session.exec(statement).first()


def get_row_file(session: Session, release: Release, table: str, now: dt.datetime) -> str:
    """Return the hash of the row file of a release's table; raises LookupError if there is none."""
    statement = (
        select(RenderingEntity.sha256)
        .join(VersionEntity, col(VersionEntity.id) == RenderingEntity.version_id)
        .where(
            VersionEntity.dataset_id == release.dataset_id,
            VersionEntity.number == release.number,
            _is_effective(VersionEntity, now),
            RenderingEntity.table_name == table,
            RenderingEntity.format == ROW_FILE.suffix,
        )
    )
    found = session.exec(statement).first()
    if found is None:
        raise LookupError(f"no row file of {release.name}/{table}, version {release.number}")
    return found


def find_withdrawal(session: Session, name: str, now: dt.datetime, number: int | None = None) -> str | None:
    """Return the reason if a dataset's last version to take effect, or that of `number`, was withdrawn."""
    if "\0" in name or (number or 0) > MAX_NUMBER:
        return None
    statement = (
        select(VersionEntity)
        .join(DatasetEntity, col(VersionEntity.dataset_id) == DatasetEntity.id)
        .where(
            sa.or_(col(DatasetEntity.name) == name, col(DatasetEntity.id) == name),
            took_effect(VersionEntity, now),
        )
        .order_by(col(VersionEntity.effective_at).desc(), col(VersionEntity.number).desc())
    )
    if number is not None:
        statement = statement.where(VersionEntity.number == number)
    last = session.exec(statement.limit(1)).first()
    return last.comment if last is not None and last.state == State.WITHDRAWN else None


def find_withdrawal_of_hash(session: Session, sha256: str, now: dt.datetime) -> str | None:
    """Return the reason if these bytes were published by a version that was withdrawn since."""
    statement = (
        select(VersionEntity.comment)
        .join(RenderingEntity, col(RenderingEntity.version_id) == VersionEntity.id)
        .where(
            RenderingEntity.sha256 == sha256,
            VersionEntity.state == State.WITHDRAWN,
            took_effect(VersionEntity, now),
        )
    )
    return session.exec(statement).first()


def next_change(session: Session, now: dt.datetime) -> dt.datetime | None:
    """Return the next time at which readers will see a change without anyone's act, or None."""
    moments: list[tuple[sa.ColumnElement[bool], Mapped[dt.datetime | None]]] = [
        (col(VersionEntity.state) == State.APPROVED, col(VersionEntity.effective_at)),
        (sa.true(), col(RecordRevisionEntity.effective_at)),
        (sa.true(), col(RecordRevisionEntity.retire_at)),
    ]
    times = [
        session.exec(select(sa.func.min(moment)).where(condition, moment > now)).one()
        for condition, moment in moments
    ]
    return min((time for time in times if time), default=None)


def join_releases(now: dt.datetime) -> sa.Select[DatasetEntity, VersionEntity, RecordRevisionEntity]:
    """Return the query for datasets, their versions, and the record that is effective with each version."""
    return (
        sa.select(DatasetEntity, VersionEntity, RecordRevisionEntity)
        .join(VersionEntity, col(VersionEntity.dataset_id) == DatasetEntity.id)
        .join(RecordRevisionEntity, col(RecordRevisionEntity.version_id) == VersionEntity.id)
        .where(_is_current_record(now))
    )


def modified_at() -> sa.ColumnElement[dt.datetime]:
    """Return the time of a release's last change: its version's or its record's, whichever is later."""
    version, record = col(VersionEntity.effective_at), col(RecordRevisionEntity.effective_at)
    return sa.case((version > record, version), else_=record)


def _conditions(index: SearchConditions, wanted: ReleaseFilter) -> list[sa.ColumnElement[bool]]:
    record = RecordRevisionEntity
    if any("\0" in term for term in wanted.terms):  # no text has one
        return [sa.false()]
    conditions = [index.holds(words) for words in _list_words(wanted)]
    if wanted.publisher is not None:
        conditions.append(col(record.publisher) == wanted.publisher)
    if wanted.municipality is not None:
        conditions.append(col(record.local_government_code) == wanted.municipality)
    if wanted.theme is not None:
        conditions.append(col(record.themes).contains(f";{wanted.theme};", autoescape=True))
    if wanted.schema is not None:
        # Inside a JSON string a quotation mark is escaped, so that nothing but this property looks like this.
        named = f'"schema_name":{json.dumps(wanted.schema)}'
        conditions.append(col(record.body).contains(named, autoescape=True))
    return conditions


def _list_words(wanted: ReleaseFilter) -> list[Words]:
    return [Words(None, term) for term in wanted.terms if normalize_words(term)]


def _build_releases(
    session: Session,
    rows: Iterable[sa.Row[DatasetEntity, VersionEntity, RecordRevisionEntity]],
    wanted: sa.ColumnElement[bool] | None = None,
) -> list[Release]:
    found = list(rows)
    ids = [version.id for _, version, _ in found]
    records = [record.id for _, _, record in found]
    tables: dict[int, list[VersionTableEntity]] = defaultdict(list)
    for table in session.exec(
        select(VersionTableEntity)
        .where(col(VersionTableEntity.version_id).in_(ids))
        .order_by(col(VersionTableEntity.position))
    ):
        tables[table.version_id].append(table)
    renderings: dict[int, list[RenderingEntity]] = defaultdict(list)
    for rendering in session.exec(
        select(RenderingEntity).where(
            col(RenderingEntity.version_id).in_(ids),  # the key begins with it
            col(RenderingEntity.record_id).in_(records),
            _is_distribution() if wanted is None else wanted,
        )
    ):
        renderings[rendering.record_id].append(rendering)
    return [
        _build_release(dataset, version, record, tables[version.id or 0], renderings[record.id or 0])
        for dataset, version, record in found
    ]


def _build_release(
    dataset: DatasetEntity,
    version: VersionEntity,
    revision: RecordRevisionEntity,
    tables: list[VersionTableEntity],
    renderings: list[RenderingEntity],
) -> Release:
    if version.number is None or version.effective_at is None or revision.effective_at is None:
        raise ValueError(f"version {version.id} of {dataset.name} is not effective")
    record = Record.model_validate_json(revision.body)
    described = {table.name: table for table in record.tables}
    return Release(
        dataset_id=dataset.id,
        name=dataset.name,
        number=version.number,
        created=dataset.created_at,
        effective_at=version.effective_at,
        modified=max(version.effective_at, revision.effective_at),
        record=record,
        tables=tuple(ReleasedTable(described[table.name], table.row_count, table.sha256) for table in tables),
        distributions=build_distributions(dataset.name, tables, renderings),
    )


def build_distributions(
    dataset: str, tables: Iterable[VersionTableEntity], renderings: Iterable[RenderingEntity]
) -> tuple[Distribution, ...]:
    """Return a version's renderings as readers see them: by table, then by format; the zip last."""
    places = {table.name: table.position for table in tables}
    ordered = sorted(
        (entry for entry in renderings if entry.format != ROW_FILE.suffix),
        key=lambda entry: (places.get(entry.table_name, len(places)), _FORMAT_ORDER[entry.format]),
    )
    return tuple(_build_distribution(dataset, entry) for entry in ordered)


def _build_distribution(dataset: str, rendering: RenderingEntity) -> Distribution:
    entry = find_format(rendering.format, TABLE_FORMATS + DATASET_FORMATS)
    if entry is None:
        raise ValueError(f"unknown format {rendering.format}")
    return Distribution(
        dataset=dataset,
        table=rendering.table_name,
        format=entry,
        sha256=rendering.sha256,
        size=rendering.size,
        losses=tuple(Loss(**loss) for loss in json.loads(rendering.losses)),
        loss_count=rendering.loss_count,
    )
