from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from app.errors import ConflictError, DatasetNotFound, RequestError
from app.publish.approve import Approved, approve_version
from app.publish.jobs import finish_job
from app.publish.submit import submit_version
from app.serve.catalogue import Reader, get_release, list_version_numbers
from app.storage.installation import Installation
from app.storage.journal import find_broken_event
from tests.conftest import STAFF, START, PackageMaker, load_folder, publish_folder, sample_tables

NAME = "sample-plan"


def test_of_two_approvals_at_once_one_wins_and_one_is_told(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    load_folder(either_installation, make_package())
    submit_version(either_installation, STAFF, NAME, START)
    ready = Barrier(2)

    def approve(minutes: int) -> Approved | ConflictError:
        ready.wait(30)
        try:
            return approve_version(either_installation, STAFF, NAME, START + dt.timedelta(minutes=minutes))
        except ConflictError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(approve, (1, 2)))
    approved = [outcome for outcome in outcomes if isinstance(outcome, Approved)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, ConflictError)]
    assert (len(approved), len(refused)) == (1, 1)
    finish_job(either_installation, approved[0].job_id, lambda: approved[0].effective_at)
    reader = Reader(either_installation, START + dt.timedelta(hours=1))
    release = get_release(reader, NAME)
    assert (release.number, release.effective_at) == (1, approved[0].effective_at)
    assert [version.number for version in list_version_numbers(reader, NAME)] == [1]
    assert all(either_installation.blobs.find(entry.sha256) for entry in release.distributions)
    assert find_broken_event(either_installation.database) is None


def test_only_a_submitted_version_can_be_approved(
    installation: Installation, make_package: PackageMaker
) -> None:
    with pytest.raises(DatasetNotFound):
        approve_version(installation, STAFF, NAME, START)
    load_folder(installation, make_package())
    with pytest.raises(ConflictError, match="承認待ちの版がありません"):
        approve_version(installation, STAFF, NAME, START)


def test_a_time_that_has_passed_is_refused(installation: Installation, make_package: PackageMaker) -> None:
    load_folder(installation, make_package())
    submit_version(installation, STAFF, NAME, START)
    with pytest.raises(RequestError):
        approve_version(installation, STAFF, NAME, START, effective_at=START - dt.timedelta(seconds=1))


def test_a_version_is_not_seen_before_its_time_by_anyone(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(either_installation, make_package())
    changed = {"measures": [line.replace("改善", "見直し") for line in sample_tables(NAME)["measures"]]}
    load_folder(either_installation, make_package(tables=changed))
    submit_version(either_installation, STAFF, NAME, START)
    later = START + dt.timedelta(days=1)
    approved = approve_version(either_installation, STAFF, NAME, START, effective_at=later)
    finish_job(either_installation, approved.job_id, lambda: START)
    for now, number in ((later - dt.timedelta(microseconds=1), 1), (later, 2)):
        reader = Reader(either_installation, now)
        release = get_release(reader, NAME)
        assert (release.number, release.modified) == (number, START if number == 1 else later)
        assert len(list_version_numbers(reader, NAME)) == number
