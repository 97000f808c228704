from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import httpx
import pytest

from app.errors import ConflictError
from app.ingest.accept import Accepted, accept_upload
from app.ingest.receive import receive_path
from app.model.distribution import TABLE_FORMATS, Distribution, dataset_id
from app.publish.approve import Approved, approve_version
from app.publish.jobs import finish_job
from app.publish.submit import submit_version
from app.publish.withdraw import withdraw_version
from app.storage.installation import Installation
from app.storage.versions import find_newest_version
from tests.conftest import (
    STAFF,
    START,
    PackageMaker,
    load_folder,
    make_client,
    publish_folder,
    release,
    sample_tables,
)

NAME = "sample-plan"
PAGE = f"/dataset/{NAME}"
SUFFIXES = [entry.suffix for entry in TABLE_FORMATS]
RECORDS = [f"{PAGE}.{suffix}" for suffix in ("ttl", "rdf", "xml", "jsonld", "nt", "json", "zip")]
FILES = [f"{PAGE}/measures.{suffix}" for suffix in SUFFIXES]
FIRST_FILES = [f"{PAGE}/v/1/measures.{suffix}" for suffix in SUFFIXES] + [f"{PAGE}/v/1.zip"]
RESOURCES = [Distribution(NAME, "measures", entry, "", 0).id for entry in TABLE_FORMATS if entry.listed]
IDENTIFIERS = [f"/id/dataset/{NAME}", *(f"/id/distribution/{resource}" for resource in RESOURCES)]
PAGES = [PAGE, f"/dataset/{dataset_id(NAME)}", *(f"{PAGE}/resource/{resource}" for resource in RESOURCES)]
LISTS = [
    "/",
    "/dataset/",
    "/dataset/?q=%E8%A6%8B%E6%9C%AC",
    "/group/gove",
    "/organization/t131156",
    *(f"/catalog.{suffix}" for suffix in ("ttl", "rdf", "xml", "jsonld", "nt")),
    "/api/3/action/package_list",
    "/api/3/action/package_search?q=%E8%A6%8B%E6%9C%AC",
    "/api/3/action/package_search?q=sample",
    "/api/3/action/organization_show?id=t131156&include_datasets=true",
    "/api/3/action/organization_list?all_fields=true",
]
SIX_DIGITS = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}")


def _later(hours: int) -> dt.datetime:
    return START + dt.timedelta(hours=hours)


def _release(installation: Installation, now: dt.datetime) -> Approved:
    return release(installation, NAME, now)


def _changed_measures(name: str = NAME) -> dict[str, list[str]]:
    lines = sample_tables(name)["measures"]
    return {"measures": [*lines, lines[-1].replace("-m2", "-m3").replace("電子申請の拡充", "窓口の予約")]}


async def _bodies(client: httpx.AsyncClient, paths: list[str]) -> dict[str, str]:
    answers = {path: await client.get(path) for path in paths}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(paths, 200)
    return {path: hashlib.sha256(answer.content).hexdigest() for path, answer in answers.items()}


async def _package(client: httpx.AsyncClient) -> dict[str, Any]:
    result: dict[str, Any] = (await client.get(f"/api/3/action/package_show?id={NAME}")).json()["result"]
    return result


def _blob_hashes(installation: Installation) -> Iterator[str]:
    for path in installation.folder.blobs.rglob("*"):
        if path.is_file():
            yield path.name


def _load_badly(installation: Installation, make_package: PackageMaker) -> Accepted:
    measures = sample_tables(NAME)["measures"]
    bad = make_package(tables={"measures": [measures[0], measures[1].replace("131156", "131157")]})
    return load_folder(installation, bad, _later(5))


@pytest.mark.anyio
async def test_a_draft_is_seen_nowhere_until_it_is_approved(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(either_installation, make_package(name="public-plan"))
    async with make_client(either_installation) as client:
        before = await _bodies(client, LISTS)
        public = set(_blob_hashes(either_installation))
        accepted = load_folder(either_installation, make_package())
        assert (accepted.is_new, accepted.report.total) == (True, 0)
        assert await _bodies(client, LISTS) == before
        hidden = [*RECORDS, *FILES, *FIRST_FILES, *IDENTIFIERS, *PAGES]
        hidden += [f"/api/3/action/package_show?id={key}" for key in (NAME, dataset_id(NAME))]
        kept = set(_blob_hashes(either_installation)) - public
        hidden += [
            f"/files/{sha256}/{name}" for sha256 in kept for name in ("measures.csv", "upload", "upload.zip")
        ]
        for path in hidden:
            assert (await client.get(path)).status_code == 404, path
            assert (await client.head(path)).status_code == 404, path

        approved = _release(either_installation, _later(1))
        assert (approved.number, approved.effective_at) == (1, _later(1))
        await _bodies(client, [*RECORDS, *FILES, *FIRST_FILES, *PAGES])
        for path in IDENTIFIERS:
            assert (await client.get(path)).status_code == 303
        after = await _bodies(client, LISTS)
        assert all(after[path] != before[path] for path in LISTS)
        files = (await client.get(f"{PAGE}.json")).json()["tables"][2]["files"]
        for file in files:
            by_hash = await client.get(file["url_by_hash"])
            assert hashlib.sha256(by_hash.content).hexdigest() == file["sha256"]
            assert file["url_by_hash"].split("/")[-2] == file["sha256"]


@pytest.mark.anyio
async def test_a_second_version_becomes_current_and_the_first_stays_as_it_was(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    async with make_client(either_installation) as client:
        publish_folder(either_installation, make_package(), _later(1))
        first = await _bodies(client, FIRST_FILES)
        assert list((await _bodies(client, FILES)).values()) == list(first.values())[:-1]
        package = await _package(client)
        hashes = {resource["name"]: resource["hash"] for resource in package["resources"]}
        second = publish_folder(either_installation, make_package(tables=_changed_measures()), _later(2))
        assert second.number == 2
        assert await _bodies(client, FIRST_FILES) == first
        latest = await _bodies(client, FILES)
        numbered = await _bodies(client, [path.replace("/v/1", "/v/2") for path in FIRST_FILES])
        assert list(latest.values()) == list(numbered.values())[:-1]
        assert latest[f"{PAGE}/measures.csv"] != first[f"{PAGE}/v/1/measures.csv"]
        for sha256 in first.values():
            assert sha256 in set(_blob_hashes(either_installation))
        by_hash = await client.get(f"/files/{first[f'{PAGE}/v/1/measures.csv']}/measures.csv")
        assert by_hash.status_code == 200
        assert (await client.get(f"{PAGE}/v/3/measures.csv")).status_code == 404

        record = (await client.get(f"{PAGE}.json")).json()
        assert record["version"] == 2
        assert [version["number"] for version in record["versions"]] == [2, 1]
        changed = await _package(client)
        assert changed["version"] == "2"
        assert SIX_DIGITS.fullmatch(package["metadata_modified"])
        assert changed["metadata_modified"] > package["metadata_modified"]
        assert changed["metadata_created"] == package["metadata_created"] <= package["metadata_modified"]
        assert changed["id"] == package["id"]
        assert [resource["id"] for resource in changed["resources"]] == [
            resource["id"] for resource in package["resources"]
        ]
        unchanged = {
            resource["name"]
            for resource in changed["resources"]
            if resource["hash"] == hashes[resource["name"]]
        }
        assert unchanged == {"計画（CSV）", "計画（JSON）", "体系（CSV）", "体系（JSON）"}


@pytest.mark.anyio
async def test_a_draft_does_not_change_a_byte_of_an_empty_catalogue(
    installation: Installation, make_package: PackageMaker
) -> None:
    async with make_client(installation) as client:
        before = await _bodies(client, LISTS)
        load_folder(installation, make_package())
        assert await _bodies(client, LISTS) == before


@pytest.mark.anyio
async def test_times_keep_six_digits_on_a_full_second_and_below(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package(), START)
    publish_folder(installation, make_package(name="tiny-plan"), START + dt.timedelta(microseconds=7))
    async with make_client(installation) as client:
        found = (await client.get("/api/3/action/package_search")).json()["result"]["results"]
        times = {package["name"]: package["metadata_modified"] for package in found}
        assert times == {NAME: "2026-04-01T00:00:00.000000", "tiny-plan": "2026-04-01T00:00:00.000007"}
        for package in found:
            for resource in package["resources"]:
                for key in ("created", "last_modified", "metadata_modified"):
                    assert SIX_DIGITS.fullmatch(resource[key])


@pytest.mark.anyio
@pytest.mark.parametrize("hours", [1, 0, -3])
async def test_a_later_version_is_current_and_newer_whatever_the_clock_says(
    either_installation: Installation, make_package: PackageMaker, hours: int
) -> None:
    publish_folder(either_installation, make_package(), START)
    async with make_client(either_installation) as client:
        first = await _package(client)
        second = make_package(tables=_changed_measures())
        publish_folder(either_installation, second, _later(hours))
        package = await _package(client)
    assert package["version"] == "2"
    assert package["metadata_modified"] > first["metadata_modified"]


@pytest.mark.anyio
async def test_the_same_bytes_again_make_nothing_new(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    async with make_client(either_installation) as client:
        first = load_folder(either_installation, make_package())
        assert load_folder(either_installation, make_package(), _later(1)).version_id == first.version_id
        _release(either_installation, _later(2))
        state = await _bodies(client, [*LISTS, *RECORDS, *FILES, *PAGES])
        head = either_installation.database.head()
        again = load_folder(either_installation, make_package(), _later(3))
        assert (again.version_id, again.is_new, again.report.total) == (first.version_id, False, 0)
        assert either_installation.database.head() == head
        with pytest.raises(ConflictError, match="下書きがありません"):
            submit_version(either_installation, STAFF, NAME, _later(4))
        assert await _bodies(client, [*LISTS, *RECORDS, *FILES, *PAGES]) == state


@pytest.mark.anyio
async def test_a_failed_check_keeps_a_draft_and_its_report_and_changes_nothing_public(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    async with make_client(either_installation) as client:
        publish_folder(either_installation, make_package(), _later(1))
        state = await _bodies(client, [*LISTS, *RECORDS, *FILES, *PAGES])
        accepted = _load_badly(either_installation, make_package)
        assert accepted.is_new
        assert accepted.report.is_blocked
        with either_installation.database.reading() as session:
            draft = find_newest_version(session, NAME)
        assert draft is not None
        assert draft.version_id == accepted.version_id
        kept = json.loads(draft.version.report)
        assert kept["counts"] == {"local-government-code": {"block": 1}}
        assert kept["findings"][0]["row"] == 2
        with either_installation.blobs.open(draft.version.upload_sha256) as original:
            assert original.read(2) == b"PK"
        with pytest.raises(ConflictError, match="重大な指摘が残っているため、公開できません。"):
            submit_version(either_installation, STAFF, NAME, _later(6))
        with pytest.raises(ConflictError, match="承認待ちの版がありません。"):
            approve_version(either_installation, STAFF, NAME, _later(6))
        assert await _bodies(client, [*LISTS, *RECORDS, *FILES, *PAGES]) == state


def test_an_older_draft_is_not_submitted_once_a_newer_one_is_public(
    installation: Installation, make_package: PackageMaker
) -> None:
    load_folder(installation, make_package(title="誤りのある版"), _later(1))
    load_folder(installation, make_package(title="直した版"), _later(2))
    assert _release(installation, _later(3)).number == 1
    with pytest.raises(ConflictError):
        submit_version(installation, STAFF, NAME, _later(4))


@pytest.mark.anyio
async def test_approving_twice_does_not_bring_back_what_was_submitted_before(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    for title, hours in (("誤りのある版", 1), ("直した版", 2)):
        load_folder(either_installation, make_package(title=title), _later(hours))
        submit_version(either_installation, STAFF, NAME, _later(hours))
    approved = approve_version(either_installation, STAFF, NAME, _later(3))
    finish_job(either_installation, approved.job_id, lambda: _later(3))
    with pytest.raises(ConflictError):
        approve_version(either_installation, STAFF, NAME, _later(4))
    async with make_client(either_installation) as client:
        package = await _package(client)
    assert (package["title"], package["version"]) == ("直した版", "1")


def test_what_was_withdrawn_can_be_sent_and_released_again(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    folder = make_package()
    publish_folder(either_installation, folder, _later(1))
    withdraw_version(either_installation, STAFF, NAME, 1, "取り違えたため", _later(2))
    assert load_folder(either_installation, folder, _later(3)).is_new
    assert _release(either_installation, _later(4)).number == 2


def test_a_file_is_checked_anew_when_it_is_said_to_be_another_table(
    installation: Installation, make_package: PackageMaker
) -> None:
    path = make_package() / "plans.csv"

    def load(schema: str) -> Accepted:
        with installation.folder.scratch() as scratch:
            received = receive_path(path, scratch, installation.settings)
            return accept_upload(
                installation, STAFF, received, scratch, START, schema_name=schema, dataset_name=NAME
            )

    assert load("plan-goals").report.is_blocked
    assert not load("plan-plans").report.is_blocked


def test_a_package_is_checked_anew_when_the_operator_has_mended_the_cause(
    installation: Installation, make_package: PackageMaker
) -> None:
    folder = make_package()
    organizations = {
        name: entry for name, entry in installation.catalog.organizations.items() if name != "t131156"
    }
    before = replace(installation, catalog=replace(installation.catalog, organizations=organizations))
    assert load_folder(before, folder).report.is_blocked
    assert not load_folder(installation, folder, _later(1)).report.is_blocked
    assert _release(installation, _later(2)).number == 1


def test_one_file_sent_four_times_at_once_makes_one_draft(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    folder = make_package()
    start = Barrier(4)

    def load(_number: int) -> int:
        start.wait(30)
        return load_folder(either_installation, folder).version_id

    with ThreadPoolExecutor(4) as pool:
        versions = set(pool.map(load, range(4)))
    assert len(versions) == 1


@pytest.mark.anyio
async def test_a_csv_alone_makes_the_next_version_of_a_dataset_of_one_table(
    installation: Installation, make_package: PackageMaker
) -> None:
    resource = {"name": "plans", "path": "plans.csv", "schema": "schemas/plan-plans/1.0.0.json"}
    folder = make_package(resources=[resource])
    publish_folder(installation, folder)
    changed = (folder / "plans.csv").read_text(encoding="utf-8").replace("見本計画,策定", "見本計画,改定")
    (folder / "plans.csv").write_text(changed, encoding="utf-8")
    with installation.folder.scratch() as scratch:
        received = receive_path(folder / "plans.csv", scratch, installation.settings)
        accept_upload(
            installation, STAFF, received, scratch, START, schema_name="plan-plans", dataset_name=NAME
        )
    assert _release(installation, _later(1)).number == 2
    async with make_client(installation) as client:
        assert "改定" in (await client.get(f"{PAGE}/plans.csv")).text
        assert "策定," in (await client.get(f"{PAGE}/v/1/plans.csv")).text
        assert (await _package(client))["title"] == "見本計画 sample-plan"
    with installation.database.reading() as session:
        newest = find_newest_version(session, NAME)
    assert newest is not None
    assert newest.version.number == 2


@pytest.mark.anyio
async def test_a_table_without_rows_can_be_had_in_every_format(
    installation: Installation, make_package: PackageMaker
) -> None:
    tables = {name: lines[:1] for name, lines in sample_tables(NAME).items()}
    publish_folder(installation, make_package(tables=tables))
    async with make_client(installation) as client:
        await _bodies(client, [*FILES, *RECORDS, *PAGES])
        assert (await client.get(f"{PAGE}/measures.json")).json() == []


@pytest.mark.anyio
async def test_names_sort_byte_by_byte_in_both_databases(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    names = ["a-b", "a1", "a_b", "ab", "b-", "_a"]
    for name in names:
        resource = {"name": "plans", "path": "plans.csv", "schema": "schemas/plan-plans/1.0.0.json"}
        publish_folder(
            either_installation,
            make_package(
                name=name,
                resources=[resource],
                tables={
                    table: [line.replace(f",{name}", ",plan") for line in lines]
                    for table, lines in sample_tables(name).items()
                },
            ),
        )
    async with make_client(either_installation) as client:
        listed = (await client.get("/api/3/action/package_list")).json()["result"]
        searched = (await client.get("/api/3/action/package_search?sort=name%20asc")).json()["result"]
    assert listed == sorted(names)
    assert [package["name"] for package in searched["results"]] == sorted(names)
