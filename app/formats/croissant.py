"""Croissant 1.0: a release with its tables as record sets, for machine learning tools.

Source: Croissant Format Specification 1.0 (MLCommons). The files are those of the numbered version, so that
their hashes stay true; identifiers are relative to the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from app.formats.schema_org import dataset_facts
from app.model.distribution import Distribution
from app.model.release import Release
from app.model.table_schema import Field, FieldType, TableSchema
from app.vocabulary.catalog import Catalog

VERSION = "http://mlcommons.org/croissant/1.0"

_TERMS = (
    "citeAs column equivalentProperty extract field fileProperty fileObject fileSet format includes "
    "isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace "
    "samplingRate separator source subField transform"
)
_CONTEXT = {
    "@language": "ja",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS.split()},
}
_TYPES = {
    FieldType.BOOLEAN: "sc:Boolean",
    FieldType.DATE: "sc:Date",
    FieldType.INTEGER: "sc:Integer",
    FieldType.NUMBER: "sc:Float",
}


def croissant_dataset(
    release: Release, schemas: Mapping[str, TableSchema], catalog: Catalog, base: str
) -> dict[str, Any]:
    """Return a release as Croissant; `schemas` are its tables' by the tables' names.

    Raises OrganizationNotFound if the record's publisher isn't in the catalogue.
    """
    files = {table: entry for table in schemas if (entry := release.find_distribution(table, "csv"))}
    facts = dataset_facts(release, catalog, base)
    return {
        "@context": _CONTEXT,
        **facts,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "citeAs": facts["creditText"],
        "distribution": [_file(release, entry, base) for entry in files.values()],
        "recordSet": [_record_set(release, table, schemas) for table in files],
    }


def _file(release: Release, entry: Distribution, base: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": entry.file_name,
        "name": entry.file_name,
        "contentUrl": f"{base}/dataset/{release.name}/v/{release.number}/{entry.file_name}",
        "contentSize": f"{entry.size} B",
        "encodingFormat": "text/csv",
        "sha256": entry.sha256,
    }


def _record_set(release: Release, table: str, schemas: Mapping[str, TableSchema]) -> dict[str, Any]:
    schema, released = schemas[table], release.find_table(table)
    title = released.record.title if released else schema.title
    key = [{"@id": _field_id(table, name)} for name in schema.primary_key]
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "description": (released.record.description if released else "") or title,
        **({"key": key} if key else {}),
        "field": [_field(table, field, schemas) for field in schema.fields],
    }


def _field(table: str, field: Field, schemas: Mapping[str, TableSchema]) -> dict[str, Any]:
    source: dict[str, Any] = {"fileObject": {"@id": f"{table}.csv"}, "extract": {"column": field.name}}
    described: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": _field_id(table, field.name),
        "name": field.name,
        "description": field.description or field.title,
        "dataType": _TYPES.get(field.type, "sc:Text"),
        "source": source,
    }
    if field.type is FieldType.LIST:
        source["transform"] = {"separator": field.delimiter}
        described["repeated"] = True
    references = [
        {"@id": _field_id(key.table or table, key.reference_fields[0])}
        for key in schemas[table].foreign_keys
        if key.fields == (field.name,) and (key.table or table) in schemas
    ]
    return described | ({"references": references[0]} if references else {})


def _field_id(table: str, name: str) -> str:
    return f"{table}/{quote(name, safe='')}"
