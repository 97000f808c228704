from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st
from sqlmodel import col, select

from app.model.query import And, Everything, Not, Or, Pattern, Query, Range, Words, list_words
from app.model.search import SearchEntry, Weight, normalize_words
from app.settings import HOUSE
from app.storage.data_folder import DataFolder
from app.storage.database import open_database
from app.storage.entities import DatasetEntity, RecordRevisionEntity, State, VersionEntity
from app.storage.installation import Installation
from app.storage.matches import SortKey, count_values, list_matches
from app.storage.search import drop_search_entries, keep_search_entry
from tests.conftest import START

ALPHABET = "防災計画カか ガ゛ﾃﾞデde1・"
TAGS = ("DX", "dx", "計画", "防災", "計画*", "計画_1", "計画[1]")
LATER = START + dt.timedelta(days=100)


@dataclass(frozen=True)
class Plain:
    """A dataset as the naive search knows it."""

    id: str
    name: str
    created: dt.datetime
    modified: dt.datetime
    texts: dict[Weight, str]
    tags: frozenset[str]


def _make_corpus() -> list[Plain]:
    chance = random.Random(20260401)  # noqa: S311  # the same corpus each time
    corpus = []
    for number in range(40):
        texts = {
            weight: "\n".join(
                normalize_words("".join(chance.choices(ALPHABET, k=chance.randint(1, 8)))) for _ in range(2)
            )
            for weight in Weight
        }
        created = START + dt.timedelta(minutes=chance.randint(0, 20))
        corpus.append(
            Plain(
                f"{chance.randrange(16**8):08x}",
                f"d{number:02}",
                created,
                created + dt.timedelta(minutes=chance.randint(0, 3)),
                {weight: text for weight, text in texts.items() if text.strip()},
                frozenset(chance.sample(TAGS, 2)),
            )
        )
    return corpus


CORPUS = _make_corpus()


@pytest.fixture
def indexed(either_installation: Installation) -> Iterator[Installation]:
    for plain in CORPUS:
        _store(either_installation, plain)
    yield either_installation


def _store(installation: Installation, plain: Plain) -> int:
    with installation.database.writing() as session:
        session.add(
            DatasetEntity(
                id=plain.id, name=plain.name, organization="o", created_at=plain.created, created_by="test"
            )
        )
        session.flush()
        version = VersionEntity(
            dataset_id=plain.id,
            number=1,
            state=State.APPROVED,
            created_at=plain.created,
            created_by="test",
            effective_at=plain.created,
            upload_sha256="",
            upload_name="",
            upload_size=0,
            report="",
        )
        session.add(version)
        session.flush()
        record = RecordRevisionEntity(
            dataset_id=plain.id,
            version_id=version.id or 0,
            number=1,
            body="{}",
            publisher="o",
            local_government_code="131156",
            themes=";",
            created_at=plain.created,
            created_by="test",
            effective_at=plain.modified,
        )
        session.add(record)
        session.flush()
        key = record.id or 0
        keep_search_entry(session, key, SearchEntry({Weight.TITLE: "はじめ"}, (("tags", "はじめ"),)))
        values = (
            *(("tags", tag) for tag in sorted(plain.tags)),
            ("title_string", plain.texts.get(Weight.TITLE, "")),
        )
        keep_search_entry(session, key, SearchEntry(plain.texts, values))
    return key


def _fits(value: str, query: Words | Pattern) -> bool:
    parts = query.parts if isinstance(query, Pattern) else (query.text,)
    return bool(re.fullmatch(".*".join(map(re.escape, parts)), value, re.DOTALL))


def _weigh(plain: Plain, query: Words | Pattern, weights: tuple[Weight, ...]) -> int:
    parts = query.parts if isinstance(query, Pattern) else (query.text,)
    words = [word for word in map(normalize_words, parts) if word]
    wanted = re.compile(".*".join(map(re.escape, words)), re.DOTALL)
    return max(
        (weight for weight, text in plain.texts.items() if weight in weights and wanted.search(text)),
        default=0,
    )


def _naive(plain: Plain, query: Query) -> bool:
    match query:
        case Everything():
            return True
        case Not(part):
            return not _naive(plain, part)
        case And(parts):
            return all(_naive(plain, part) for part in parts)
        case Or(parts):
            return any(_naive(plain, part) for part in parts)
        case Range():
            return _naive_range(plain, query)
        case _:
            return _naive_words(plain, query)


def _naive_range(plain: Plain, query: Range) -> bool:
    if query.field == "name":
        return (query.low or "") <= plain.name and (query.high is None or plain.name <= query.high)
    low, high = (None if end is None else dt.datetime.fromisoformat(end) for end in (query.low, query.high))
    return (low is None or low <= plain.modified) and (high is None or plain.modified <= high)


def _naive_words(plain: Plain, query: Words | Pattern) -> bool:
    match query.field:
        case "name":
            return _fits(plain.name, query)
        case "tags":
            return any(_fits(tag, query) for tag in plain.tags)
        case "title":
            weights: tuple[Weight, ...] = (Weight.TITLE,)
        case None:
            weights = tuple(Weight)
        case _:
            return False
    parts = query.parts if isinstance(query, Pattern) else (query.text,)
    return not any(map(normalize_words, parts)) or _weigh(plain, query, weights) > 0


def _naive_order(query: Query) -> list[str]:
    words = [
        one
        for one in list_words(query)
        if one.field in (None, "title")
        and any(map(normalize_words, one.parts if isinstance(one, Pattern) else (one.text,)))
    ]
    found = [plain for plain in CORPUS if _naive(plain, query)]
    weights = {None: tuple(Weight), "title": (Weight.TITLE,)}
    scores = {plain.id: sum(_weigh(plain, one, weights[one.field]) for one in words) for plain in found}
    found.sort(key=lambda plain: plain.id)
    found.sort(key=lambda plain: (scores[plain.id], plain.modified), reverse=True)
    # Python's sort is stable also in reverse, so equal ones stay in the order of their ids.
    return [plain.id for plain in found]


TEXTS = st.text(st.sampled_from(ALPHABET), max_size=4)
TEXT_FIELDS = st.sampled_from([None, None, "title"])
STAMPS = st.integers(-1, 24).map(lambda minutes: (START + dt.timedelta(minutes=minutes)).isoformat())
VALUES = st.sampled_from([*TAGS, *(plain.name for plain in CORPUS[:9]), "D01", "d"])
LEAVES: st.SearchStrategy[Query] = st.one_of(
    st.builds(Words, TEXT_FIELDS, TEXTS),
    st.builds(Pattern, TEXT_FIELDS, st.tuples(TEXTS, TEXTS) | st.tuples(st.just(""), TEXTS, st.just(""))),
    st.builds(Words, st.sampled_from(["tags", "name", "nothing"]), VALUES),
    st.builds(
        Pattern,
        st.sampled_from(["tags", "name", "nothing"]),
        st.tuples(st.sampled_from(["", "d", "計"]), VALUES),
    ),
    st.builds(Range, st.just("metadata_modified"), st.none() | STAMPS, st.none() | STAMPS),
    st.builds(Range, st.just("name"), st.none() | VALUES, st.none() | VALUES),
    st.just(Everything()),
)
QUERIES: st.SearchStrategy[Query] = st.recursive(
    LEAVES,
    lambda below: (
        st.builds(Not, below)
        | st.lists(below, min_size=2, max_size=3).map(tuple).map(And)
        | st.lists(below, min_size=2, max_size=3).map(tuple).map(Or)
    ),
    max_leaves=5,
)


@run_with(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(query=QUERIES)
def test_a_query_finds_what_a_reading_of_everything_finds_in_the_same_order(
    indexed: Installation, query: Query
) -> None:
    order = (SortKey("score", descending=True), SortKey("metadata_modified", descending=True))
    with indexed.database.reading() as session:
        found = list_matches(session, query, order, query, LATER)
        known = sa.select(col(RecordRevisionEntity.id), col(RecordRevisionEntity.dataset_id))
        ids = {row[0]: row[1] for row in session.execute(known)}
        tags = count_values(session, query, ["tags", "nothing"], LATER)
    matching = [plain for plain in CORPUS if _naive(plain, query)]
    assert [ids[key] for key in found] == _naive_order(query)
    counts = {tag: sum(tag in plain.tags for plain in matching) for tag in TAGS}
    assert tags == {"tags": {tag: count for tag, count in counts.items() if count}, "nothing": {}}
    assert list(tags["tags"].items()) == sorted(tags["tags"].items(), key=lambda entry: (-entry[1], entry[0]))


def test_what_is_dropped_is_found_by_nothing(either_installation: Installation) -> None:
    key = _store(either_installation, CORPUS[0])
    title = CORPUS[0].texts[Weight.TITLE].split("\n")[0]
    query = Words("title", title)
    with either_installation.database.reading() as session:
        assert list(list_matches(session, query, (), query, LATER)) == [key]
    with either_installation.database.writing() as session:
        drop_search_entries(session, [key])
    with either_installation.database.reading() as session:
        assert list(list_matches(session, query, (), query, LATER)) == []
        for table in ("search_text", "search_value"):
            assert session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0  # noqa: S608


def test_a_database_as_the_release_before_left_it_keeps_its_records(
    tmp_path: Path, database_url: str
) -> None:
    folder = DataFolder(tmp_path / "data")
    engine = sa.create_engine(
        sa.make_url(database_url).set(drivername="postgresql+psycopg")
        if database_url
        else f"sqlite:///{folder.database}"
    )
    config = Config()
    config.set_main_option("script_location", str(HOUSE / "app" / "storage" / "migrations"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.exec_driver_sql(
            "INSERT INTO dataset VALUES ('i', 'n', 'o', '2026-04-01 00:00:00', 'test')"
        )
        connection.exec_driver_sql(
            "INSERT INTO version (id, dataset_id, state, created_at, created_by, comment, upload_sha256,"
            " upload_name, upload_size, report)"
            " VALUES (1, 'i', 'draft', '2026-04-01 00:00:00', 'test', '', '', '', 0, '')"
        )
        connection.exec_driver_sql(
            "INSERT INTO record_revision (id, dataset_id, version_id, number, body, publisher,"
            " local_government_code, themes, search_text, created_at, created_by)"
            " VALUES (1, 'i', 1, 1, 'kept', 'o', '131156', ';', 'old words', '2026-04-01 00:00:00', 'test')"
        )
    engine.dispose()
    database = open_database(database_url, folder)
    with database.reading() as session:
        assert session.exec(select(RecordRevisionEntity.body)).all() == ["kept"]
        columns = {
            column["name"] for column in sa.inspect(session.connection()).get_columns("record_revision")
        }
    assert "search_text" not in columns
    database.dispose()
