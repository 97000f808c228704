from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlmodel import select

from app.model.query import Words
from app.model.record import Record
from app.model.search import SearchEntry
from app.publish import search
from app.publish.record import edit_record
from app.publish.search import fill_search_index
from app.publish.withdraw import withdraw_version
from app.serve.catalogue import Reader, get_release, list_releases
from app.storage.entities import RecordRevisionEntity
from app.storage.installation import Installation
from app.storage.search import SearchConditions, clear_search
from tests.conftest import STAFF, START, PackageMaker, load_folder, publish_folder, sample_tables

NAME = "sample-plan"
LATER = START + dt.timedelta(hours=1)


def _find(installation: Installation, *terms: str, now: dt.datetime = LATER) -> list[str]:
    page = list_releases(Reader(installation, now), terms=terms, order="score")
    assert page.total == len(page.items)
    return [release.name for release in page.items]


def _count_kept(installation: Installation) -> list[int]:
    with installation.database.reading() as session:
        connection = session.connection()
        tables = ("search_text", "search_value", "search_index")
        return [connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() or 0 for table in tables]  # noqa: S608


def _forget_all(installation: Installation) -> None:
    """Leave the index as a catalogue of an older release has it: empty."""
    with installation.database.writing() as session:
        clear_search(session.connection())


def test_a_release_is_found_by_all_that_readers_see_of_it(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    load_folder(either_installation, make_package(NAME))
    assert _find(either_installation, "見本") == []
    publish_folder(either_installation, make_package("other-plan", title="別の計画", keywords=["防災ＤＸ"]))
    for words in (
        "別の",
        "べつの",
        "別",
        "防災dx",
        "ﾄﾞｳﾘｮｸ",
        "杉並区",
        "所管部署",
        "電子申請",
        "情報政策課",
        "髙島",
        "other-plan",
    ):
        expected = [] if words == "ﾄﾞｳﾘｮｸ" or words == "べつの" else ["other-plan"]
        assert _find(either_installation, words) == expected, words
    assert _find(either_installation, "別の", "電子申請") == ["other-plan"]
    assert _find(either_installation, "別の", "どこにもない") == []


def test_a_find_in_the_title_comes_before_one_in_the_rows(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    rows = {
        "measures": [line.replace("窓口の改善", "観光の振興") for line in sample_tables("b-rows")["measures"]]
    }
    publish_folder(either_installation, make_package("b-rows", tables=rows, title="あ"))
    publish_folder(either_installation, make_package("e-title", title="カンコウと観光"))
    publish_folder(either_installation, make_package("d-title", title="観光計画"))
    publish_folder(either_installation, make_package("c-keyword", title="う", keywords=["観光"]))
    publish_folder(either_installation, make_package("a-description", title="え", description="観光です。"))
    assert _find(either_installation, "観光") == [
        "d-title",
        "e-title",
        "c-keyword",
        "a-description",
        "b-rows",
    ]


def test_the_rows_count_up_to_the_bound(installation: Installation, make_package: PackageMaker) -> None:
    object.__setattr__(
        installation, "settings", installation.settings.model_copy(update={"max_search_characters": 60})
    )
    publish_folder(installation, make_package(NAME))
    assert _find(installation, "東京都杉並区") == [NAME]
    assert _find(installation, "電子申請の拡充") == []


def test_an_edit_is_found_from_its_moment_on_and_what_it_replaced_is_not(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(either_installation, make_package(NAME))
    record = get_release(Reader(either_installation, START), NAME).record
    changed = Record.model_validate({**record.model_dump(), "title": "新しい題名"})
    edit_record(either_installation, STAFF, NAME, changed, LATER)
    assert _find(either_installation, "新しい題名", now=START) == []
    assert _find(either_installation, "新しい題名") == [NAME]
    assert _find(either_installation, record.title) == []


def test_a_withdrawal_takes_the_words_away_in_its_commit(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(either_installation, make_package(NAME))
    assert all(_count_kept(either_installation))
    withdraw_version(either_installation, STAFF, NAME, 1, "個人情報があったため", LATER)
    assert _count_kept(either_installation)[:2] == [0, 0]
    with either_installation.database.reading() as session:
        found = select(RecordRevisionEntity.id).where(SearchConditions(session).holds(Words(None, "見本")))
        assert session.exec(found).all() == []


def test_what_an_older_release_left_without_words_gets_them_at_the_start(
    either_installation: Installation, make_package: PackageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.publish.search.BATCH", 1)  # so that there is a batch after the first
    publish_folder(either_installation, make_package(NAME))
    publish_folder(either_installation, make_package("second-plan"))
    kept = _count_kept(either_installation)
    _forget_all(either_installation)
    assert _find(either_installation, "電子申請") == []
    assert fill_search_index(either_installation) == 2
    assert _find(either_installation, "電子申請") == [NAME, "second-plan"]
    assert _count_kept(either_installation) == kept
    assert fill_search_index(either_installation) == 0


def test_what_is_withdrawn_while_its_batch_is_read_stays_out_of_the_index(
    either_installation: Installation, make_package: PackageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_folder(either_installation, make_package(NAME))
    publish_folder(either_installation, make_package("second-plan"))
    _forget_all(either_installation)
    read, waiting = search.make_search_entry, ["second-plan"]

    def withdraw_and_read(*arguments: Any) -> SearchEntry:  # noqa: ANN401  # passed on
        while waiting:
            withdraw_version(either_installation, STAFF, waiting.pop(), 1, "個人情報があったため", LATER)
        return read(*arguments)

    monkeypatch.setattr(search, "make_search_entry", withdraw_and_read)
    assert fill_search_index(either_installation) == 1
    assert _find(either_installation, "電子申請") == [NAME]
