from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import html5lib
import pytest

from app.model.distribution import DATASET_FORMATS, TABLE_FORMATS, Distribution, Loss, dataset_id
from app.model.record import Contact, Record, Source, TableRecord
from app.model.release import Release, ReleasedTable
from app.model.table_schema import TableSchema
from app.settings import HOUSE
from app.vocabulary.catalog import Catalog, read_catalog
from app.vocabulary.schemas import SchemaRegistry


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return read_catalog(HOUSE / "catalog")


@pytest.fixture(scope="session")
def schema() -> TableSchema:
    return SchemaRegistry(HOUSE / "vocab").get_schema("plan-goals")


@pytest.fixture
def release() -> Release:
    name = "131156-digital-plan-2022"
    noon = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
    record = Record(
        title="杉並区デジタル化推進計画（第1次）の施策",
        title_en="Suginami digital plan",
        description="計画の体系を1行ずつにした表です。<b>太字</b>ではありません。",
        publisher="shisaku",
        local_government_code="131156",
        themes=("GOVE",),
        keywords=("計画",),
        period_start=dt.date(2022, 4, 1),
        contact=Contact(name="運営者", email="someone@example.jp"),
        sources=(Source(title="杉並区デジタル化推進計画", url="https://example.jp/plan.pdf"),),
        unofficial=True,
        frequency="ANNUAL",
        tables=(TableRecord(name="goals", title="体系", schema_name="plan-goals", schema_version="1.0.0"),),
    )
    files = [Distribution(name, "goals", entry, "ab" * 32, 12_345) for entry in TABLE_FORMATS]
    files[2] = replace(files[2], losses=(Loss(3, "名称", "髙𠮷"),), loss_count=2)
    archive = Distribution(name, "", DATASET_FORMATS[0], "cd" * 32, 812)
    return Release(
        dataset_id(name), name, 2, noon, noon, noon, record,
        (ReleasedTable(record.tables[0], 1_234, "ef" * 32),), (*files, archive),
    )  # fmt: skip


@pytest.fixture(scope="session")
def assert_valid() -> Callable[[str], None]:
    return check_page


def check_page(page: str) -> None:
    """Fail unless a page parses without an error, ids are unique, and what refers to an id finds it."""
    html5lib.HTMLParser(strict=True).parse(page)
    ids = Counter(re.findall(r'\sid="([^"]+)"', page))
    assert [name for name, count in ids.items() if count > 1] == []
    referring = r'(?:(?:aria-labelledby|aria-describedby|for)="|href="#)([^"]+)"'
    assert set(re.findall(referring, page)) <= set(ids)
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
