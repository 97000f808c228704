from __future__ import annotations

import datetime as dt

import pytest

from app.errors import OperatorError, RequestError
from app.publish.rebase import rebase_catalogue
from app.storage.installation import Installation, open_installation
from app.storage.journal import find_broken_event
from tests.conftest import BASE, STAFF, START, PackageMaker, load_folder, make_client, publish_folder

NEW = "https://opendata.example.org/catalog"
PAGE = "/dataset/sample-plan"

pytestmark = pytest.mark.anyio


async def _bodies(installation: Installation, paths: list[str]) -> dict[str, bytes]:
    async with make_client(installation) as client:
        answers = {path: await client.get(path) for path in paths}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {path: answer.content for path, answer in answers.items()}


async def test_what_holds_the_base_is_made_again_and_the_data_stay(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package())
    load_folder(installation, make_package(title="下書き"), START + dt.timedelta(hours=1))
    data = [f"{PAGE}/measures.{suffix}" for suffix in ("csv", "bom.csv", "sjis.csv", "json", "jsonl")]
    linked = [f"{PAGE}/measures.jsonld", f"{PAGE}.ttl", f"{PAGE}.nt", f"{PAGE}.json", "/catalog.ttl"]
    before = await _bodies(installation, data + linked)
    assert rebase_catalogue(installation, STAFF, NEW, START + dt.timedelta(hours=2)) == 1
    moved = open_installation(installation.settings.model_copy(update={"public_url": ""}))
    assert moved.base == NEW
    after = await _bodies(moved, data + linked)
    assert {path for path in data if after[path] != before[path]} == set()
    for path in linked:
        assert NEW.encode() in after[path], path
        assert f"{BASE}/".encode() not in after[path], path
    assert find_broken_event(moved.database) is None
    assert rebase_catalogue(moved, STAFF, BASE, START + dt.timedelta(hours=3)) == 1
    back = open_installation(installation.settings)
    assert await _bodies(back, data + linked) == before
    moved.close()
    back.close()


async def test_an_old_setting_is_refused_after_the_move(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package())
    rebase_catalogue(installation, STAFF, NEW, START)
    with pytest.raises(OperatorError, match="rebase"):
        open_installation(installation.settings)


@pytest.mark.parametrize("base", ["", "example.org", f"{NEW}/", f"{NEW}?a=1", "https://example.org/a b"])
async def test_what_is_no_base_changes_nothing(
    installation: Installation, make_package: PackageMaker, base: str
) -> None:
    publish_folder(installation, make_package())
    head = installation.database.head()
    with pytest.raises(RequestError):
        rebase_catalogue(installation, STAFF, base, START)
    assert installation.database.head() == head
    reopened = open_installation(installation.settings)
    reopened.close()
    assert reopened.base == BASE
