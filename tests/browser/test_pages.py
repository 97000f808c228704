from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page

OpenPage = Callable[..., Page]

KINDS = (
    "home",
    "list",
    "no hits",
    "dataset",
    "table file",
    "archive",
    "municipality",
    "operator",
    "theme",
    "schemas",
    "schema",
    "docs",
    "not found",
)
PHONE = {"width": 320, "height": 640}
MAX_PAGE_BYTES = 100_000
DATASET = "/dataset/131156-digital-plan-2022"


def find_violations(page: Page) -> list[tuple[str, str]]:
    """Return rule and element of everything that axe finds, target sizes (WCAG 2.2) included."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    options = {"rules": {"target-size": {"enabled": True}}}
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        (violation["id"], node["html"]) for violation in found["violations"] for node in violation["nodes"]
    ]


def open_all_details(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(kind: str, scheme: str, addresses: dict[str, str], open_page: OpenPage) -> None:
    page = open_page(addresses[kind], color_scheme=scheme)
    open_all_details(page)
    assert find_violations(page) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_never_scrolls_sideways(kind: str, addresses: dict[str, str], open_page: OpenPage) -> None:
    page = open_page(addresses[kind], viewport=PHONE)
    open_all_details(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert find_violations(page) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_light_without_its_data(kind: str, addresses: dict[str, str], open_page: OpenPage) -> None:
    page = open_page("/static/favicon.svg")
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(strip_data(answer.body()))))
    page.goto(addresses[kind], wait_until="networkidle")
    assert sizes
    assert sum(sizes) < MAX_PAGE_BYTES


def strip_data(body: bytes) -> bytes:
    return re.sub(rb'<div class="scroll.*?</div>', b"", body, flags=re.DOTALL)


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_tab_leads_to_the_content(
    kind: str, addresses: dict[str, str], open_page: OpenPage
) -> None:
    page = open_page(addresses[kind])
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="本文へ移動")
    assert link.evaluate("link => link === document.activeElement")
    box = link.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_what_has_the_focus_shows_it(open_page: OpenPage) -> None:
    page = open_page(DATASET)
    for _ in range(40):
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert width >= 2
        assert style == "solid"


def test_a_wide_table_is_scrolled_with_the_keyboard(open_page: OpenPage) -> None:
    page = open_page(DATASET, viewport=PHONE)
    region = page.get_by_role("region", name="「施策」のはじめの10行")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_reading_and_searching_need_no_script(open_page: OpenPage) -> None:
    page = open_page("/", java_script_enabled=False)
    page.get_by_label("データセットを探す").fill("杉並 デジタル")
    page.get_by_role("button", name="検索").click()
    page.get_by_role("link", name="杉並区デジタル化推進計画").first.click()
    page.locator("summary", has_text="「施策」の列の意味").click()
    assert page.get_by_role("rowheader", name="主管課").is_visible()


def test_the_home_page_leads_to_a_municipality_and_its_datasets(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_role("link", name=re.compile("東京都杉並区（")).click()
    page.get_by_role("link", name="杉並区デジタル化推進計画").first.click()
    assert page.get_by_role("heading", level=2, name="非公式のデータです").is_visible()


@pytest.mark.parametrize(
    ("link", "start"),
    [
        ("施策 CSV（UTF-8）", "全国地方公共団体コード,ID".encode()),
        ("施策 CSV（UTF-8 BOM付き、Excel向け）", "全国地方公共団体コード,ID".encode("utf-8-sig")),
        ("施策 CSV（Shift_JIS）", "全国地方公共団体コード,ID".encode("cp932")),
        ("施策 Excel（XLSX）", b"PK"),
        ("データセット全体 Data Package（ZIP）", b"PK"),
    ],
)
def test_a_download_link_gives_the_file(link: str, start: bytes, open_page: OpenPage) -> None:
    page = open_page(DATASET)
    with page.expect_download() as download:
        page.get_by_role("link", name=link, exact=True).click()
    assert download.value.path().read_bytes().startswith(start)


def test_every_link_to_the_site_leads_somewhere(
    base: str, addresses: dict[str, str], open_page: OpenPage
) -> None:
    page = open_page("/")
    links: set[str] = set()
    for address in addresses.values():
        page.goto(address)
        found = page.evaluate("[...document.querySelectorAll('[href]')].map(part => part.href)")
        links.update(link.partition("#")[0] for link in found if link.startswith(base))
    links.remove(base + addresses["not found"])  # its own skip link
    assert len(links) > 50
    statuses = {link: page.request.get(link).status for link in sorted(links)}
    assert {link: status for link, status in statuses.items() if status != 200} == {}


def test_print_shows_address_and_version_and_hides_what_paper_cannot_do(open_page: OpenPage) -> None:
    page = open_page(DATASET)
    page.emulate_media(media="print")
    assert page.get_by_text("第1版（").first.is_visible()
    assert page.locator(".print-only").inner_text().startswith("http")
    assert page.get_by_role("navigation", name="サイト全体").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.get_by_role("rowheader", name="主管課").is_visible()


def test_the_reference_names_the_operations_of_the_openapi_document(open_page: OpenPage) -> None:
    page = open_page("/docs")
    document = json.loads(page.request.get("/openapi.json").text())
    headings = page.get_by_role("heading", level=3).all_inner_texts()
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in headings
