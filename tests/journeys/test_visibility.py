from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.errors import ConflictError, DatasetNotFound
from app.main import create_app
from app.publish.approve import approve_version, cancel_approval
from app.publish.jobs import finish_job
from app.publish.record import edit_record, retire_dataset
from app.publish.restore import restore_version
from app.publish.submit import send_back_version, submit_version
from app.publish.withdraw import withdraw_version
from app.serve.catalogue import Reader, get_release
from app.settings import Settings
from app.storage.installation import open_installation
from app.storage.journal import find_broken_event
from tests.conftest import BASE, STAFF, START, load_folder, sample_tables, write_package

NAME = "sample-plan"
HOUR = dt.timedelta(hours=1)


@dataclass
class Version:
    """What the model knows of a version: its words, state, number and time."""

    words: str
    state: str = "draft"
    number: int = 0
    effective_at: dt.datetime = START


class Life(RuleBasedStateMachine):
    """One dataset lives through random acts; after each, every reader path shows what the model expects."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.installation = open_installation(
            Settings(data_dir=self.folder / "data", public_url=BASE, bundled=False), served_at=BASE
        )
        self.now = START
        self.app = create_app(self.installation, clock=lambda: self.now)
        self.versions: list[Version] = []
        self.retire_at: dict[int, dt.datetime] = {}
        self.modified: tuple[int, str] | None = None
        self.made = 0

    def teardown(self) -> None:
        assert find_broken_event(self.installation.database) is None
        self.installation.close()
        shutil.rmtree(self.folder)

    def newest(self, state: str) -> Version | None:
        """Return the newest version in that state, unless one that was sent after it was approved since."""
        for version in reversed(self.versions):
            if version.state == state:
                return version
            if version.number:
                return None
        return None

    def last_effective(self) -> Version | None:
        happened = [
            version
            for version in self.versions
            if version.state in ("approved", "withdrawn") and version.effective_at <= self.now
        ]
        return max(happened, key=lambda version: (version.effective_at, version.number), default=None)

    def next_number(self) -> int:
        return max((version.number for version in self.versions), default=0) + 1

    @rule()
    def upload(self) -> None:
        self.made += 1
        words = f"窓口その{self.made}"
        lines = [line.replace("窓口の改善", words) for line in sample_tables(NAME)["measures"]]
        load_folder(self.installation, write_package(self.folder / str(self.made), NAME, {"measures": lines}))
        self.versions.append(Version(words))

    @precondition(lambda self: self.newest("draft"))
    @rule()
    def submit(self) -> None:
        submit_version(self.installation, STAFF, NAME, self.now)
        draft = self.newest("draft")
        assert draft is not None
        draft.state = "submitted"

    @rule()
    def release(self) -> None:
        """Take the whole way at once, so that short random walks reach versions above versions."""
        self.upload()
        self.submit()
        self.approve(hours=0)

    @precondition(lambda self: self.newest("submitted"))
    @rule()
    def send_back(self) -> None:
        send_back_version(self.installation, STAFF, NAME, "直してください", self.now)
        submitted = self.newest("submitted")
        assert submitted is not None
        submitted.state = "draft"

    @precondition(lambda self: self.newest("submitted"))
    @rule(hours=st.sampled_from([0, 0, 1, 3]))
    def approve(self, hours: int) -> None:
        submitted, number = self.newest("submitted"), self.next_number()
        at = self.now + hours * HOUR
        approved = approve_version(self.installation, STAFF, NAME, self.now, effective_at=at)
        finish_job(self.installation, approved.job_id, lambda: self.now)
        assert submitted is not None
        assert approved.number == number
        submitted.state, submitted.number, submitted.effective_at = "approved", number, at

    @precondition(lambda self: self.next_number() > 1)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        version = self.pick(data)
        try:
            cancel_approval(self.installation, STAFF, NAME, version.number, self.now)
        except ConflictError:
            assert version.state != "approved" or version.effective_at <= self.now
        else:
            assert version.state == "approved"
            assert version.effective_at > self.now
            version.state, version.number = "draft", 0

    @precondition(lambda self: self.last_effective())
    @rule()
    def withdraw_current(self) -> None:
        current = self.last_effective()
        if current is not None and current.state == "approved":
            withdraw_version(self.installation, STAFF, NAME, current.number, "誤り", self.now)
            current.state = "withdrawn"

    @precondition(lambda self: self.next_number() > 1)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        version = self.pick(data)
        try:
            withdraw_version(self.installation, STAFF, NAME, version.number, "誤り", self.now)
        except ConflictError:
            assert version.state != "approved" or version.effective_at > self.now
        else:
            version.state = "withdrawn"

    @precondition(lambda self: self.next_number() > 1)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        version, number = self.pick(data), self.next_number()
        submitted = self.newest("submitted")
        try:
            approved = restore_version(self.installation, STAFF, NAME, version.number, self.now)
        except ConflictError:
            assert version.state != "approved"
        else:
            finish_job(self.installation, approved.job_id, lambda: self.now)
            assert version.state == "approved"
            assert submitted is self.newest("submitted")
            self.versions.append(Version(version.words, "approved", number, self.now))

    @rule()
    def retire(self) -> None:
        current = self.last_effective()
        try:
            retire_at = retire_dataset(self.installation, STAFF, NAME, "終わります", self.now)
        except DatasetNotFound:
            assert current is None or current.state == "withdrawn"
        except ConflictError:
            assert current is not None
            assert current.number in self.retire_at
        else:
            assert current is not None
            self.retire_at[current.number] = retire_at

    @rule()
    def edit(self) -> None:
        reader = Reader(self.installation, self.now)
        current = self.last_effective()
        if current is None or current.state == "withdrawn":
            return
        record = get_release(reader, NAME).record
        self.made += 1
        changed = record.model_copy(update={"description": f"説明その{self.made}"})
        assert edit_record(self.installation, STAFF, NAME, changed, self.now)
        assert not edit_record(self.installation, STAFF, NAME, changed, self.now)

    @rule(hours=st.sampled_from([1, 2, 24 * 40]))
    def let_time_pass(self, hours: int) -> None:
        self.now += hours * HOUR

    def pick(self, data: st.DataObject) -> Version:
        return data.draw(st.sampled_from([version for version in self.versions if version.number]))

    @invariant()
    def every_reader_path_agrees(self) -> None:
        self.now += dt.timedelta(seconds=1)
        asyncio.run(self.read_everything())

    async def read_everything(self) -> None:
        current = self.last_effective()
        is_there = current is not None and current.state == "approved"
        retire_at = self.retire_at.get(current.number) if current else None
        is_listed = is_there and (retire_at is None or self.now < retire_at)
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            gone = 200 if is_there else 410 if current else 404
            for path in ("", ".json", ".zip", "/measures.csv", "/measures.parquet"):
                assert (await client.get(f"/dataset/{NAME}{path}")).status_code == gone, path
            rows = await client.get(f"/api/v1/datasets/{NAME}/tables/measures/rows")
            assert rows.status_code == gone
            if is_there and current is not None:
                assert current.words in rows.text
                assert current.words in (await client.get(f"/dataset/{NAME}/measures.csv")).text
            names = (await client.get("/api/3/action/package_list")).json()["result"]
            assert names == ([NAME] if is_listed else [])
            found = (await client.get("/api/3/action/package_search")).json()["result"]["count"]
            assert found == len(names)
            shown = await client.get(f"/api/3/action/package_show?id={NAME}")
            assert shown.status_code == (200 if is_listed else 404)
            assert (f"/id/dataset/{NAME}>" in (await client.get("/catalog.nt")).text) == is_listed
            await self.read_versions(client)
            if is_listed and current is not None:
                self.check_modified(current.number, shown.json()["result"]["metadata_modified"])

    async def read_versions(self, client: httpx.AsyncClient) -> None:
        for version in self.versions:
            if not version.number:
                continue
            answer = await client.get(f"/dataset/{NAME}/v/{version.number}/measures.csv")
            if version.effective_at > self.now:
                assert answer.status_code in (404, 410)
            elif version.state == "withdrawn":
                assert answer.status_code == 410
            else:
                assert answer.status_code == 200
                assert version.words in answer.text

    def check_modified(self, number: int, modified: str) -> None:
        if self.modified is not None and self.modified[0] <= number:
            assert self.modified[1] <= modified
        self.modified = (number, modified)


TestLife = Life.TestCase
TestLife.settings = settings(
    phases=[Phase.generate],  # a step renders whole versions: shrinking would take longer than reading
    max_examples=10,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
