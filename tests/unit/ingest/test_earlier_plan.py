from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from app.model.report import Report
from app.publish.approve import approve_version
from app.publish.submit import submit_version
from app.publish.withdraw import withdraw_version
from app.storage.installation import Installation
from tests.conftest import STAFF, START, PackageMaker, load_folder, publish_folder, sample_tables

NEW, OLD = "sugi-2022", "sugi-2017"


def refer(make_package: PackageMaker, plan: str = OLD, measures: str = f"{OLD}-m1;{OLD}-m2") -> Path:
    """Make a package whose plan and first measure name those of an earlier one."""
    tables = sample_tables(NEW)
    tables["plans"][1] = tables["plans"][1].replace("情報政策課,無,,", f"情報政策課,無,{plan},")
    tables["measures"][1] = tables["measures"][1].replace("新規,,,,", f"新規,,,{measures},")
    return make_package(NEW, tables)


def list_rules(report: Report) -> list[tuple[str, str, int | None]]:
    return [(finding.rule, finding.value, finding.row) for finding in report.findings]


MISSING = [("earlier-plan", OLD, 2), *[("earlier-plan", f"{OLD}-m1;{OLD}-m2", 2)] * 2]


def test_an_earlier_plan_must_be_submitted_at_least(
    either_installation: Installation, make_package: PackageMaker
) -> None:
    assert list_rules(load_folder(either_installation, refer(make_package)).report) == MISSING
    load_folder(either_installation, make_package(OLD))
    assert list_rules(load_folder(either_installation, refer(make_package)).report) == MISSING
    submit_version(either_installation, STAFF, OLD, START)
    assert list_rules(load_folder(either_installation, refer(make_package)).report) == []
    approve_version(either_installation, STAFF, OLD, START)
    assert list_rules(load_folder(either_installation, refer(make_package)).report) == []


def test_a_withdrawn_plan_is_not_there(installation: Installation, make_package: PackageMaker) -> None:
    publish_folder(installation, make_package(OLD))
    assert list_rules(load_folder(installation, refer(make_package)).report) == []
    withdraw_version(installation, STAFF, OLD, 1, "誤り", START + dt.timedelta(days=1))
    assert list_rules(load_folder(installation, refer(make_package)).report) == MISSING


def test_another_municipality_is_told_and_stops(
    installation: Installation, make_package: PackageMaker
) -> None:
    lines = {
        table: [line.replace("131156", "131121").replace("杉並区", "世田谷区") for line in rows]
        for table, rows in sample_tables(OLD).items()
    }
    publish_folder(
        installation, make_package(OLD, lines, publisher="t131121", local_government_code="131121")
    )
    report = load_folder(installation, refer(make_package)).report
    assert list_rules(report) == [("earlier-plan-ward", value, row) for _, value, row in MISSING]
    assert report.is_blocked


@pytest.mark.parametrize("plan", [NEW, f"{OLD}-m1", "nothing"])
def test_its_own_rows_and_rows_of_another_kind_are_no_earlier_plan(
    installation: Installation, make_package: PackageMaker, plan: str
) -> None:
    publish_folder(installation, make_package(OLD))
    publish_folder(installation, make_package(NEW))
    report = load_folder(installation, refer(make_package, plan, f"{OLD}-m1")).report
    assert list_rules(report) == [("earlier-plan", plan, 2)]


def test_ids_need_not_begin_with_the_name_of_their_dataset(
    installation: Installation, make_package: PackageMaker
) -> None:
    lines = {table: [line.replace(OLD, "x1") for line in rows] for table, rows in sample_tables(OLD).items()}
    publish_folder(installation, make_package(OLD, lines))
    assert list_rules(load_folder(installation, refer(make_package, "x1", "x1-m2")).report) == []
    assert list_rules(load_folder(installation, refer(make_package, "x1", "x1-m3")).report) == [
        ("earlier-plan", "x1-m3", 2)
    ]
