from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from app.errors import ConflictError, RequestError
from app.model.record import Contact, Record, Source
from app.publish.record import edit_record, retire_dataset
from app.serve.catalogue import Reader, get_release
from app.settings import Settings
from app.storage.installation import Installation, open_installation
from tests.conftest import BASE, STAFF, START, PackageMaker, publish_folder
from tests.journeys.conftest import package_files

NAME = "sample-plan"
LATER = START + dt.timedelta(hours=1)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with the small package released: for edits that are to be refused."""
    folder = tmp_path_factory.mktemp("released")
    settings = Settings(data_dir=folder / "data", public_url=BASE, bundled=False)
    opened = open_installation(settings, served_at=BASE)
    package = folder / NAME
    package.mkdir()
    for name, content in package_files().items():
        (package / name).write_bytes(content)
    publish_folder(opened, package)
    yield opened
    opened.close()


def _record(installation: Installation) -> Record:
    return get_release(Reader(installation, LATER), NAME).record


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""},
        {"title": " "},
        {"title": "見本\u0001計画"},
        {"description": ""},
        {"local_government_code": "131157"},
        {"local_government_code": "011002"},
        {"keywords": ("税",)},
        {"keywords": ("福祉・医療",)},
        {"keywords": ("計画", "計画")},
        {"themes": ("NONE",)},
        {"period_start": dt.date(2026, 1, 2), "period_end": dt.date(2026, 1, 1)},
        {"frequency": "SOMETIMES"},
        {"license": "CC-BY-NC-4.0"},
        {"contact": Contact(name="")},
        {"contact": Contact(name="課", email="no address")},
        {"contact": Contact(name="課", url="javascript:alert(1)")},
        {"sources": (Source(title=""),)},
        {"sources": (Source(title="計画", url="javascript:alert(1)"),)},
    ],
    ids=str,
)
def test_an_edit_keeps_the_rules_that_an_upload_keeps(released: Installation, change: dict[str, Any]) -> None:
    before = _record(released)
    with pytest.raises(RequestError):
        edit_record(released, STAFF, NAME, before.model_copy(update=change), LATER)
    assert _record(released) == before


@pytest.mark.parametrize("hours", [1, 0])
def test_an_edit_is_newer_whatever_the_clock_says(
    either_installation: Installation, make_package: PackageMaker, hours: int
) -> None:
    publish_folder(either_installation, make_package())
    record = _record(either_installation).model_copy(update={"title": "新しい題名"})
    assert edit_record(either_installation, STAFF, NAME, record, START + dt.timedelta(hours=hours))
    release = get_release(Reader(either_installation, LATER), NAME)
    assert release.record.title == "新しい題名"
    assert release.modified > START


def test_an_edit_that_changes_nothing_is_no_change(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package())
    head = installation.database.head()
    assert edit_record(installation, STAFF, NAME, _record(installation), LATER) is False
    assert installation.database.head() == head


def test_a_retirement_needs_words_and_is_announced_once(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package())
    with pytest.raises(RequestError):
        retire_dataset(installation, STAFF, NAME, " ", LATER)
    retire_dataset(installation, STAFF, NAME, "新しい計画に移ります", LATER)
    with pytest.raises(ConflictError):
        retire_dataset(installation, STAFF, NAME, "もう一度", LATER)
