"""Rules of a dataset's metadata: the same for an upload's descriptor and for an edit of the record."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.checks.control_character import find_control_characters
from app.model.code import is_local_government_code
from app.model.record import Record
from app.vocabulary.catalog import Catalog

FREQUENCIES = frozenset(
    {"TRIENNIAL", "BIENNIAL", "ANNUAL", "ANNUAL_2", "QUARTERLY", "MONTHLY", "WEEKLY", "DAILY"}
    | {"CONT", "IRREG", "NEVER", "UNKNOWN", "OTHER", "AS_NEEDED"}
)
"""Codes of the EU table frequency that a record may carry."""

MAX_NAME_CHARACTERS = 200
MAX_TITLE_CHARACTERS = 500
MAX_ADDRESS_CHARACTERS = 2_000
MAX_DESCRIPTION_CHARACTERS = 20_000
MAX_ENTRIES = 100
"""So many keywords, and so many sources, one record may have."""

_DATASET_NAME = re.compile(r"[a-z0-9_-]{2,100}")
_TOKYO_NAME = re.compile(r"t[0-9]{6}d[0-9]{10}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_WEB_ADDRESS = re.compile(r"https?://[^\s]+")


@dataclass(frozen=True, slots=True)
class MetadataFault:
    """A property that breaks a rule: its name in the descriptor, its value, why, and how to mend it."""

    property: str
    value: str
    why: str
    mend: str


def dataset_name_fault(name: object) -> str | None:
    """Say in Japanese why a text cannot be a dataset's name, or return None.

    Source: CKAN's rule for package names; names of the Tokyo catalogue's own form are left to it.
    """
    if not isinstance(name, str) or not _DATASET_NAME.fullmatch(name):
        return "データセットの名前（name）は、半角の英小文字、数字、「-」「_」で2〜100文字にしてください。"
    if _TOKYO_NAME.fullmatch(name):
        return "この形の名前は東京都オープンデータカタログが使うため、使えません。"
    return None


def text_fault(text: object, max_characters: int = MAX_DESCRIPTION_CHARACTERS) -> str | None:
    """Say in Japanese why a value cannot be a text of the metadata, or return None."""
    if not isinstance(text, str):
        return "文字列ではありません。"
    if met := find_control_characters(text):
        return f"目に見えない制御文字や、文字にならない符号（{met}）が入っています。"
    if len(text) > max_characters:
        return f"{len(text):,}文字あります。上限は{max_characters:,}文字です。"
    return None


def check_record(record: Record, catalog: Catalog) -> Iterator[MetadataFault]:
    """Yield every fault of a record."""
    yield from _check_texts(record)
    yield from _check_codes(record, catalog)
    yield from _check_keywords(record)
    if record.period_start and record.period_end and record.period_end < record.period_start:
        period = f"{record.period_start}/{record.period_end}"
        yield MetadataFault(
            "temporal", period, "期間の終わりが始まりより前です。", "日付を確かめてください。"
        )
    yield from _check_contact(record)
    for source in record.sources:
        if not source.title.strip():
            yield MetadataFault(
                "sources", source.url, "出典の題名（title）がありません。", "title を書いてください。"
            )
        yield from _check_form("sources", source.url, _WEB_ADDRESS, "出典のアドレスの形ではありません。")


def _check_texts(record: Record) -> Iterator[MetadataFault]:
    for name in ("title", "description"):
        if not str(getattr(record, name)).strip():
            yield MetadataFault(name, "", f"「{name}」がありません。", f"「{name}」を書いてください。")
    for name, text, max_characters in _list_texts(record):
        if why := text_fault(text, max_characters):
            yield MetadataFault(name, text, why, "文字を打ち直すか、短くしてください。")
    for name, entries in (("keywords", record.keywords), ("sources", record.sources)):
        if len(entries) > MAX_ENTRIES:
            why = f"「{name}」が{len(entries):,}個あります。上限は{MAX_ENTRIES}個です。"
            yield MetadataFault(name, "", why, "主なものだけにしてください。")


def _list_texts(record: Record) -> Iterator[tuple[str, str, int]]:
    """Yield each free text of a record with its property and the most characters it may have."""
    yield "title", record.title, MAX_TITLE_CHARACTERS
    yield "title_en", record.title_en, MAX_TITLE_CHARACTERS
    yield "description", record.description, MAX_DESCRIPTION_CHARACTERS
    yield "description_en", record.description_en, MAX_DESCRIPTION_CHARACTERS
    yield "contact.name", record.contact.name, MAX_NAME_CHARACTERS
    yield "contact.email", record.contact.email, MAX_NAME_CHARACTERS
    yield "contact.url", record.contact.url, MAX_ADDRESS_CHARACTERS
    for source in record.sources:
        yield "sources", source.title, MAX_TITLE_CHARACTERS
        yield "sources", source.publisher, MAX_NAME_CHARACTERS
        yield "sources", source.url, MAX_ADDRESS_CHARACTERS
    for table in record.tables:
        yield "resources", table.title, MAX_TITLE_CHARACTERS
        yield "resources", table.description, MAX_DESCRIPTION_CHARACTERS


def _check_codes(record: Record, catalog: Catalog) -> Iterator[MetadataFault]:
    yield from _check_code("publisher", record.publisher, catalog.organizations)
    yield from _check_code("frequency", record.frequency, FREQUENCIES)
    yield from _check_code("licenses", record.license, catalog.licenses)
    for theme in record.themes:
        yield from _check_code("themes", theme, {theme.eu_code for theme in catalog.themes.values()})
    code = record.local_government_code
    if not is_local_government_code(code):
        yield MetadataFault(
            "local_government_code",
            code,
            "全国地方公共団体コードの検査数字が合わないか、6桁の半角数字ではありません。",
            "6桁のコード（例: 131156）を確かめてください。",
        )
    elif catalog.find_municipality(code) is None:
        yield MetadataFault(
            "local_government_code",
            code,
            "このカタログに登録されていない自治体のコードです。",
            "管理者に、organizations.csv への登録を依頼してください。",
        )


def _check_code(name: str, value: str, allowed: Collection[str]) -> Iterator[MetadataFault]:
    if value not in allowed:
        mend = f"使える値: {'、'.join(sorted(allowed))}"
        yield MetadataFault(name, value, f"「{name}」の値が一覧にありません。", mend)


def _check_keywords(record: Record) -> Iterator[MetadataFault]:
    seen: set[str] = set()
    for keyword in record.keywords:
        why = _keyword_fault(keyword)
        if why is None and keyword.casefold() in seen:
            why = "同じキーワードが2回あります。"
        if why:
            yield MetadataFault("keywords", keyword, why, "キーワードを書きなおしてください。")
        seen.add(keyword.casefold())


def _keyword_fault(keyword: str) -> str | None:
    """Say why a keyword cannot be a tag, or return None.

    Source: CKAN's tag rules; a tag that breaks them makes a harvesting CKAN refuse the whole dataset.
    """
    if not 2 <= len(keyword) <= 100:
        return "キーワードは2〜100文字にしてください（1文字の「税」は「税金」のように書きます）。"
    if not all(character.isalnum() or character in " -_." for character in keyword):
        return "キーワードに使える記号は、空白と「-」「_」「.」だけです（「・」や「／」は使えません）。"
    return None


def _check_contact(record: Record) -> Iterator[MetadataFault]:
    contact = record.contact
    if not contact.name.strip():
        yield MetadataFault(
            "contact.name", "", "問い合わせ先の名称がありません。", "担当課の名称を書いてください。"
        )
    yield from _check_form("contact.email", contact.email, _EMAIL, "メールアドレスの形ではありません。")
    why = "http:// か https:// で始まるアドレスではありません。"
    yield from _check_form("contact.url", contact.url, _WEB_ADDRESS, why)


def _check_form(name: str, text: str, form: re.Pattern[str], why: str) -> Iterator[MetadataFault]:
    if text and not form.fullmatch(text):
        yield MetadataFault(name, text, why, "書きなおすか、空欄にしてください。")
