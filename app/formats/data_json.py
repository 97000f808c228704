"""data.json: a page of the catalogue as ckanext-dcat's JSON harvester reads it.

Source of the form: Project Open Data Metadata Schema 1.1, with `publisher.email` beside `mbox`, which that
harvester looks for. `identifier` is the dataset's IRI, as in the RDF feed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from app.formats.ckan import clean_tags
from app.formats.concepts import FREQUENCY
from app.formats.graphs import dataset_iri
from app.formats.sentences import distribution_description, distribution_title
from app.model.distribution import Distribution
from app.model.release import Release
from app.vocabulary.catalog import Catalog

_SCHEMA = "https://project-open-data.cio.gov/v1.1/schema"


def data_json(releases: Iterable[Release], catalog: Catalog, base: str) -> bytes:
    """Return releases as data.json; raises OrganizationNotFound if a publisher isn't in the catalogue."""
    document = {
        "@type": "dcat:Catalog",
        "conformsTo": _SCHEMA,
        "dataset": [_dataset(release, catalog, base) for release in releases],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _dataset(release: Release, catalog: Catalog, base: str) -> dict[str, Any]:
    record, contact = release.record, release.record.contact
    publisher = catalog.get_organization(record.publisher)
    email = {"mbox": contact.email, "email": contact.email} if contact.email else {}
    period = "/".join(str(day or "..") for day in (record.period_start, record.period_end))
    values = {
        "@type": "dcat:Dataset",
        "identifier": str(dataset_iri(release.name, base)),
        "title": record.title,
        "description": record.description or record.title,
        "keyword": list(clean_tags(record.keywords)),
        "issued": release.created.isoformat(),
        "modified": release.modified.isoformat(),
        "publisher": {"@type": "org:Organization", "name": publisher.title, **email},
        "contactPoint": {
            "@type": "vcard:Contact",
            "fn": contact.name,
            **({"hasEmail": f"mailto:{contact.email}"} if contact.email else {}),
        },
        "accessLevel": "public",
        "license": catalog.licenses[record.license].url,
        "landingPage": f"{base}/dataset/{release.name}",
        "language": ["ja"],
        "theme": list(record.themes),
        "temporal": period if record.period_start or record.period_end else None,
        "accrualPeriodicity": str(FREQUENCY.iri(record.frequency)),
        "distribution": [_distribution(release, entry, base) for entry in release.listed_distributions],
    }
    return {key: value for key, value in values.items() if value is not None}


def _distribution(release: Release, entry: Distribution, base: str) -> dict[str, Any]:
    return {
        "@type": "dcat:Distribution",
        "identifier": entry.id,
        "title": distribution_title(release, entry),
        "description": distribution_description(release, entry),
        "downloadURL": base + entry.path,
        "mediaType": entry.format.media_type.partition(";")[0],
        "format": entry.format.label,
        "byteSize": entry.size,
    }
