from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import count

from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st
from sqlmodel import select

from app.storage.entities import DatasetEntity, State, VersionEntity
from app.storage.installation import Installation
from app.storage.releases import current_versions, next_change
from tests.conftest import START

MOMENTS = st.integers(0, 5).map(lambda minutes: START + dt.timedelta(minutes=minutes))
_NAMES = count()


@dataclass(frozen=True)
class Plain:
    """A version as the model knows it."""

    state: State
    number: int | None
    effective_at: dt.datetime | None


def _current(versions: list[Plain], now: dt.datetime) -> Plain | None:
    """The rule in plain words: of those that took effect the last decides; withdrawn, it leaves none."""
    took = [
        (version.effective_at, version.number or 0, version)
        for version in versions
        if version.state in (State.APPROVED, State.WITHDRAWN)
        and version.effective_at is not None
        and version.effective_at <= now
    ]
    if not took:
        return None
    last = max(took, key=lambda entry: entry[:2])[2]
    return last if last.state is State.APPROVED else None


@st.composite
def _histories(draw: st.DrawFn) -> list[Plain]:
    states = draw(st.lists(st.sampled_from(State), max_size=6))
    numbers = draw(st.permutations(range(1, len(states) + 1)))
    return [
        Plain(state, number, draw(MOMENTS))
        if state in (State.APPROVED, State.WITHDRAWN)
        else Plain(state, None, draw(st.none() | MOMENTS))
        for state, number in zip(states, numbers, strict=True)
    ]


def _store(installation: Installation, versions: list[Plain]) -> str:
    """Store a dataset with these versions and return its key."""
    key = f"dataset-{next(_NAMES)}"
    with installation.database.writing() as session:
        session.add(
            DatasetEntity(id=key, name=key, organization="t131156", created_at=START, created_by="test")
        )
        session.flush()
        session.add_all(
            VersionEntity(
                dataset_id=key,
                number=version.number,
                state=version.state,
                created_at=START,
                created_by="test",
                effective_at=version.effective_at,
                upload_sha256="",
                upload_name="",
                upload_size=0,
                report="{}",
            )
            for version in versions
        )
    return key


@run_with(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(_histories(), min_size=1, max_size=3), MOMENTS)
def test_the_query_and_the_rule_agree_on_the_current_version(
    either_installation: Installation, histories: list[list[Plain]], now: dt.datetime
) -> None:
    keys = [_store(either_installation, versions) for versions in histories]
    with either_installation.database.reading() as session:
        found = {
            version.dataset_id: (version.number, version.effective_at)
            for version in session.exec(select(VersionEntity).where(current_versions(now)))
        }
        total = len(session.exec(select(VersionEntity).where(current_versions(now))).all())
    assert total == len(found)
    for key, versions in zip(keys, histories, strict=True):
        expected = _current(versions, now)
        assert found.get(key) == (None if expected is None else (expected.number, expected.effective_at))


def test_the_next_change_is_the_first_approval_to_come(either_installation: Installation) -> None:
    minutes = [START + dt.timedelta(minutes=number) for number in range(6)]
    _store(
        either_installation,
        [
            Plain(State.APPROVED, 1, minutes[1]),
            Plain(State.APPROVED, 2, minutes[4]),
            Plain(State.APPROVED, 3, minutes[3]),
            Plain(State.DRAFT, None, minutes[2]),
            Plain(State.WITHDRAWN, 4, minutes[2]),
        ],
    )
    with either_installation.database.reading() as session:
        assert next_change(session, minutes[0]) == minutes[1]
        assert next_change(session, minutes[1]) == minutes[3]
        assert next_change(session, minutes[3]) == minutes[4]
        assert next_change(session, minutes[4]) is None
