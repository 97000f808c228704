"""How pages word dates, sizes and codes in Japanese: pure functions, used as template filters."""

from __future__ import annotations

import datetime as dt

from app.model.clock import date_in_japan
from app.model.distribution import Format
from app.model.table_schema import Field, FieldType

ERAS: tuple[tuple[dt.date, str, int], ...] = (
    (dt.date(2019, 5, 1), "令和", 2019),
    (dt.date(1989, 1, 8), "平成", 1989),
    (dt.date(1926, 12, 25), "昭和", 1926),
    (dt.date(1912, 7, 30), "大正", 1912),
    (dt.date(1873, 1, 1), "明治", 1868),
)
"""First day, name and first western year of each era, newest first; 明治 from the Gregorian calendar on."""

FREQUENCIES: dict[str, str] = {
    "UPDATE_CONT": "随時（連続的に更新）",
    "CONT": "常時",
    "HOURLY": "毎時",
    "DAILY": "毎日",
    "DAILY_2": "1日2回",
    "WEEKLY": "毎週",
    "WEEKLY_2": "週2回",
    "WEEKLY_3": "週3回",
    "BIWEEKLY": "2週間に1回",
    "MONTHLY": "毎月",
    "MONTHLY_2": "月2回",
    "MONTHLY_3": "月3回",
    "BIMONTHLY": "2か月に1回",
    "QUARTERLY": "四半期に1回",
    "ANNUAL_3": "年3回",
    "ANNUAL_2": "年2回",
    "ANNUAL": "毎年",
    "BIENNIAL": "2年に1回",
    "TRIENNIAL": "3年に1回",
    "QUADRENNIAL": "4年に1回",
    "QUINQUENNIAL": "5年に1回",
    "DECENNIAL": "10年に1回",
    "AS_NEEDED": "必要に応じて",
    "IRREG": "不定期",
    "NOT_PLANNED": "更新の予定なし",
    "NEVER": "更新しない",
    "OTHER": "その他",
    "UNKNOWN": "決まっていません",
}
"""Japanese words for codes of the EU table frequency."""

TYPE_LABELS: dict[FieldType, str] = {
    FieldType.STRING: "文字列",
    FieldType.INTEGER: "整数",
    FieldType.NUMBER: "数",
    FieldType.BOOLEAN: "真偽（true / false）",
    FieldType.DATE: "日付（YYYY-MM-DD）",
    FieldType.TIME: "時刻（hh:mm）",
    FieldType.DATETIME: "日時（YYYY-MM-DDThh:mm:ss）",
    FieldType.YEARMONTH: "年月（YYYY-MM）",
    FieldType.LIST: "複数の値",
}
"""Japanese words for the types of columns."""

FORMAT_HINTS: dict[str, str] = {
    "csv": "プログラムや多くのソフトで読める標準の形式です。",
    "bom.csv": "Excelで開く方はこちら。文字化けしません。",
    "sjis.csv": "UTF-8を読めない古いソフトのための形式です。",
    "xlsx": "Excelのファイルです。番号の先頭の0も残ります。",
    "json": "ウェブアプリなどの開発に。",
    "jsonl": "1行に1件。順に読む処理に。",
    "jsonld": "リンクトデータとして使う方に。",
    "parquet": "大量のデータの分析に。",
    "csv-metadata.json": "列の意味と型（CSVW）。",
    "plan.ttl": "施策どうしのつながりをたどる方に。",
    "plan.jsonld": "計画のグラフをJSONで扱う方に。",
    "plan.stratml.xml": "計画の国際規格（ISO 17469-1）のソフトに。",
    "zip": "一度にすべてを受け取る方に。",
}
"""Whom each format is for, by its suffix."""

_ENCODINGS = {"utf-8": "UTF-8", "shift_jis": "Shift_JIS"}


def japanese_date(moment: dt.date) -> str:
    """Return `2026年11月21日（令和8年）`; a datetime (aware) is taken at its date in Japan."""
    day = date_in_japan(moment) if isinstance(moment, dt.datetime) else moment
    era = era_year(day)
    return f"{day.year}年{day.month}月{day.day}日" + (f"（{era}）" if era else "")


def era_year(day: dt.date) -> str:
    """Return `令和8年`, `令和元年`; empty before 1873."""
    for start, name, first_year in ERAS:
        if day >= start:
            number = day.year - first_year + 1
            return f"{name}{'元' if number == 1 else number}年"
    return ""


def iso_date(moment: dt.date) -> str:
    """Return `2026-11-21`; a datetime (aware) is taken at its date in Japan."""
    day = date_in_japan(moment) if isinstance(moment, dt.datetime) else moment
    return day.isoformat()


def period(start: dt.date | None, end: dt.date | None) -> str:
    """Return `…から…まで` with what is known of both ends; empty if nothing is."""
    first = f"{japanese_date(start)}から" if start else ""
    last = f"{japanese_date(end)}まで" if end else ""
    return first + last


def file_size(size_bytes: int) -> str:
    """Return a size as `812 バイト`, `12.3 KB` or `4.5 MB` (1 KB = 1,000 bytes)."""
    if size_bytes < 1_000:
        return f"{size_bytes} バイト"
    if size_bytes < 999_950:
        return f"{size_bytes / 1_000:.1f} KB"
    return f"{size_bytes / 1_000_000:,.1f} MB"


def with_commas(number: int) -> str:
    """Return `12,345`."""
    return f"{number:,}"


def frequency_label(code: str) -> str:
    """Return the Japanese word for a code of the EU table frequency, or the code if we have none."""
    return FREQUENCIES.get(code, code)


def encoding_label(entry: Format) -> str:
    """Return a format's character encoding as people write it; empty for binary formats."""
    charset = entry.media_type.partition("charset=")[2]
    label = _ENCODINGS.get(charset, "")
    return f"{label}（BOM付き）" if entry.suffix.startswith("bom.") else label


def format_hint(entry: Format) -> str:
    """Return whom a format is for; empty if there is nothing to say."""
    return FORMAT_HINTS.get(entry.suffix, "")


def type_label(field: Field) -> str:
    """Return a column's type in Japanese, with the separator of lists."""
    label = TYPE_LABELS[field.type]
    return f"{label}（「{field.delimiter}」区切り）" if field.type is FieldType.LIST else label
