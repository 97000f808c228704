from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from app.publish.approve import approve_version
from app.publish.jobs import finish_job
from app.publish.submit import submit_version
from app.serve.answers import Answer, Answers, make_answer
from app.storage.installation import Installation
from tests.conftest import STAFF, START, PackageMaker, load_folder, make_client, publish_folder

MAX_BYTES = 20_000
HOUR = dt.timedelta(hours=1)


def _answer(size: int = 10) -> Answer:
    return make_answer(b"x" * size, "text/plain; charset=utf-8")


def test_an_answer_carries_the_hash_of_its_content() -> None:
    answer = make_answer("施策".encode(), "text/plain; charset=utf-8")
    assert answer.etag == hashlib.sha256("施策".encode()).hexdigest()


def test_an_answer_is_given_back_while_nothing_changes(installation: Installation) -> None:
    answers = Answers(MAX_BYTES)
    epoch = answers.epoch(installation, START)
    kept = _answer()
    assert answers.find(epoch, "a") is None
    assert not answers.holds("a")
    answers.keep(epoch, "a", kept)
    assert answers.holds("a")
    assert answers.find(answers.epoch(installation, START + HOUR), "a") is kept


def test_every_event_ends_the_epoch(installation: Installation, make_package: PackageMaker) -> None:
    answers = Answers(MAX_BYTES)
    acts = (
        lambda: load_folder(installation, make_package()),
        lambda: submit_version(installation, STAFF, "sample-plan", START),
        lambda: approve_version(installation, STAFF, "sample-plan", START),
        lambda: finish_job(installation, 1, lambda: START),
    )
    for act in acts:
        before = answers.epoch(installation, START)
        answers.keep(before, "a", _answer())
        act()
        after = answers.epoch(installation, START)
        assert after != before
        assert answers.find(after, "a") is None
        assert answers.find(before, "a") is None
        answers.keep(before, "a", _answer())
        assert answers.find(after, "a") is None


def test_a_release_to_come_ends_the_epoch_at_its_very_moment(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    load_folder(either_installation, make_package())
    submit_version(either_installation, STAFF, "sample-plan", START)
    later = START + HOUR
    approved = approve_version(either_installation, STAFF, "sample-plan", START, effective_at=later)
    finish_job(either_installation, approved.job_id, lambda: START)
    answers = Answers(MAX_BYTES)
    before = answers.epoch(either_installation, START)
    assert before.ends == later
    answers.keep(before, "a", _answer())
    just_before = answers.epoch(either_installation, later - dt.timedelta(microseconds=1))
    assert answers.find(just_before, "a") is not None
    after = answers.epoch(either_installation, later)
    assert after.ends is None
    assert answers.find(after, "a") is None


def test_the_least_recently_used_answer_goes_first(installation: Installation) -> None:
    answers = Answers(10_000)
    epoch = answers.epoch(installation, START)
    for key in "abc":
        answers.keep(epoch, key, _answer(2_000))
    assert answers.find(epoch, "a") is not None
    answers.keep(epoch, "d", _answer(2_000))
    assert [key for key in "abcd" if answers.find(epoch, key)] == ["a", "c", "d"]


def test_what_is_larger_than_the_whole_memory_is_not_kept(installation: Installation) -> None:
    answers = Answers(MAX_BYTES)
    epoch = answers.epoch(installation, START)
    answers.keep(epoch, "small", _answer())
    answers.keep(epoch, "large", _answer(MAX_BYTES))
    assert answers.find(epoch, "large") is None
    assert answers.find(epoch, "small") is not None
    none_at_all = Answers(0)
    none_at_all.keep(none_at_all.epoch(installation, START), "a", _answer(0))
    assert none_at_all.find(none_at_all.epoch(installation, START), "a") is None


@run_with(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12_000)), max_size=40))
def test_kept_bytes_never_pass_the_bound(published: Installation, kept: list[tuple[int, int]]) -> None:
    answers = Answers(MAX_BYTES)
    epoch = answers.epoch(published, START)
    for key, size in kept:
        answers.keep(epoch, key, _answer(size))
        held = [found for key in range(10) if (found := answers.find(epoch, key))]
        assert sum(len(answer.content) for answer in held) <= MAX_BYTES


@pytest.mark.anyio
async def test_an_answer_made_before_an_act_is_not_given_after_it(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    async with make_client(either_installation) as client:
        for _ in range(2):
            assert (await client.get("/api/3/action/package_list")).json()["result"] == []
        publish_folder(either_installation, make_package())
        for _ in range(2):
            assert (await client.get("/api/3/action/package_list")).json()["result"] == ["sample-plan"]
