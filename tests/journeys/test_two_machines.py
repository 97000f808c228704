"""Two servers, each with a disk of its own, on one PostgreSQL and one bucket; the one at work is killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from app.model.actor import Action
from app.model.clock import system_clock
from app.people.token import add_token
from app.publish.submit import submit_version
from app.publish.verify import verify_installation
from app.settings import HOUSE, Settings
from app.storage.installation import Installation, open_installation
from tests.conftest import BASE, PLAN, STAFF, PackageMaker, load_folder, new_postgresql, publish_folder

NAME = "sample-plan"
AT_WORK = """
SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND datname = current_database()
AND (classid::bigint << 32 | objid::bigint) = hashtext('jobs')
"""


@dataclass(frozen=True)
class Machine:
    """A running server and a client of it."""

    process: subprocess.Popen[bytes]
    client: httpx.Client


@pytest.fixture
def database() -> Iterator[str]:
    with new_postgresql() as url:
        yield url


@pytest.fixture
def office(bucket_settings: Settings, database: str) -> Iterator[Installation]:
    """A third machine, at which staff work."""
    opened = open_installation(bucket_settings.model_copy(update={"database_url": database}), served_at=BASE)
    yield opened
    opened.close()


@contextmanager
def running(settings: Settings, name: str) -> Iterator[Machine]:
    """Start `shisaku serve` with an empty data folder, wait until it is ready, and kill it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "SHISAKU_DATA_DIR": str(settings.data_dir.with_name(name)),
        "SHISAKU_DATABASE_URL": f"{settings.database_url}?application_name={name}",
        "SHISAKU_FILES_URL": settings.files_url,
        "SHISAKU_S3_ENDPOINT": settings.s3_endpoint,
        "SHISAKU_S3_ACCESS_KEY_ID": settings.s3_access_key_id,
        "SHISAKU_S3_SECRET_ACCESS_KEY": settings.s3_secret_access_key,
        "SHISAKU_BUNDLED": "no",
    }
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=HOUSE, env=environment, stdout=subprocess.DEVNULL)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        try:
            while not _is_ready(client):
                assert process.poll() is None
            yield Machine(process, client)
        finally:
            process.kill()
            process.wait()


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def bodies(machine: Machine, name: str) -> dict[str, bytes]:
    """What a machine serves of a dataset: pages, record, feed, rows and every file."""
    record = machine.client.get(f"/dataset/{name}.json").json()
    files = [entry for table in record["tables"] for entry in table["files"]]
    addresses = [entry[key].removeprefix(BASE) for entry in files for key in ("url", "url_by_hash")]
    addresses += [f"/api/v1/datasets/{name}/tables/{table['name']}/rows" for table in record["tables"]]
    addresses += ["/", "/catalog.ttl", f"/dataset/{name}", f"/dataset/{name}.zip", f"/dataset/{name}.json"]
    answers = {address: machine.client.get(address) for address in addresses}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {address: answer.content for address, answer in answers.items()}


def find_worker(database: str) -> str | None:
    with psycopg.connect(database) as server:
        found = server.execute(AT_WORK).fetchone()
    return None if found is None else str(found[0])


def test_two_machines_serve_the_same_and_one_goes_on_when_the_other_dies(
    office: Installation, database: str, make_package: PackageMaker
) -> None:
    publish_folder(office, make_package(NAME), system_clock())
    load_folder(office, HOUSE / "datasets" / PLAN, system_clock())
    submit_version(office, STAFF, PLAN, system_clock())
    secret = add_token(office, STAFF, "approver", "shisaku", [Action.APPROVE], 1, system_clock())
    key = {"Authorization": f"Bearer {secret}"}
    with ExitStack() as all_of_them:
        machines = {
            name: all_of_them.enter_context(running(office.settings, name)) for name in ("left", "right")
        }
        left, right = machines.values()
        assert bodies(left, NAME) == bodies(right, NAME)

        begun = left.client.post(f"/api/v1/datasets/{PLAN}/approve", headers=key).json()
        job = f"/api/v1/jobs/{begun['job']}"
        while (worker := find_worker(database)) is None or _done(left, job, key) == 0:
            assert _done(left, job, key) < 6, "nobody was caught at work"
        machines[worker].process.kill()
        other = machines["right" if worker == "left" else "left"]
        at_death = _done(other, job, key)
        assert at_death < 6
        while _done(other, job, key) < 6:
            assert other.process.poll() is None
        after = bodies(other, PLAN)
        assert bodies(other, NAME)

        again = all_of_them.enter_context(running(office.settings, worker))
        assert bodies(again, PLAN) == after
    assert verify_installation(office).faults == ()


def _done(machine: Machine, job: str, key: dict[str, str]) -> int:
    return int(machine.client.get(job, headers=key).json()["progress"]["done"])


def test_nothing_that_counts_is_on_a_machines_disk(office: Installation, make_package: PackageMaker) -> None:
    publish_folder(office, make_package(NAME), system_clock())
    folder: Path = office.settings.data_dir
    kept = {path.relative_to(folder).parts[0] for path in folder.rglob("*") if path.is_file()}
    assert kept <= {"cache", "cache.lock", "migration.lock"}
