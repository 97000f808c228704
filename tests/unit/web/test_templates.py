from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from jinja2 import UndefinedError

from app.model.release import Release
from app.vocabulary.catalog import Catalog
from app.web.templating import HEADERS, render

BASE = "https://data.example.jp/opendata"


@dataclass(frozen=True)
class Listing:
    items: tuple[Release, ...]
    total: int
    offset: int
    limit: int


def show_list(catalog: Catalog, page: Listing, query: str = "") -> str:
    return read(render("datasets.html", catalog, BASE, page=page, query=query).body)


def read(body: bytes | memoryview) -> str:
    return bytes(body).decode("utf-8")


def test_a_list_is_valid_html_and_names_its_datasets(
    catalog: Catalog, release: Release, assert_valid: Callable[[str], None]
) -> None:
    page = show_list(catalog, Listing((release,), 1, 0, 20))
    assert_valid(page)
    assert 'href="/opendata/dataset/131156-digital-plan-2022"' in page
    for words in (
        "1件あります。",
        "東京都杉並区",
        "施策オープンデータカタログ運営者",
        "体系",
        "2026年11月21日（令和8年）",
    ):
        assert words in page


def test_an_empty_search_says_so_and_repeats_the_words_as_text(
    catalog: Catalog, assert_valid: Callable[[str], None]
) -> None:
    page = show_list(catalog, Listing((), 0, 0, 20), query='"><script>')
    assert_valid(page)
    assert "見つかりませんでした" in page
    assert "<script>" not in page


def test_a_list_past_its_end_leads_back(catalog: Catalog, assert_valid: Callable[[str], None]) -> None:
    page = show_list(catalog, Listing((), 3, 40, 20), query="計画")
    assert_valid(page)
    assert 'href="/opendata/dataset/?q=%E8%A8%88%E7%94%BB">最初のページへ' in page


def test_the_pager_keeps_the_query_and_marks_where_one_is(
    catalog: Catalog, release: Release, assert_valid: Callable[[str], None]
) -> None:
    page = show_list(catalog, Listing((release,), 200, 80, 20), query="計画")
    assert_valid(page)
    numbers = re.findall(r'page=(\d+)" aria-label', page)
    assert numbers == ["1", "3", "4", "5", "6", "7", "10"]
    assert page.count('q=%E8%A8%88%E7%94%BB&amp;page=5" aria-label="5ページ目" aria-current="page"') == 1
    assert page.count("…</li>") == 2
    assert "200件のうち81〜81件目を表示しています。" in page


def test_one_page_has_no_pager(catalog: Catalog, release: Release) -> None:
    assert "ページ送り" not in show_list(catalog, Listing((release,), 20, 0, 20))


def test_a_page_without_a_needed_value_is_not_made(catalog: Catalog) -> None:
    with pytest.raises(UndefinedError):
        render("datasets.html", catalog, BASE, query="")


def test_home_is_valid_with_and_without_datasets(
    catalog: Catalog, release: Release, assert_valid: Callable[[str], None]
) -> None:
    for items in ((release,), ()):
        listing = Listing(items, len(items), 0, 5)
        wards = [(catalog.organizations["t131156"], 1)] if items else []
        page = read(render("home.html", catalog, BASE, newest=listing, municipalities=wards).body)
        assert_valid(page)
        assert ("東京都杉並区（1件）" in page) is bool(items)
        assert 'href="/opendata/docs"' in page


def test_an_organization_without_code_or_site_is_valid(
    catalog: Catalog, assert_valid: Callable[[str], None]
) -> None:
    nothing = Listing((), 0, 0, 20)
    for name in ("shisaku", "t131156"):
        organization = catalog.organizations[name]
        page = read(render("organization.html", catalog, BASE, organization=organization, page=nothing).body)
        assert_valid(page)
        assert ("全国地方公共団体コード" in page) is bool(organization.code)


def test_a_theme_is_valid(catalog: Catalog, release: Release, assert_valid: Callable[[str], None]) -> None:
    listing = Listing((release,), 1, 0, 20)
    page = read(render("group.html", catalog, BASE, theme=catalog.themes["gove"], page=listing).body)
    assert_valid(page)


def test_pages_bring_nothing_from_outside_and_no_script(catalog: Catalog, release: Release) -> None:
    page = show_list(catalog, Listing((release,), 1, 0, 20))
    assert "<script" not in page
    assert "style=" not in page
    assert all(address.startswith("/opendata/static/") for address in re.findall(r'src="([^"]+)"', page))
    assert "script-src" not in HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in HEADERS["Content-Security-Policy"]
