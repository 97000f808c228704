from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import frictionless
import pytest

from app.formats.context import RenderContext
from app.formats.csv import write_csv
from app.formats.datapackage import PackagedTable, describe_package, write_data_package
from app.model.record import Contact, Record, Source, TableRecord
from app.model.table import Table


@pytest.fixture
def packaged(table: Table, tmp_path: Path) -> PackagedTable:
    path = tmp_path / "canonical"
    with path.open("wb") as target:
        write_csv(table, target)
    content = path.read_bytes()
    return PackagedTable(table, path, hashlib.sha256(content).hexdigest(), len(content))


def render(context: RenderContext, packaged: PackagedTable) -> bytes:
    target = io.BytesIO()
    write_data_package(context, [packaged], target)
    return target.getvalue()


def read_record(descriptor: dict[str, Any]) -> Record:
    return Record(
        title=descriptor["title"],
        title_en=descriptor["title_en"],
        description=descriptor["description"],
        description_en=descriptor.get("description_en", ""),
        publisher=descriptor["publisher"],
        local_government_code=descriptor["local_government_code"],
        keywords=tuple(descriptor["keywords"]),
        themes=tuple(descriptor["themes"]),
        period_start=dt.date.fromisoformat(descriptor["temporal"]["start"]),
        period_end=dt.date.fromisoformat(descriptor["temporal"]["end"]),
        frequency=descriptor["frequency"],
        contact=Contact(**descriptor["contact"]),
        license=descriptor["licenses"][0]["name"],
        sources=tuple(
            Source(title=source["title"], publisher=source["publisher"], url=source["path"])
            for source in descriptor["sources"]
        ),
        unofficial=descriptor["unofficial"],
        tables=tuple(
            TableRecord(
                name=resource["name"],
                title=resource["title"],
                description=resource.get("description", ""),
                schema_name=resource["schema"]["name"],
                schema_version=resource["schema"]["version"],
            )
            for resource in descriptor["resources"]
        ),
    )


def test_frictionless_finds_nothing_in_the_zip(
    context: RenderContext, packaged: PackagedTable, tmp_path: Path
) -> None:
    path = tmp_path / "sample-plan.zip"
    path.write_bytes(render(context, packaged))
    report = frictionless.validate(path, type="package")
    assert report.valid, report.flatten(["type", "note"])
    assert report.stats["tasks"] == 1


def test_frictionless_sees_a_wrong_hash(
    context: RenderContext, packaged: PackagedTable, tmp_path: Path
) -> None:
    path = tmp_path / "sample-plan.zip"
    path.write_bytes(render(context, dataclasses.replace(packaged, sha256="0" * 64)))
    assert not frictionless.validate(path, type="package").valid


def test_the_zip_holds_the_descriptor_and_the_canonical_csv(
    context: RenderContext, packaged: PackagedTable
) -> None:
    with zipfile.ZipFile(io.BytesIO(render(context, packaged))) as archive:
        assert archive.namelist() == ["datapackage.json", "data/sample.csv"]
        assert archive.read("data/sample.csv") == packaged.csv_path.read_bytes()
        assert json.loads(archive.read("datapackage.json")) == describe_package(context, [packaged])
        assert {info.date_time for info in archive.infolist()} == {(2026, 4, 1, 0, 30, 14)}


def test_the_descriptor_gives_the_record_back(
    context: RenderContext, packaged: PackagedTable, record: Record
) -> None:
    assert read_record(describe_package(context, [packaged])) == record


def test_the_descriptor_is_a_data_package_of_version_2(
    context: RenderContext, packaged: PackagedTable
) -> None:
    descriptor = describe_package(context, [packaged])
    assert descriptor["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert descriptor["name"] == "sample-plan"
    assert descriptor["id"] == "https://data.example.jp/id/dataset/sample-plan"
    assert descriptor["version"] == "3.0.0"
    assert descriptor["created"] == "2026-04-01T00:30:15Z"
    assert descriptor["contributors"] == [{"title": "カタログ運営者", "roles": ["publisher"]}]
    assert "description_en" not in descriptor
    (resource,) = descriptor["resources"]
    assert (resource["path"], resource["bytes"]) == ("data/sample.csv", packaged.size)
    assert resource["hash"] == f"sha256:{packaged.sha256}"


def test_foreign_keys_to_tables_outside_the_package_are_left_out(
    context: RenderContext, packaged: PackagedTable
) -> None:
    (resource,) = describe_package(context, [packaged])["resources"]
    assert [key["fields"] for key in resource["schema"]["foreignKeys"]] == [["上位_ID"]]
    measures = dataclasses.replace(packaged, table=dataclasses.replace(packaged.table, name="measures"))
    both = describe_package(context, [packaged, measures])["resources"]
    assert [key["fields"] for key in both[0]["schema"]["foreignKeys"]] == [["施策_ID"], ["上位_ID"]]


def test_a_version_before_1980_is_dated_1980(context: RenderContext, packaged: PackagedTable) -> None:
    early = dataclasses.replace(context, approved_at=dt.datetime(1970, 1, 1, tzinfo=dt.UTC))
    with zipfile.ZipFile(io.BytesIO(render(early, packaged))) as archive:
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


def test_equal_versions_give_equal_bytes(context: RenderContext, packaged: PackagedTable) -> None:
    copy = packaged.csv_path.with_name("copy")
    copy.write_bytes(packaged.csv_path.read_bytes())
    again = dataclasses.replace(packaged, csv_path=copy)
    assert render(context, packaged) == render(context, again)
