from __future__ import annotations

import datetime as dt

import pytest

from app.model.distribution import TABLE_FORMATS, find_format
from app.model.table_schema import Field, FieldType
from app.web import wording


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (dt.date(2026, 11, 21), "2026年11月21日（令和8年）"),
        (dt.date(2019, 5, 1), "2019年5月1日（令和元年）"),
        (dt.date(2019, 4, 30), "2019年4月30日（平成31年）"),
        (dt.date(1989, 1, 7), "1989年1月7日（昭和64年）"),
        (dt.date(1926, 12, 24), "1926年12月24日（大正15年）"),
        (dt.date(1912, 7, 29), "1912年7月29日（明治45年）"),
        (dt.date(1872, 12, 31), "1872年12月31日"),
    ],
)
def test_a_day_has_its_western_and_japanese_year(day: dt.date, words: str) -> None:
    assert wording.japanese_date(day) == words


def test_a_time_is_taken_at_its_day_in_japan() -> None:
    evening = dt.datetime(2026, 3, 31, 15, 0, tzinfo=dt.UTC)
    assert wording.japanese_date(evening) == "2026年4月1日（令和8年）"
    assert wording.iso_date(evening) == "2026-04-01"


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 バイト"),
        (999, "999 バイト"),
        (1_000, "1.0 KB"),
        (999_949, "999.9 KB"),
        (999_950, "1.0 MB"),
        (4_500_000_000, "4,500.0 MB"),
    ],
)
def test_a_size_has_three_to_four_digits_and_its_unit(size_bytes: int, words: str) -> None:
    assert wording.file_size(size_bytes) == words


def test_a_period_says_the_ends_that_are_known() -> None:
    start, end = dt.date(2022, 4, 1), dt.date(2025, 3, 31)
    assert wording.period(start, end) == "2022年4月1日（令和4年）から2025年3月31日（令和7年）まで"
    assert wording.period(start, None) == "2022年4月1日（令和4年）から"
    assert wording.period(None, end) == "2025年3月31日（令和7年）まで"
    assert wording.period(None, None) == ""


def test_an_unknown_frequency_keeps_its_code() -> None:
    assert wording.frequency_label("ANNUAL") == "毎年"
    assert wording.frequency_label("EVERY_BLUE_MOON") == "EVERY_BLUE_MOON"


def test_each_text_format_says_its_encoding() -> None:
    encodings = {entry.suffix: wording.encoding_label(entry) for entry in TABLE_FORMATS}
    assert encodings["csv"] == "UTF-8"
    assert encodings["bom.csv"] == "UTF-8（BOM付き）"
    assert encodings["sjis.csv"] == "Shift_JIS"
    assert encodings["xlsx"] == encodings["parquet"] == ""


def test_every_format_says_whom_it_is_for() -> None:
    assert all(wording.format_hint(entry) for entry in TABLE_FORMATS)
    bom = find_format("bom.csv")
    assert bom is not None
    assert "Excelで開く方はこちら" in wording.format_hint(bom)


def test_every_type_has_a_word_and_lists_name_their_separator() -> None:
    for field_type in FieldType:
        assert wording.type_label(Field("列", field_type, "列"))
    assert wording.type_label(Field("列", FieldType.LIST, "列", delimiter="|")) == "複数の値（「|」区切り）"
