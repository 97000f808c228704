"""Sentences that catalogue records say of a release, the same in RDF and CKAN."""

from __future__ import annotations

from app.model.distribution import Distribution
from app.model.release import Release
from app.vocabulary.catalog import Catalog


def distribution_title(release: Release, distribution: Distribution) -> str:
    """Return a distribution's title: of the table, or of the dataset for the zip, and the format."""
    table = release.find_table(distribution.table)
    subject = table.record.title if table else release.record.title
    return f"{subject}（{distribution.format.label}）"


def distribution_description(release: Release, distribution: Distribution) -> str:
    """Return what a distribution holds, with the number of rows of a table."""
    table = release.find_table(distribution.table)
    if table is None:
        return f"「{release.record.title}」のすべての表とその説明。形式は{distribution.format.title}です。"
    holds = f"表「{table.record.title}」全{table.row_count}行。形式は{distribution.format.title}です。"
    return holds + table.record.description


def credit_sentence(release: Release, catalog: Catalog) -> str:
    """Return the credit that a user of the data gives: data, publisher, municipality and licence.

    Raises OrganizationNotFound if the record's publisher isn't in the catalogue.
    """
    record = release.record
    publisher = catalog.get_organization(record.publisher)
    municipality = catalog.find_municipality(record.local_government_code)
    named = [publisher.title]
    if municipality and municipality != publisher and not record.unofficial:
        named.append(municipality.title)
    terms = catalog.licenses[record.license].title
    credit = f"出典：{'、'.join(named)}「{record.title}」（{terms}）。"
    return credit + (_made_from(release, catalog) if record.unofficial else "")


def provenance_sentence(release: Release, catalog: Catalog) -> str:
    """Return where the data came from; empty for official data whose record names no source.

    Raises OrganizationNotFound if the record's publisher isn't in the catalogue.
    """
    record = release.record
    if record.unofficial:
        return _made_from(release, catalog) + "公開元の自治体が確認したものではありません。"
    return f"{_titles(release)}から作成しました。" if record.sources else ""


def _made_from(release: Release, catalog: Catalog) -> str:
    record = release.record
    publisher = catalog.get_organization(record.publisher)
    municipality = catalog.find_municipality(record.local_government_code)
    source = f"{municipality.title if municipality else '自治体'}が公開した文書{_titles(release)}"
    return f"{source}をもとに{publisher.title}が作成した非公式のデータです。"


def _titles(release: Release) -> str:
    return "".join(f"「{source.title}」" for source in release.record.sources)
