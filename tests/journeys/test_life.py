from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.main import create_app
from app.model.actor import Action
from app.people.token import add_token
from app.publish.jobs import run_due_jobs
from app.storage.installation import Installation
from app.storage.journal import find_broken_event
from tests.conftest import BASE, STAFF, START, PackageMaker, sample_tables

NAME = "sample-plan"
HOUR = dt.timedelta(hours=1)
CHANGED = {
    "measures": [line.replace("窓口の改善", "窓口の見直し") for line in sample_tables(NAME)["measures"]]
}

pytestmark = pytest.mark.anyio


@dataclass
class Desk:
    """The service as the people of a ward and its readers use it, with a clock that tests set."""

    installation: Installation
    client: httpx.AsyncClient
    now: list[dt.datetime]
    secrets: dict[str, str] = field(default_factory=dict)

    def give(self, name: str, *actions: Action, organization: str = "t131156") -> None:
        self.secrets[name] = add_token(self.installation, STAFF, name, organization, actions, 30, self.now[0])

    def key(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets[name]}"}

    async def upload(self, who: str, folder: Path) -> httpx.Response:
        return await self.client.post("/api/v1/uploads", content=pack(folder), headers=self.key(who))

    async def act(self, who: str, act: str, **body: object) -> httpx.Response:
        address = f"/api/v1/datasets/{NAME}/{act}"
        answer = await self.client.post(address, json=body or None, headers=self.key(who))
        run_due_jobs(self.installation, lambda: self.now[0])
        return answer

    async def release(self, folder: Path) -> None:
        assert (await self.upload("maker", folder)).status_code == 201
        assert (await self.act("maker", "submit")).status_code == 200
        assert (await self.act("approver", "approve")).status_code == 200

    async def seen(self) -> str | None:
        """Return the current version's number as every reader path agrees on it, None if there is none."""
        page = await self.client.get(f"/dataset/{NAME}.json")
        number = str(page.json()["version"]) if page.status_code == 200 else None
        listed = NAME in (await self.client.get("/api/3/action/package_list")).json()["result"]
        found = (await self.client.get("/api/3/action/package_search?q=見本")).json()["result"]["count"]
        in_feed = f"/id/dataset/{NAME}>" in (await self.client.get("/catalog.nt")).text
        shown = (await self.client.get(f"/api/3/action/package_show?id={NAME}")).status_code
        assert (listed, found, in_feed, shown) == ((True, 1, True, 200) if number else (False, 0, False, 404))
        return number

    async def modified(self) -> str:
        package = (await self.client.get(f"/api/3/action/package_show?id={NAME}")).json()["result"]
        return str(package["metadata_modified"])


def pack(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return packed.getvalue()


@pytest.fixture
async def desk(either_installation: Installation) -> AsyncIterator[Desk]:
    now = [START]
    app = create_app(either_installation, clock=lambda: now[0])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        desk = Desk(either_installation, client, now)
        desk.give("maker", Action.UPLOAD, Action.SUBMIT)
        desk.give("approver", Action.APPROVE, Action.RETIRE, Action.WITHDRAW)
        desk.give("all-in-one", *Action)
        desk.give("neighbour", *Action, organization="t131202")
        yield desk
        assert find_broken_event(either_installation.database) is None


async def test_a_version_is_public_only_after_the_approver_acts(
    desk: Desk, make_package: PackageMaker
) -> None:
    assert (await desk.upload("maker", make_package(NAME))).status_code == 201
    assert await desk.seen() is None
    assert (await desk.act("maker", "submit")).status_code == 200
    assert await desk.seen() is None
    assert (await desk.act("approver", "approve")).json()["number"] == 1
    assert await desk.seen() == "1"


async def test_a_later_release_needs_no_clock_process(desk: Desk, make_package: PackageMaker) -> None:
    await desk.release(make_package(NAME))
    first = await desk.modified()
    await desk.upload("maker", make_package(NAME, CHANGED))
    await desk.act("maker", "submit")
    later = START + 2 * HOUR
    approved = await desk.act("approver", "approve", effective_at=later.isoformat())
    assert approved.json()["number"] == 2
    desk.now[0] = later - dt.timedelta(microseconds=1)
    assert await desk.seen() == "1"
    assert await desk.modified() == first
    assert (await desk.client.get(f"/dataset/{NAME}/v/2/measures.csv")).status_code == 404
    desk.now[0] = later
    assert await desk.seen() == "2"
    assert await desk.modified() == "2026-04-01T02:00:00.000000"
    assert "窓口の見直し" in (await desk.client.get(f"/dataset/{NAME}/measures.csv")).text
    assert "窓口の改善" in (await desk.client.get(f"/dataset/{NAME}/v/1/measures.csv")).text


async def test_an_approval_can_be_cancelled_before_its_time(desk: Desk, make_package: PackageMaker) -> None:
    await desk.upload("maker", make_package(NAME))
    await desk.act("maker", "submit")
    await desk.act("approver", "approve", effective_at=(START + HOUR).isoformat())
    assert (await desk.act("approver", "cancel", number=1)).status_code == 200
    desk.now[0] = START + 2 * HOUR
    assert await desk.seen() is None
    await desk.act("maker", "submit")
    assert (await desk.act("approver", "approve")).json()["number"] == 1
    assert (await desk.act("approver", "cancel", number=1)).status_code == 409
    assert await desk.seen() == "1"


async def test_a_version_sent_back_is_a_draft_with_the_comment(
    desk: Desk, make_package: PackageMaker
) -> None:
    await desk.upload("maker", make_package(NAME))
    await desk.act("maker", "submit")
    assert (await desk.act("approver", "send-back", comment=" ")).status_code == 400
    assert (await desk.act("approver", "send-back", comment="課名を直してください")).status_code == 200
    assert (await desk.act("approver", "approve")).status_code == 409
    waiting = await desk.client.get(f"/api/v1/datasets/{NAME}/unreleased", headers=desk.key("maker"))
    found = [(entry["state"], entry["comment"]) for entry in waiting.json()]
    assert found == [("draft", "課名を直してください")]


async def test_a_withdrawn_version_is_gone_at_once_bytes_and_all(
    desk: Desk, make_package: PackageMaker
) -> None:
    await desk.release(make_package(NAME))
    desk.now[0] += HOUR
    await desk.release(make_package(NAME, CHANGED))
    record = (await desk.client.get(f"/dataset/{NAME}.json")).json()
    files = {
        entry["url_by_hash"].removeprefix(BASE): entry["sha256"]
        for table in record["tables"]
        for entry in table["files"]
        if table["name"] == "measures"
    }
    desk.now[0] += HOUR
    assert (await desk.act("approver", "withdraw", number=2, reason="個人情報")).status_code == 200
    assert await desk.seen() is None
    for address in (f"/dataset/{NAME}", f"/dataset/{NAME}/measures.csv", f"/dataset/{NAME}/v/2.zip", *files):
        answer = await desk.client.get(address)
        assert (answer.status_code, "個人情報" in answer.text) == (410, True), address
    assert not any(desk.installation.blobs.find(sha256) for sha256 in files.values())
    assert (await desk.client.get(f"/dataset/{NAME}/v/1/measures.csv")).status_code == 200
    assert (await desk.client.get(f"/dataset/{NAME}/v/1/goals.csv")).status_code == 200


async def test_a_retired_dataset_stays_listed_for_its_notice_then_keeps_its_files(
    desk: Desk, make_package: PackageMaker
) -> None:
    await desk.release(make_package(NAME))
    before = await desk.modified()
    desk.now[0] += HOUR
    assert (await desk.act("approver", "retire", notice="来月から新しい計画に移ります")).status_code == 200
    assert await desk.seen() == "1"
    assert await desk.modified() > before
    desk.now[0] += dt.timedelta(days=30)
    names = (await desk.client.get("/api/3/action/package_list")).json()["result"]
    assert names == []
    assert (await desk.client.get(f"/api/3/action/package_show?id={NAME}")).status_code == 404
    assert NAME not in (await desk.client.get("/catalog.ttl")).text
    assert (await desk.client.get(f"/dataset/{NAME}/measures.csv")).status_code == 200


async def test_an_edit_of_the_record_moves_metadata_modified_and_nothing_else(
    desk: Desk, make_package: PackageMaker
) -> None:
    await desk.release(make_package(NAME))
    before = await desk.modified()
    old = (await desk.client.get(f"/dataset/{NAME}.json")).json()
    record = describe_again(old)
    desk.now[0] += HOUR
    address, key = f"/api/v1/datasets/{NAME}/record", desk.key("approver")
    same = await desk.client.put(address, json=record, headers=key)
    assert same.json() == {"dataset": NAME, "is_changed": False}
    assert await desk.modified() == before
    changed = await desk.client.put(address, json=record | {"title": "新しい題名"}, headers=key)
    assert changed.json() == {"dataset": NAME, "is_changed": True}
    assert await desk.modified() > before
    new = (await desk.client.get(f"/dataset/{NAME}.json")).json()
    assert (new["title"], new["version"]) == ("新しい題名", 1)
    hashes = [[entry["sha256"] for entry in side["tables"][2]["files"][:2]] for side in (old, new)]
    assert hashes[0] == hashes[1]
    old_zip = old["package"][0]["url_by_hash"].removeprefix(BASE)
    assert (await desk.client.get(old_zip)).status_code == 200


def describe_again(document: dict[str, Any]) -> dict[str, Any]:
    """Return the record that our public JSON of a dataset shows, as the API takes it."""
    beside = {"id", "name", "version", "created", "effective_at", "modified", "package", "versions"}
    record = {key: value for key, value in document.items() if key not in beside}
    record["tables"] = [
        {
            "name": table["name"],
            "title": table["title"],
            "description": table["description"],
            "schema_name": table["schema"].split("/")[-2],
            "schema_version": table["schema"].split("/")[-1].removesuffix(".json"),
        }
        for table in document["tables"]
    ]
    return record


@pytest.mark.parametrize(
    ("who", "act", "body"),
    [
        ("maker", "approve", {}),
        ("maker", "withdraw", {"number": 1, "reason": "x"}),
        ("maker", "retire", {"notice": "x"}),
        ("neighbour", "approve", {}),
        ("neighbour", "submit", {}),
        ("neighbour", "withdraw", {"number": 1, "reason": "x"}),
        ("neighbour", "retire", {"notice": "x"}),
        ("neighbour", "cancel", {"number": 1}),
    ],
)
async def test_nobody_acts_beyond_their_reach(
    desk: Desk, make_package: PackageMaker, who: str, act: str, body: dict[str, Any]
) -> None:
    await desk.release(make_package(NAME))
    await desk.upload("maker", make_package(NAME, CHANGED))
    if act != "submit":
        await desk.act("maker", "submit")
    assert (await desk.act(who, act, **body)).status_code == 403
    assert await desk.seen() == "1"


async def test_nobody_approves_their_own(desk: Desk, make_package: PackageMaker) -> None:
    await desk.upload("all-in-one", make_package(NAME))
    await desk.act("all-in-one", "submit")
    assert (await desk.act("all-in-one", "approve")).status_code == 403
    assert (await desk.act("approver", "approve")).status_code == 200


async def test_a_neighbour_ward_neither_sees_nor_replaces_a_draft(
    desk: Desk, make_package: PackageMaker
) -> None:
    await desk.upload("maker", make_package(NAME))
    address = f"/api/v1/datasets/{NAME}/unreleased"
    assert (await desk.client.get(address, headers=desk.key("neighbour"))).status_code == 404
    assert (await desk.client.get(address)).status_code == 401
    other = make_package(NAME, CHANGED, publisher="t131202")
    assert (await desk.upload("neighbour", other)).status_code == 403


async def test_the_same_bytes_again_make_nothing_new(desk: Desk, make_package: PackageMaker) -> None:
    folder = make_package(NAME)
    first, second = await desk.upload("maker", folder), await desk.upload("maker", folder)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["version_id"] == second.json()["version_id"]


async def test_an_expired_token_opens_nothing(desk: Desk, make_package: PackageMaker) -> None:
    desk.now[0] += dt.timedelta(days=31)
    answer = await desk.upload("maker", make_package(NAME))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_job_is_followed_by_those_whose_dataset_it_is_about(
    desk: Desk, make_package: PackageMaker
) -> None:
    """Under way it is listed; finished it is still there by its number; to others it never was."""
    await desk.upload("maker", make_package(NAME))
    await desk.act("maker", "submit")
    approve = f"/api/v1/datasets/{NAME}/approve"
    begun = (await desk.client.post(approve, headers=desk.key("approver"))).json()
    address = f"/api/v1/jobs/{begun['job']}"

    async def ask(who: str, path: str = address) -> httpx.Response:
        return await desk.client.get(path, headers=desk.key(who))

    job = (await ask("maker")).json()
    assert (job["dataset"], job["version"], job["finished_at"]) == (NAME, 1, None)
    assert job["progress"] == {"done": 0, "steps": 4}
    assert (await ask("maker", "/api/v1/jobs")).json() == [job]
    run_due_jobs(desk.installation, lambda: desk.now[0])
    done = (await ask("maker")).json()
    assert (done["progress"], done["failure"]) == ({"done": 4, "steps": 4}, None)
    assert done["finished_at"]
    assert (await ask("maker", "/api/v1/jobs")).json() == []
    assert (await ask("maker", "/api/v1/jobs?all=true")).json() == [done]
    assert (await ask("neighbour")).status_code == 404
    assert (await ask("neighbour", "/api/v1/jobs?all=true")).json() == []
    for missing in (begun["job"] + 1, 2**31, 2**70):
        assert (await ask("maker", f"/api/v1/jobs/{missing}")).status_code == 404
    assert (await desk.client.get(address)).status_code == 401
