from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.formats.schema_org import schema_org_dataset
from app.formats.sentences import credit_sentence, provenance_sentence
from app.model.release import Release
from app.model.table_schema import TableSchema
from app.storage.releases import VersionSummary
from app.vocabulary.catalog import Catalog
from app.web.dataset import COMMON_FORMATS, TableView, list_machine_links
from app.web.templating import render

BASE = "https://data.example.jp"
ROW = ("131156", "g1", "東京都杉並区", "p", None, 1, "方針1", "<i>名称</i>", None)


def make_view(release: Release, schema: TableSchema) -> TableView:
    files = [entry for entry in release.distributions if entry.table]
    return TableView(
        release.tables[0],
        schema,
        (ROW,),
        tuple(entry for entry in files if entry.format.suffix in COMMON_FORMATS),
        tuple(entry for entry in files if entry.format.suffix not in COMMON_FORMATS),
    )


def show(release: Release, schema: TableSchema, catalog: Catalog) -> str:
    noon = release.effective_at
    page = render(
        "dataset.html",
        catalog,
        BASE,
        release=release,
        series=None,
        schema_org=schema_org_dataset(release, catalog, BASE),
        themes=[catalog.themes["gove"]],
        views=[make_view(release, schema)],
        archive=release.find_distribution("", "zip"),
        versions=(VersionSummary(2, noon), VersionSummary(1, noon)),
        machine_links=list_machine_links(release),
        credit=credit_sentence(release, catalog),
        provenance=provenance_sentence(release, catalog),
    )
    return bytes(page.body).decode("utf-8")


def test_a_dataset_page_is_valid_and_in_the_order_that_readers_need(
    release: Release, schema: TableSchema, catalog: Catalog, assert_valid: Callable[[str], None]
) -> None:
    page = show(release, schema, catalog)
    assert_valid(page)
    order = ["unofficial", "facts", "downloads", "data", "versions", "credit", "machines"]
    assert [name for name in re.findall(r'<h2 id="([a-z]+)"', page) if name in order] == order


def test_every_format_is_linked_once_with_its_encoding_and_size(
    release: Release, schema: TableSchema, catalog: Catalog
) -> None:
    page = show(release, schema, catalog)
    for entry in release.distributions:
        assert page.count(f'href="{entry.path}" download') == 1
    assert page.count("12.3 KB") == 9
    assert "文字コード Shift_JIS・12.3 KB" in page
    assert "Excelで開く方はこちら" in page


def test_what_shift_jis_cannot_hold_is_counted_and_listed(
    release: Release, schema: TableSchema, catalog: Catalog
) -> None:
    page = show(release, schema, catalog)
    assert "Shift_JISで表せない文字のあるセルが2個あります" in page
    assert "はじめの1個を示します" in page
    assert "3行目「名称」: 髙𠮷" in page
    whole = replace(
        release, distributions=tuple(replace(e, losses=(), loss_count=0) for e in release.distributions)
    )
    assert "表せない文字はありません。" in show(whole, schema, catalog)


def test_data_are_text_and_never_markup(release: Release, schema: TableSchema, catalog: Catalog) -> None:
    page = show(release, schema, catalog)
    assert "&lt;i&gt;名称&lt;/i&gt;" in page
    assert "&lt;b&gt;太字" in page
    assert "<i>" not in page


def test_previews_can_be_reached_by_keyboard_and_have_a_name(
    release: Release, schema: TableSchema, catalog: Catalog
) -> None:
    page = show(release, schema, catalog)
    assert re.search(r'role="region" aria-labelledby="preview-goals" tabindex="0"', page)
    assert "「体系」のはじめの1行（全1,234行）" in page
    assert page.count('<th scope="col">') == len(schema.fields) + 3


def test_an_official_dataset_has_no_notice_and_names_its_sources(
    release: Release, schema: TableSchema, catalog: Catalog, assert_valid: Callable[[str], None]
) -> None:
    official = replace(
        release, record=release.record.model_copy(update={"unofficial": False, "publisher": "t131156"})
    )
    page = show(official, schema, catalog)
    assert_valid(page)
    assert "非公式" not in page
    assert "<dt>出典</dt>" in page


def test_each_version_has_its_own_address(release: Release, schema: TableSchema, catalog: Catalog) -> None:
    page = show(release, schema, catalog)
    for number in (1, 2):
        assert f'href="/dataset/{release.name}/v/{number}.zip"' in page
    assert page.count("いまの版") == 1


def test_the_credit_names_version_and_address(
    release: Release, schema: TableSchema, catalog: Catalog
) -> None:
    lines = re.findall(r"readonly>([^<]+)</textarea>", show(release, schema, catalog))
    assert len(lines) == 2
    for line, words in zip(lines, ("第2版（2026-11-21公開）", "version 2 (2026-11-21)"), strict=True):
        assert words in line
        assert f"{BASE}/dataset/{release.name}" in line
    assert "非公式" in lines[0]
    assert "Unofficial data made from a document published by Suginami City (Tokyo)." in lines[1]


def test_machine_forms_are_linked_on_the_page_and_in_its_head(
    release: Release, schema: TableSchema, catalog: Catalog
) -> None:
    page = show(release, schema, catalog)
    links = list_machine_links(release)
    assert {link.path.rpartition(".")[2] for link in links} >= {"ttl", "rdf", "jsonld", "json"}
    for link in links:
        assert f'type="{link.media_type}" href="{BASE}{link.path}"' in page
        assert page.count(f'href="{link.path}">{link.title}</a>') == 1


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "zip"])
def test_a_file_has_a_page_with_its_hash(
    suffix: str,
    release: Release,
    schema: TableSchema,
    catalog: Catalog,
    assert_valid: Callable[[str], None],
) -> None:
    entry = next(entry for entry in release.distributions if entry.format.suffix == suffix)
    view = make_view(release, schema) if entry.table else None
    page = render("resource.html", catalog, BASE, release=release, entry=entry, title="体系: CSV", view=view)
    text = bytes(page.body).decode("utf-8")
    assert_valid(text)
    assert entry.sha256 in text
    assert f'href="{entry.path}" download' in text
    assert ("preview-goals" in text) is bool(entry.table)
