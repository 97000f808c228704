from __future__ import annotations

import datetime as dt
import json

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st
from sqlmodel import col, select

from app.model.actor import Actor
from app.storage.entities import EventEntity
from app.storage.installation import Installation
from app.storage.journal import append_event, find_broken_event, hash_event

NOW = dt.datetime(2026, 4, 1, 9, 30, 0, 123456, tzinfo=dt.timezone(dt.timedelta(hours=9)))
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


def _append(installation: Installation, action: str, details: object = None) -> None:
    with installation.database.writing() as session:
        append_event(
            session,
            at=NOW,
            actor=Actor("担当"),
            action=action,
            dataset="sample-plan",
            version_id=None,
            details={"値": details},
        )


def _events(installation: Installation) -> list[EventEntity]:
    with installation.database.reading() as session:
        return list(session.exec(select(EventEntity).order_by(col(EventEntity.seq))))


def _tamper(installation: Installation, seq: int, **values: object) -> None:
    with installation.database.writing() as session:
        session.execute(sa.update(EventEntity).where(col(EventEntity.seq) == seq).values(**values))


def test_an_empty_journal_is_whole(either_installation: Installation) -> None:
    assert find_broken_event(either_installation.database) is None
    assert either_installation.database.head() == 0


def test_each_event_names_the_hash_of_the_one_before(either_installation: Installation) -> None:
    for number in range(4):
        _append(either_installation, f"test:{number}")
    events = _events(either_installation)
    assert [event.previous for event in events] == ["", *(event.hash for event in events[:-1])]
    assert [event.hash for event in events] == [hash_event(event) for event in events]
    assert events[0].at == NOW
    assert json.loads(events[0].details) == {"値": None}
    assert find_broken_event(either_installation.database) is None
    assert either_installation.database.head() == events[-1].seq


@pytest.mark.parametrize(
    "values",
    [
        {"actor": "別人"},
        {"action": "version:approve"},
        {"dataset": "other-plan"},
        {"version_id": 7},
        {"details": "{}"},
        {"at": NOW + dt.timedelta(microseconds=1)},
        {"previous": "0" * 64},
        {"hash": "0" * 64},
    ],
    ids=lambda values: next(iter(values)),
)
def test_any_changed_word_is_found_at_its_place(
    either_installation: Installation, values: dict[str, object]
) -> None:
    for number in range(5):
        _append(either_installation, f"test:{number}")
    third = _events(either_installation)[2].seq
    assert third is not None
    _tamper(either_installation, third, **values)
    assert find_broken_event(either_installation.database) == third


def test_a_rewritten_event_with_its_own_new_hash_breaks_the_next(installation: Installation) -> None:
    for number in range(4):
        _append(installation, f"test:{number}")
    events = _events(installation)
    forged = EventEntity(**{**events[1].model_dump(), "actor": "別人"})
    assert events[1].seq is not None
    _tamper(installation, events[1].seq, actor="別人", hash=hash_event(forged))
    assert find_broken_event(installation.database) == events[2].seq


def test_a_removed_event_is_missed_by_the_next(installation: Installation) -> None:
    for number in range(4):
        _append(installation, f"test:{number}")
    events = _events(installation)
    with installation.database.writing() as session:
        session.execute(sa.delete(EventEntity).where(col(EventEntity.seq) == events[1].seq))
    assert find_broken_event(installation.database) == events[2].seq


def test_what_an_error_breaks_off_leaves_no_event(either_installation: Installation) -> None:
    _append(either_installation, "test:kept")
    with pytest.raises(ZeroDivisionError), either_installation.database.writing() as session:
        append_event(
            session,
            at=NOW,
            actor=Actor("担当"),
            action="test:lost",
            dataset="",
            version_id=None,
            details={},
        )
        raise ZeroDivisionError
    _append(either_installation, "test:next")
    assert [event.action for event in _events(either_installation)] == ["test:kept", "test:next"]
    assert find_broken_event(either_installation.database) is None


@run_with(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(WORDS, st.recursive(WORDS | st.integers() | st.none(), st.lists)), max_size=4))
def test_whatever_is_written_the_chain_holds(
    installation: Installation, acts: list[tuple[str, object]]
) -> None:
    for action, details in acts:
        _append(installation, action, details)
    assert find_broken_event(installation.database) is None
