from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import OrganizationNotFound
from app.formats.ckan import (
    ckan_time,
    clean_tag,
    clean_tags,
    group_dict,
    organization_dict,
    package_dict,
)
from app.model.distribution import DATASET_FORMATS, TABLE_FORMATS, Distribution, dataset_id
from app.model.record import Contact, Record, Source, TableRecord
from app.model.release import Release, ReleasedTable
from app.vocabulary.catalog import Catalog, read_catalog

HOUSE = Path(__file__).parents[3]
BASE = "https://data.example.jp/data"
JST = dt.timezone(dt.timedelta(hours=9))
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}")

WORD = re.compile(r"\w+")
PACKAGE_KEYS = WORD.findall(
    """id name title notes type state private license_id license_title license_url isopen url version
    author author_email maintainer maintainer_email owner_org organization groups tags extras resources
    num_resources num_tags metadata_created metadata_modified creator_user_id relationships_as_subject
    relationships_as_object"""
)
RESOURCE_KEYS = WORD.findall(
    """id package_id position name description format mimetype mimetype_inner cache_url cache_last_updated
    url url_type resource_type size hash created last_modified metadata_modified state datastore_active"""
)
ORGANIZATION_KEYS = WORD.findall(
    "id name title type description image_url created is_organization approval_status state"
)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_catalog(HOUSE / "catalog")


def make_release(**changes: object) -> Release:
    table = TableRecord(name="measures", title="施策", schema_name="plan-measures", schema_version="1.0.0")
    facts: dict[str, Any] = {
        "title": "杉並区デジタル化推進計画",
        "description": "計画の施策の一覧です。",
        "publisher": "t131156",
        "local_government_code": "131156",
        "keywords": ("デジタル化", "税"),
        "themes": ("GOVE", "TECH"),
        "period_start": dt.date(2022, 4, 1),
        "contact": Contact(name="情報政策課", email="joho@city.example.jp"),
        "sources": (Source(title="計画書", url="https://city.example.jp/計画.pdf"),),
        "tables": (table,),
    }
    distributions = (
        *(Distribution("keikaku", "measures", form, "ab" * 32, 120) for form in TABLE_FORMATS),
        *(Distribution("keikaku", "", form, "cd" * 32, 340) for form in DATASET_FORMATS),
    )
    return Release(
        dataset_id("keikaku"),
        "keikaku",
        3,
        dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=JST),
        dt.datetime(2026, 2, 3, 4, 5, 6, tzinfo=JST),
        dt.datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=JST),
        Record(**(facts | changes)),
        (ReleasedTable(table, 12, "ef" * 32),),
        distributions,
    )


def extras_of(package: dict[str, Any]) -> dict[str, str]:
    return {extra["key"]: extra["value"] for extra in package["extras"]}


def test_every_key_is_there_and_json_keeps_it(catalog: Catalog) -> None:
    package = package_dict(make_release(), catalog, BASE)
    assert sorted(package) == sorted(PACKAGE_KEYS)
    assert sorted(package["organization"]) == sorted(ORGANIZATION_KEYS)
    assert all(sorted(resource) == sorted(RESOURCE_KEYS) for resource in package["resources"])
    assert json.loads(json.dumps(package)) == package


def test_identity_licence_and_publisher(catalog: Catalog) -> None:
    package = package_dict(make_release(), catalog, BASE)
    organization = catalog.get_organization("t131156")
    expected = {
        "id": dataset_id("keikaku"),
        "name": "keikaku",
        "version": "3",
        "url": f"{BASE}/dataset/keikaku",
        "license_id": "CC-BY-4.0",
        "license_title": "クリエイティブ・コモンズ 表示 4.0 国際",
        "license_url": "https://creativecommons.org/licenses/by/4.0/",
        "isopen": True,
        "owner_org": organization.id,
        "author": "東京都杉並区",
        "maintainer": "情報政策課",
        "maintainer_email": "joho@city.example.jp",
    }
    assert {key: package[key] for key in expected} == expected
    assert package["organization"]["is_organization"] is True


def test_times_are_naive_utc_with_six_digits(catalog: Catalog) -> None:
    package = package_dict(make_release(), catalog, BASE)
    assert package["metadata_created"] == "2026-01-01T18:04:05.000000"
    assert package["metadata_modified"] == "2026-03-03T20:06:07.000089"
    assert package["metadata_created"] <= package["metadata_modified"]
    for resource in package["resources"]:
        assert all(TIME.fullmatch(resource[key]) for key in ("created", "last_modified", "metadata_modified"))


@given(st.datetimes(timezones=st.just(dt.UTC)), st.datetimes(timezones=st.just(dt.UTC)))
def test_times_compare_as_strings_as_they_do_as_times(one: dt.datetime, other: dt.datetime) -> None:
    assert (ckan_time(one) < ckan_time(other)) == (one < other)


def test_resources_are_the_listed_distributions(catalog: Catalog) -> None:
    release = make_release()
    package = package_dict(release, catalog, BASE)
    resources = package["resources"]
    assert [entry["format"] for entry in resources] == ["CSV", "XLSX", "JSON", "ZIP", "TTL"]
    assert [entry["position"] for entry in resources] == [0, 1, 2, 3, 4]
    assert [entry["id"] for entry in resources] == [entry.id for entry in release.listed_distributions]
    assert package["num_resources"] == 5
    first = resources[0]
    assert first["url"] == f"{BASE}/dataset/keikaku/measures.csv"
    assert (first["mimetype"], first["size"], first["hash"]) == ("text/csv", 120, "ab" * 32)
    assert (first["resource_type"], first["url_type"]) == ("file", None)
    active = [entry["format"] for entry in package["resources"] if entry["datastore_active"]]
    assert set(active) == {"CSV"}


def test_tags_are_clean_and_counted(catalog: Catalog) -> None:
    package = package_dict(make_release(), catalog, BASE)
    assert [tag["name"] for tag in package["tags"]] == ["デジタル化"]
    assert package["num_tags"] == 1


def test_groups_are_the_themes(catalog: Catalog) -> None:
    package = package_dict(make_release(themes=("GOVE", "NOSUCH")), catalog, BASE)
    assert [(group["name"], group["display_name"]) for group in package["groups"]] == [("gove", "行政")]


def test_extras_are_unique_strings_apart_from_the_fields(catalog: Catalog) -> None:
    package = package_dict(make_release(), catalog, BASE)
    keys = [extra["key"] for extra in package["extras"]]
    assert len(keys) == len(set(keys))
    assert not set(keys) & {*PACKAGE_KEYS, "id"}
    assert all(isinstance(extra["value"], str) and extra["value"] for extra in package["extras"])


def test_extras_hold_what_harvesters_read(catalog: Catalog) -> None:
    extras = extras_of(package_dict(make_release(), catalog, BASE))
    authority = "http://publications.europa.eu/resource/authority"
    assert extras["identifier"] == extras["uri"] == f"{BASE}/id/dataset/keikaku"
    assert extras["frequency"] == f"{authority}/frequency/UNKNOWN"
    assert extras["spatial_uri"] == f"{authority}/country/JPN"
    assert extras["local_government_code"] == "131156"
    assert json.loads(extras["theme"]) == [f"{authority}/data-theme/GOVE", f"{authority}/data-theme/TECH"]
    assert json.loads(extras["conforms_to"]) == [f"{BASE}/schemas/plan-measures/1.0.0"]
    assert json.loads(extras["source"]) == ["https://city.example.jp/%E8%A8%88%E7%94%BB.pdf"]
    polygon = json.loads(extras["spatial"])
    assert polygon["type"] == "Polygon"
    assert polygon["coordinates"][0][0] == polygon["coordinates"][0][-1] == [139.59, 35.67]


def test_what_is_not_known_is_no_extra(catalog: Catalog) -> None:
    release = make_release(contact=Contact(name="情報政策課", email="電話のみ", url="なし"), sources=())
    package = package_dict(release, catalog, BASE)
    unknown = {"temporal_end", "contact_email", "contact_url", "source", "provenance"}
    assert not unknown & set(extras_of(package))
    assert package["maintainer_email"] == ""


def test_unofficial_data_belong_to_their_maker_and_say_so(catalog: Catalog) -> None:
    package = package_dict(make_release(publisher="shisaku", unofficial=True), catalog, BASE)
    assert package["organization"]["name"] == "shisaku"
    assert "非公式" in extras_of(package)["provenance"]
    assert extras_of(package)["spatial_text"] == "東京都杉並区"


def test_notes_are_never_empty(catalog: Catalog) -> None:
    package = package_dict(make_release(description=""), catalog, BASE)
    assert package["notes"] == package["title"]


def test_an_unknown_publisher_is_an_error(catalog: Catalog) -> None:
    with pytest.raises(OrganizationNotFound):
        package_dict(make_release(publisher="nobody"), catalog, BASE)


def test_organization_and_group_tell_how_many_packages_they_have(catalog: Catalog) -> None:
    organization = organization_dict(catalog.get_organization("t131156"), catalog, 7)
    group = group_dict(catalog.themes["gove"], catalog, 4)
    assert (organization["package_count"], group["package_count"]) == (7, 4)
    assert set(ORGANIZATION_KEYS) <= set(organization)
    assert organization["extras"] == [{"key": "local_government_code", "value": "131156"}]
    assert group["is_organization"] is False
    assert TIME.fullmatch(organization["created"])


@pytest.mark.parametrize(
    ("keyword", "tag"),
    [
        ("デジタル化", "デジタル化"),
        ("子育て・教育", "子育て 教育"),
        ("（仮称）子ども条例", "仮称 子ども条例"),
        ("Ｗｉ－Ｆｉ", "Wi-Fi"),
        ("a,b & c/d", "a b c d"),
        ("防災\n 計画", "防災 計画"),
        ("税", None),
        ("・", None),
        ("", None),
        ("あ" * 101, "あ" * 100),
    ],
)
def test_a_tag_keeps_what_ckan_allows(keyword: str, tag: str | None) -> None:
    assert clean_tag(keyword) == tag


def test_tags_alike_but_for_case_and_spaces_are_one() -> None:
    assert clean_tags(["Open Data", "opendata", "防災", "ＯＰＥＮ　ＤＡＴＡ"]) == ("Open Data", "防災")


@given(st.text())
def test_any_text_gives_a_tag_that_ckan_accepts_or_none(keyword: str) -> None:
    tag = clean_tag(keyword)
    if tag is not None:
        assert 2 <= len(tag) <= 100
        assert re.fullmatch(r"[\w \-.]*", tag)
        assert clean_tag(tag) == tag
