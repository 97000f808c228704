"""schema.org: a release as a Dataset, for the search engines that read it inside the dataset's page.

Source of the properties: schema.org/Dataset, and what Google Dataset Search names as required or recommended.
"""

from __future__ import annotations

from typing import Any

from app.formats.ckan import clean_tags
from app.formats.graphs import dataset_iri, organization_iri, series_iri
from app.formats.sentences import credit_sentence, distribution_description, distribution_title
from app.model.distribution import Distribution
from app.model.organization import Organization
from app.model.release import Release
from app.model.series import Series
from app.vocabulary.catalog import Catalog

CONTEXT = "https://schema.org/"


def schema_org_dataset(release: Release, catalog: Catalog, base: str) -> dict[str, Any]:
    """Return a release as schema.org JSON-LD; every value is of a JSON type.

    Raises OrganizationNotFound if the record's publisher isn't in the catalogue.
    """
    operator = _organization(catalog.operator, base)
    return {
        "@context": CONTEXT,
        **dataset_facts(release, catalog, base),
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": catalog.title,
            "url": f"{base}/",
            "publisher": operator,
        },
        "distribution": [_download(release, entry, base) for entry in release.listed_distributions],
    }


def dataset_facts(release: Release, catalog: Catalog, base: str) -> dict[str, Any]:
    """Return what schema.org and Croissant say alike of a dataset; what isn't known isn't there."""
    record = release.record
    publisher = _organization(catalog.get_organization(record.publisher), base)
    municipality = catalog.find_municipality(record.local_government_code)
    series = Series.of(record, municipality)
    ends = (record.period_start, record.period_end)
    values = {
        "@type": "Dataset",
        "@id": str(dataset_iri(release.name, base)),
        "name": record.title,
        "alternateName": record.title_en,
        "description": record.description or record.title,
        "url": f"{base}/dataset/{release.name}",
        "identifier": str(dataset_iri(release.name, base)),
        "keywords": list(clean_tags(record.keywords)),
        "license": catalog.licenses[record.license].url,
        "creator": publisher,
        "publisher": publisher,
        "creditText": credit_sentence(release, catalog),
        "dateCreated": release.created.isoformat(),
        "datePublished": release.effective_at.isoformat(),
        "dateModified": release.modified.isoformat(),
        "version": str(release.number),
        "inLanguage": "ja",
        "isAccessibleForFree": True,
        "temporalCoverage": "/".join(str(day or "..") for day in ends) if any(ends) else "",
        "spatialCoverage": _place(municipality) if municipality else None,
        "isBasedOn": [source.url or source.title for source in record.sources],
        "isPartOf": str(series_iri(series.name, base)) if series else None,
    }
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _organization(organization: Organization, base: str) -> dict[str, Any]:
    values = {
        "@type": "Organization",
        "@id": str(organization_iri(organization.name, base)),
        "name": organization.title,
        "url": organization.homepage or f"{base}/organization/{organization.name}",
    }
    return values | ({"identifier": organization.code} if organization.code else {})


def _place(municipality: Organization) -> dict[str, Any]:
    place: dict[str, Any] = {
        "@type": "Place",
        "name": municipality.title,
        "identifier": municipality.code,
    }
    if municipality.box:
        west, south, east, north = municipality.box
        place["geo"] = {"@type": "GeoShape", "box": f"{south:g} {west:g} {north:g} {east:g}"}
    return place


def _download(release: Release, entry: Distribution, base: str) -> dict[str, Any]:
    return {
        "@type": "DataDownload",
        "name": distribution_title(release, entry),
        "description": distribution_description(release, entry),
        "contentUrl": base + entry.path,
        "encodingFormat": entry.format.media_type.partition(";")[0],
        "contentSize": f"{entry.size} B",
        "sha256": entry.sha256,
    }
