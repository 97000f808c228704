"""The record of one dataset: DCAT in every RDF form, Croissant, and ours as JSON."""

from __future__ import annotations

import json
from typing import Any

from app.errors import DistributionNotFound
from app.formats.croissant import croissant_dataset
from app.formats.rdf import find_form, write_rdf
from app.model.distribution import Distribution
from app.model.release import Release, ReleasedTable
from app.serve.catalogue import Reader, get_listed_release, get_release, list_version_numbers


def dataset_rdf(reader: Reader, name: str, suffix: str) -> tuple[bytes, str]:
    """Return a dataset's DCAT record and its media type; raises DatasetNotFound, DistributionNotFound."""
    form = find_form(suffix)
    release = get_listed_release(reader, name)
    if form is None:
        raise DistributionNotFound(f"{name}.{suffix}")
    return write_rdf(read_ntriples(reader, release), form), form.media_type


def read_ntriples(reader: Reader, release: Release) -> bytes:
    """Return the stored N-Triples lines of a release's DCAT record."""
    stored = release.find_distribution("", "nt")
    if stored is None:
        raise DistributionNotFound(f"{release.name}.nt")
    with reader.installation.blobs.open(stored.sha256) as file:
        return file.read()


def dataset_record(reader: Reader, name: str) -> bytes:
    """Return our record of a dataset as JSON: its metadata, tables, files and versions."""
    release = get_release(reader, name)
    document = {
        "id": f"{reader.base}/id/dataset/{release.name}",
        "name": release.name,
        "version": release.number,
        "created": release.created.isoformat(),
        "effective_at": release.effective_at.isoformat(),
        "modified": release.modified.isoformat(),
        **release.record.model_dump(mode="json", exclude={"tables"}),
        "tables": [_describe_table(reader, release, table) for table in release.tables],
        "package": _describe_files(reader, release, ""),
        "versions": [
            {
                "number": version.number,
                "effective_at": version.effective_at.isoformat(),
                "package": f"{reader.base}/dataset/{release.name}/v/{version.number}.zip",
            }
            for version in list_version_numbers(reader, release.name)
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def dataset_croissant(reader: Reader, name: str) -> bytes:
    """Return a dataset's tables in Croissant; raises DatasetNotFound, GoneError."""
    release = get_release(reader, name)
    schemas = {
        table.record.name: reader.schemas.get_schema(table.record.schema_name, table.record.schema_version)
        for table in release.tables
    }
    document = croissant_dataset(release, schemas, reader.catalog, reader.base)
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _describe_table(reader: Reader, release: Release, table: ReleasedTable) -> dict[str, Any]:
    record = table.record
    return {
        "name": record.name,
        "title": record.title,
        "description": record.description,
        "row_count": table.row_count,
        "schema": f"{reader.base}/schemas/{record.schema_name}/{record.schema_version}.json",
        "files": _describe_files(reader, release, record.name),
    }


def _describe_files(reader: Reader, release: Release, table: str) -> list[dict[str, Any]]:
    return [
        _describe_file(reader, entry)
        for entry in release.distributions
        if entry.table == table and entry.format.suffix != "nt"
    ]


def _describe_file(reader: Reader, entry: Distribution) -> dict[str, Any]:
    return {
        "id": entry.id,
        "format": entry.format.suffix,
        "media_type": entry.format.media_type,
        "url": f"{reader.base}{entry.path}",
        "url_by_hash": f"{reader.base}/files/{entry.sha256}/{entry.file_name}",
        "sha256": entry.sha256,
        "size": entry.size,
        "losses": [
            {"row": loss.row, "column": loss.column, "characters": loss.characters} for loss in entry.losses
        ],
        "loss_count": entry.loss_count,
    }
