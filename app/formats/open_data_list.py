"""オープンデータ一覧: an organization's datasets in the columns of the municipal standard, as CSV.

Sources of the columns: 06 オープンデータ一覧 of 自治体標準オープンデータセット (42, a row for each file) and
14 オープンデータ一覧 of 推奨データセット (15, a row for each dataset). UTF-8 without byte order mark, LF.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping

from app.formats.concepts import FREQUENCY
from app.formats.sentences import distribution_description, distribution_title, provenance_sentence
from app.model.clock import date_in_japan
from app.model.distribution import Distribution
from app.model.organization import License
from app.model.record import TableRecord
from app.model.release import Release
from app.vocabulary.catalog import Catalog

STANDARD_COLUMNS = (
    "データセット_ID",
    "全国地方公共団体コード",
    "地方公共団体名",
    "データセット_タイトル",
    "データセット_サブタイトル",
    "データセット_概要",
    "データセット_キーワード",
    "データセット_分類",
    "データセット_ユニバーサルメニュー",
    "データセット_公開日",
    "データセット_最終更新日",
    "データセット_バージョン",
    "データセット_言語",
    "データセット_URL",
    "データセット_更新頻度",
    "データセット_準拠する標準",
    "データセット_関連ドキュメント",
    "データセット_来歴情報",
    "データセット_対象地域",
    "データセット_対象期間",
    "データセット_連絡先名称",
    "データセット_連絡先メールアドレス",
    "データセット_連絡先電話番号",
    "データセット_連絡先内線番号",
    "データセット_連絡先FormURL",
    "データセット_連絡先備考（その他、SNSなど）",
    "データセット_備考",
    "ファイル_タイトル",
    "ファイル_アクセスURL",
    "ファイル_ダウンロードURL",
    "ファイル_説明",
    "ファイル形式",
    "ファイル_ライセンス",
    "ファイル_ステータス",
    "ファイル_サイズ",
    "ファイル_公開日",
    "ファイル_最終更新日",
    "ファイル_利用規約",
    "ファイル_関連ドキュメント",
    "ファイル_言語",
    "ファイル_準拠する標準",
    "ファイル_API対応有無",
)
"""The columns of the current list, in their order; what our records don't know stays empty."""

RECOMMENDED_COLUMNS = (
    "都道府県コード又は市区町村コード",
    "NO",
    "都道府県名",
    "市区町村名",
    "データ名称",
    "データ概要",
    "データ形式",
    "分類",
    "更新頻度",
    "URL",
    "API対応有無",
    "ライセンス",
    "登録日",
    "最終更新日",
    "備考",
)
"""The columns of the older list."""

_PREFECTURE = re.compile("北海道|東京都|(?:大阪|京都)府|.{2,3}?県")


def standard_list(releases: Iterable[Release], catalog: Catalog, base: str) -> bytes:
    """Return the current list of these releases: a row for each file that records name."""
    return _write(
        STANDARD_COLUMNS,
        (
            {**dataset, **_file(release, entry, catalog, base)}
            for release in releases
            for dataset in [_dataset(release, catalog, base)]
            for entry in release.listed_distributions
        ),
    )


def recommended_list(releases: Iterable[Release], catalog: Catalog, base: str) -> bytes:
    """Return the older list of these releases: a row for each; the name stands for its number."""
    return _write(RECOMMENDED_COLUMNS, (_summary(release, catalog, base) for release in releases))


def _write(columns: tuple[str, ...], rows: Iterable[Mapping[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _dataset(release: Release, catalog: Catalog, base: str) -> dict[str, str]:
    record = release.record
    ends = (record.period_start, record.period_end)
    return {
        "データセット_ID": release.name,
        "全国地方公共団体コード": record.local_government_code,
        "地方公共団体名": _municipality(release, catalog),
        "データセット_タイトル": record.title,
        "データセット_概要": record.description or record.title,
        "データセット_キーワード": _join(record.keywords),
        "データセット_分類": _class(release, catalog),
        "データセット_公開日": date_in_japan(release.created).isoformat(),
        "データセット_最終更新日": date_in_japan(release.modified).isoformat(),
        "データセット_バージョン": str(release.number),
        "データセット_言語": "ja",
        "データセット_URL": f"{base}/dataset/{release.name}",
        "データセット_更新頻度": FREQUENCY.labels.get(record.frequency, record.frequency),
        "データセット_準拠する標準": _join(map(_standard, record.tables)),
        "データセット_関連ドキュメント": _join(source.url for source in record.sources),
        "データセット_来歴情報": provenance_sentence(release, catalog),
        "データセット_対象地域": _municipality(release, catalog),
        "データセット_対象期間": "/".join(str(day or "") for day in ends) if any(ends) else "",
        "データセット_連絡先名称": record.contact.name,
        "データセット_連絡先メールアドレス": record.contact.email,
        "データセット_連絡先FormURL": record.contact.url,
        "データセット_備考": _remarks(release, catalog),
    }


def _file(release: Release, entry: Distribution, catalog: Catalog, base: str) -> dict[str, str]:
    table = release.find_table(entry.table)
    day = date_in_japan(release.effective_at).isoformat()
    license_ = catalog.licenses[release.record.license]
    description = release.find_distribution(entry.table, "csv-metadata.json")
    return {
        "ファイル_タイトル": distribution_title(release, entry),
        "ファイル_アクセスURL": f"{base}/dataset/{release.name}/resource/{entry.id}",
        "ファイル_ダウンロードURL": base + entry.path,
        "ファイル_説明": distribution_description(release, entry),
        "ファイル形式": entry.format.label,
        "ファイル_ライセンス": _license(license_),
        "ファイル_ステータス": "配信中",
        "ファイル_サイズ": str(entry.size),
        "ファイル_公開日": day,
        "ファイル_最終更新日": day,
        "ファイル_利用規約": license_.url,
        "ファイル_関連ドキュメント": base + description.path if description else "",
        "ファイル_言語": "ja",
        "ファイル_準拠する標準": _standard(table.record) if table else "",
        "ファイル_API対応有無": "有" if table else "無",
    }


def _summary(release: Release, catalog: Catalog, base: str) -> dict[str, str]:
    record = release.record
    municipality = _municipality(release, catalog)
    found = _PREFECTURE.match(municipality)
    prefecture = found[0] if found else ""
    return {
        "都道府県コード又は市区町村コード": record.local_government_code,
        "NO": release.name,
        "都道府県名": prefecture,
        "市区町村名": municipality.removeprefix(prefecture),
        "データ名称": record.title,
        "データ概要": record.description or record.title,
        "データ形式": _join(dict.fromkeys(entry.format.label for entry in release.listed_distributions)),
        "分類": _class(release, catalog),
        "更新頻度": FREQUENCY.labels.get(record.frequency, record.frequency),
        "URL": f"{base}/dataset/{release.name}",
        "API対応有無": "有",
        "ライセンス": _license(catalog.licenses[record.license]),
        "登録日": date_in_japan(release.created).isoformat(),
        "最終更新日": date_in_japan(release.modified).isoformat(),
        "備考": _remarks(release, catalog),
    }


def _municipality(release: Release, catalog: Catalog) -> str:
    found = catalog.find_municipality(release.record.local_government_code)
    return found.title if found else ""


def _class(release: Release, catalog: Catalog) -> str:
    """Return the first of the dataset's themes that is a 分類 of the list."""
    themes = (catalog.find_theme(code) for code in release.record.themes)
    return next((theme.list_class for theme in themes if theme and theme.list_class), "その他")


def _remarks(release: Release, catalog: Catalog) -> str:
    record = release.record
    publisher = catalog.get_organization(record.publisher).title
    unofficial = f"非公式のデータです。公開者は{publisher}です。" if record.unofficial else ""
    return unofficial + record.notice


def _license(terms: License) -> str:
    return terms.id.replace("-", " ")


def _standard(table: TableRecord) -> str:
    return f"{table.schema_name} {table.schema_version}"


def _join(values: Iterable[str]) -> str:
    return ";".join(dict.fromkeys(value.replace(";", "；") for value in values if value))
