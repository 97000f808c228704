"""CKAN: package, organization and group as the Action API answers them.

Keys and forms are those of CKAN 2.11's dictionaries; every key is always there, since udata refuses a dataset
that lacks one, and custom fields are extras, since the CKAN harvester drops unknown keys. Tags follow CKAN's
own rule: one that breaks it makes a harvesting CKAN refuse the whole dataset.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
import uuid
from collections.abc import Iterable
from typing import Any

from app.formats.concepts import (
    ACCESS_RIGHT,
    COUNTRY,
    DATA_THEME,
    FREQUENCY,
    LANGUAGE,
)
from app.formats.graphs import dataset_iri, find_iri, organization_iri, schema_iri
from app.formats.sentences import distribution_description, distribution_title, provenance_sentence
from app.model.distribution import NAMESPACE, Distribution
from app.model.organization import License, Organization, Theme
from app.model.release import Release
from app.vocabulary.catalog import Catalog

MIN_TAG_CHARACTERS = 2
MAX_TAG_CHARACTERS = 100

_NOT_TAG = re.compile(r"[^\w\-. ]+")
_SPACES = re.compile(r"\s+")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def clean_tag(text: str) -> str | None:
    """Return a keyword as CKAN accepts it, or None if fewer than two characters are left.

    NFKC; characters other than letters of any script, digits, space, hyphen, underscore and dot become a
    space; at most 100 characters.
    """
    words = _NOT_TAG.sub(" ", _SPACES.sub(" ", unicodedata.normalize("NFKC", text)))
    tag = _SPACES.sub(" ", words).strip()[:MAX_TAG_CHARACTERS].strip()
    return tag if len(tag) >= MIN_TAG_CHARACTERS else None


def clean_tags(keywords: Iterable[str]) -> tuple[str, ...]:
    """Return the keywords as tags, in their order; of those alike but for case and spaces the first stays."""
    tags: dict[str, str] = {}
    for keyword in keywords:
        tag = clean_tag(keyword)
        if tag:
            tags.setdefault(tag.casefold().replace(" ", ""), tag)
    return tuple(tags.values())


def ckan_time(moment: dt.datetime) -> str:
    """Return an aware time as CKAN writes it: naive UTC with six digits of a second."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def package_dict(release: Release, catalog: Catalog, base: str) -> dict[str, Any]:
    """Return the package of a release; `base` is the public URL without a trailing slash.

    Every value is of a JSON type. Raises OrganizationNotFound if the record's publisher isn't in the
    catalogue.
    """
    record = release.record
    publisher = catalog.get_organization(record.publisher)
    license_ = catalog.licenses[record.license]
    tags = [tag_dict(tag) for tag in clean_tags(record.keywords)]
    resources = [
        _resource_dict(release, entry, position, base)
        for position, entry in enumerate(release.listed_distributions)
    ]
    return {
        "id": release.dataset_id,
        "name": release.name,
        "title": record.title,
        "notes": record.description or record.title,
        "type": "dataset",
        "state": "active",
        "private": False,
        "license_id": license_.id,
        "license_title": license_.title,
        "license_url": license_.url,
        "isopen": True,
        "url": f"{base}/dataset/{release.name}",
        "version": str(release.number),
        "author": publisher.title,
        "author_email": "",
        "maintainer": record.contact.name,
        "maintainer_email": _email(record.contact.email),
        "owner_org": publisher.id,
        "organization": _organization_facts(publisher, catalog),
        "groups": [_group_facts(theme) for theme in _themes(release, catalog)],
        "tags": tags,
        "extras": _extras(release, catalog, publisher, base),
        "resources": resources,
        "num_resources": len(resources),
        "num_tags": len(tags),
        "metadata_created": ckan_time(release.created),
        "metadata_modified": ckan_time(release.modified),
        "creator_user_id": None,
        "relationships_as_subject": [],
        "relationships_as_object": [],
    }


def organization_dict(organization: Organization, catalog: Catalog, package_count: int) -> dict[str, Any]:
    """Return what organization_show answers; `created` is the catalogue's date of issue."""
    extras = [{"key": "local_government_code", "value": organization.code}] if organization.code else []
    return _organization_facts(organization, catalog) | {
        "display_name": organization.title,
        "image_display_url": "",
        "package_count": package_count,
        "num_followers": 0,
        "extras": extras,
        "users": [],
        "groups": [],
        "tags": [],
    }


def group_dict(theme: Theme, catalog: Catalog, package_count: int) -> dict[str, Any]:
    """Return what group_show answers for a theme; `created` is the catalogue's date of issue."""
    return _group_facts(theme) | {
        "type": "group",
        "is_organization": False,
        "approval_status": "approved",
        "state": "active",
        "image_url": "",
        "created": _created(catalog),
        "package_count": package_count,
        "num_followers": 0,
        "extras": [],
        "users": [],
        "groups": [],
        "tags": [],
    }


def tag_dict(tag: str) -> dict[str, Any]:
    """Return what tag_show answers, and what a package says of a tag."""
    return {
        "id": str(uuid.uuid5(NAMESPACE, f"tag/{tag}")),
        "name": tag,
        "display_name": tag,
        "state": "active",
        "vocabulary_id": None,
    }


def license_dict(license_: License) -> dict[str, Any]:
    """Return a licence as license_list answers it."""
    return {
        "id": license_.id,
        "title": license_.title,
        "url": license_.url,
        "status": "active",
        "od_conformance": "approved",
        "osd_conformance": "not reviewed",
        "domain_content": True,
        "domain_data": True,
        "domain_software": False,
        "is_okd_compliant": True,
        "is_generic": False,
        "family": "",
        "maintainer": "",
    }


def _organization_facts(organization: Organization, catalog: Catalog) -> dict[str, Any]:
    return {
        "id": organization.id,
        "name": organization.name,
        "title": organization.title,
        "type": "organization",
        "description": organization.description,
        "image_url": "",
        "created": _created(catalog),
        "is_organization": True,
        "approval_status": "approved",
        "state": "active",
    }


def _group_facts(theme: Theme) -> dict[str, Any]:
    return {
        "id": theme.id,
        "name": theme.name,
        "title": theme.title,
        "description": "",
        "display_name": theme.title,
        "image_display_url": "",
    }


def _resource_dict(release: Release, entry: Distribution, position: int, base: str) -> dict[str, Any]:
    return {
        "id": entry.id,
        "package_id": release.dataset_id,
        "position": position,
        "name": distribution_title(release, entry),
        "description": distribution_description(release, entry),
        "format": entry.format.label,
        "mimetype": entry.format.media_type.partition(";")[0],
        "mimetype_inner": None,
        "cache_url": None,
        "cache_last_updated": None,
        "url": base + entry.path,
        "url_type": None,
        "resource_type": "file",
        "size": entry.size,
        "hash": entry.sha256,
        "created": ckan_time(release.effective_at),
        "last_modified": ckan_time(release.effective_at),
        "metadata_modified": ckan_time(release.modified),
        "state": "active",
        "datastore_active": entry.format.suffix == "csv",
    }


def _extras(release: Release, catalog: Catalog, publisher: Organization, base: str) -> list[dict[str, str]]:
    record = release.record
    iri = str(dataset_iri(release.name, base))
    schemas = {schema_iri(table.schema_name, table.schema_version, base) for table in record.tables}
    values = {
        "issued": release.created.isoformat(),
        "modified": release.modified.isoformat(),
        "frequency": FREQUENCY.iri(record.frequency),
        "language": LANGUAGE.iri("JPN"),
        "theme": _json_list(DATA_THEME.iri(code) for code in record.themes),
        "temporal_start": record.period_start.isoformat() if record.period_start else "",
        "temporal_end": record.period_end.isoformat() if record.period_end else "",
        "publisher_name": publisher.title,
        "publisher_uri": organization_iri(publisher.name, base),
        "contact_name": record.contact.name,
        "contact_email": _email(record.contact.email),
        "contact_url": find_iri(record.contact.url) or "",
        "access_rights": ACCESS_RIGHT.iri("PUBLIC"),
        "conforms_to": _json_list(sorted(schemas)),
        "source": _json_list(find_iri(source.url) or source.title for source in record.sources),
        "provenance": provenance_sentence(release, catalog),
        "identifier": iri,
        "uri": iri,
    } | _spatial_extras(release, catalog)
    return [{"key": key, "value": str(value)} for key, value in values.items() if value]


def _spatial_extras(release: Release, catalog: Catalog) -> dict[str, str]:
    code = release.record.local_government_code
    municipality = catalog.find_municipality(code)
    extras = {"local_government_code": code, "spatial_uri": str(COUNTRY.iri("JPN"))}
    if municipality:
        extras["spatial_text"] = municipality.title
    if municipality and municipality.box:
        west, south, east, north = municipality.box
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        extras["spatial"] = json.dumps({"type": "Polygon", "coordinates": [ring]})
    return extras


def _themes(release: Release, catalog: Catalog) -> list[Theme]:
    found = (catalog.find_theme(code) for code in release.record.themes)
    return [theme for theme in found if theme]


def _created(catalog: Catalog) -> str:
    return ckan_time(dt.datetime.combine(catalog.issued, dt.time(), dt.UTC))


def _email(address: str) -> str:
    return address if _EMAIL.fullmatch(address) else ""


def _json_list(values: Iterable[str]) -> str:
    items = [str(value) for value in values]
    return json.dumps(items, ensure_ascii=False) if items else ""
