"""Data Package: a zip of `datapackage.json` and the canonical CSV of every table.

Source: Data Package 2.0 (https://datapackage.org). The descriptor also carries our own metadata under the
names of `Record`, so that uploading the zip again gives the same record. All dates inside the zip are the
version's time and all entries have one order, so equal versions give equal bytes.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from app.formats.context import RenderContext
from app.model.record import Source
from app.model.table import Table

_PROFILES = "https://datapackage.org/profiles/2.0"


@dataclass(frozen=True, slots=True)
class PackagedTable:
    """A table with its canonical CSV: where it lies, its SHA-256 in hex and its size in bytes."""

    table: Table
    csv_path: Path
    sha256: str
    size: int


def write_data_package(context: RenderContext, tables: Sequence[PackagedTable], target: BinaryIO) -> None:
    """Write the zip of a dataset version, its tables in the order given."""
    descriptor = json.dumps(describe_package(context, tables), ensure_ascii=False, indent=2)
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(_entry("datapackage.json", context), f"{descriptor}\n".encode())
        for packaged in tables:
            entry = _entry(_data_path(packaged.table), context)
            entry.file_size = packaged.size  # lets zipfile choose Zip64 where it is needed
            with packaged.csv_path.open("rb") as source, archive.open(entry, "w") as member:
                shutil.copyfileobj(source, member)


def describe_package(context: RenderContext, tables: Sequence[PackagedTable]) -> dict[str, Any]:
    """Return the descriptor of a dataset version as JSON values; what isn't known is left out."""
    record = context.record
    names = {packaged.table.name for packaged in tables}
    descriptor = {
        "$schema": f"{_PROFILES}/datapackage.json",
        "name": context.dataset,
        "id": context.dataset_iri,
        "title": record.title,
        "title_en": record.title_en,
        "description": record.description,
        "description_en": record.description_en,
        "version": f"{context.version}.0.0",
        "created": context.approved_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "homepage": context.dataset_page,
        "keywords": list(record.keywords),
        "licenses": [
            {"name": context.license.id, "path": context.license.url, "title": context.license.title}
        ],
        "contributors": [_contributor(context)],
        "sources": [_source(source) for source in record.sources],
        "publisher": record.publisher,
        "local_government_code": record.local_government_code,
        "themes": list(record.themes),
        "temporal": _known({"start": _iso(record.period_start), "end": _iso(record.period_end)}),
        "frequency": record.frequency,
        "contact": _known(record.contact.model_dump()),
        "unofficial": record.unofficial,
        "resources": [_resource(packaged, names) for packaged in tables],
    }
    return _known(descriptor)


def _resource(packaged: PackagedTable, names: set[str]) -> dict[str, Any]:
    table = packaged.table
    return _known(
        {
            "name": table.name,
            "title": table.title,
            "description": table.description,
            "path": _data_path(table),
            "type": "table",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "bytes": packaged.size,
            "hash": f"sha256:{packaged.sha256}",
            "schema": _schema(table, names),
        }
    )


def _schema(table: Table, names: set[str]) -> dict[str, Any]:
    """Return a table's descriptor without the foreign keys to tables that this package doesn't have."""
    descriptor = {key: value for key, value in table.schema.descriptor.items() if key != "foreignKeys"}
    keys = [
        key
        for key in table.schema.descriptor.get("foreignKeys", ())
        if key["reference"].get("resource", "") in {"", *names}
    ]
    return descriptor | ({"foreignKeys": keys} if keys else {})


def _contributor(context: RenderContext) -> dict[str, Any]:
    publisher = context.publisher
    return _known({"title": publisher.title, "path": publisher.homepage, "roles": ["publisher"]})


def _source(source: Source) -> dict[str, Any]:
    return _known({"title": source.title, "path": source.url, "publisher": source.publisher})


def _known(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in ("", None, [], {})}


def _iso(date: dt.date | None) -> str | None:
    return date.isoformat() if date else None


def _data_path(table: Table) -> str:
    return f"data/{table.name}.csv"


def _entry(name: str, context: RenderContext) -> zipfile.ZipInfo:
    """Return a zip entry dated by the version; a zip counts from 1980 and in steps of two seconds."""
    time = max(context.approved_utc, dt.datetime(1980, 1, 1, tzinfo=dt.UTC))
    entry = zipfile.ZipInfo(
        name, (time.year, time.month, time.day, time.hour, time.minute, time.second // 2 * 2)
    )
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, so that the permissions count
    entry.external_attr = 0o644 << 16
    return entry
