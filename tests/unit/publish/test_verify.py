from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.publish.approve import approve_version
from app.publish.submit import submit_version
from app.publish.verify import Verified, verify_installation
from app.publish.withdraw import withdraw_version
from app.storage.entities import (
    EventEntity,
    JobEntity,
    RecordRevisionEntity,
    RenderingEntity,
    VersionEntity,
    VersionTableEntity,
)
from app.storage.installation import Installation
from tests.conftest import STAFF, START, PackageMaker, load_folder, publish_folder

HOUR = dt.timedelta(hours=1)


def kinds(verified: Verified) -> list[str]:
    return sorted({fault.kind for fault in verified.faults})


def blob_path(installation: Installation, sha256: str) -> Path:
    return installation.folder.blobs / sha256[:2] / sha256


def first_table(installation: Installation) -> VersionTableEntity:
    with installation.database.reading() as session:
        return session.exec(select(VersionTableEntity)).all()[0]


def test_a_whole_life_has_no_fault(either_installation: Installation, make_package: PackageMaker) -> None:
    publish_folder(either_installation, make_package())
    publish_folder(either_installation, make_package(title="次の版"), START + HOUR)
    withdraw_version(either_installation, STAFF, "sample-plan", 1, "誤り", START + 2 * HOUR)
    load_folder(either_installation, make_package(title="下書き"), START + 3 * HOUR)
    load_folder(either_installation, make_package("other-plan"), START + 3 * HOUR)
    submit_version(either_installation, STAFF, "other-plan", START + 4 * HOUR)
    approve_version(either_installation, STAFF, "other-plan", START + 5 * HOUR)
    verified = verify_installation(either_installation)
    assert verified.faults == ()
    assert (verified.versions, verified.unfinished_jobs) == (4, 1)
    assert verified.events == either_installation.database.head()
    assert verified.blobs == len(list(either_installation.blobs.list_blobs()))


def _lose(installation: Installation) -> None:
    blob_path(installation, first_table(installation).sha256).unlink()


def _alter(installation: Installation) -> None:
    path = blob_path(installation, first_table(installation).sha256)
    path.write_bytes(path.read_bytes().swapcase())


def _cut(installation: Installation) -> None:
    path = blob_path(installation, first_table(installation).sha256)
    path.write_bytes(path.read_bytes()[:-1])


def _execute(*statements: sa.Executable) -> Callable[[Installation], None]:
    def harm(installation: Installation) -> None:
        with installation.database.writing() as session:
            for statement in statements:
                session.execute(statement)

    return harm


HARMS: dict[str, tuple[Callable[[Installation], None], str]] = {
    "a lost blob": (_lose, "missing"),
    "an altered blob": (_alter, "altered"),
    "a cut blob": (_cut, "altered"),
    "a wrong size": (_execute(sa.update(VersionTableEntity).values(size=1)), "altered"),
    "a wrong row count": (_execute(sa.update(VersionTableEntity).values(row_count=1000)), "rows"),
    "a rendering less": (
        _execute(sa.delete(RenderingEntity).where(col(RenderingEntity.format) == "rows")),
        "rendering",
    ),
    "no zip": (_execute(sa.delete(RenderingEntity).where(col(RenderingEntity.format) == "zip")), "rendering"),
    "an altered event": (_execute(sa.update(EventEntity).values(actor="mallory")), "journal"),
    "no time": (_execute(sa.update(VersionEntity).values(effective_at=None)), "half"),
    "no record in effect": (_execute(sa.update(RecordRevisionEntity).values(effective_at=None)), "half"),
    "an act that nobody did": (_execute(sa.update(VersionEntity).values(state="withdrawn")), "event"),
    "a job half done": (_execute(sa.update(JobEntity).values(finished_at=None)), "job"),
    "a version half made": (_execute(sa.update(VersionEntity).values(state="approving")), "job"),
    "a draft with files": (_execute(sa.update(VersionEntity).values(state="draft")), "half"),
}


@pytest.mark.parametrize("name", HARMS)
def test_every_harm_is_found(installation: Installation, make_package: PackageMaker, name: str) -> None:
    publish_folder(installation, make_package())
    harm, kind = HARMS[name]
    harm(installation)
    assert kind in kinds(verify_installation(installation))


def test_bytes_of_a_withdrawn_version_that_stayed_are_found(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package())
    sha256 = first_table(installation).sha256
    content = blob_path(installation, sha256).read_bytes()
    withdraw_version(installation, STAFF, "sample-plan", 1, "誤り", START + HOUR)
    blob_path(installation, sha256).write_bytes(content)
    assert kinds(verify_installation(installation)) == ["withdrawn"]
