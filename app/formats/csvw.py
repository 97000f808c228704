"""CSVW: what the columns of a table's CSV mean, for CSV on the Web tools.

Source: W3C Metadata Vocabulary for Tabular Data (tabular-metadata) and Generating RDF from Tabular Data
(csv2rdf). The RDF that csv2rdf makes with it names rows, columns and links by the IRIs of our JSON-LD.
Times are described as strings, because a CSVW datatype knows one form of time and ours are `hh:mm` with or
without seconds.
"""

from __future__ import annotations

import json
import re
from typing import Any, BinaryIO

from app.formats.context import RenderContext
from app.formats.iri import ID_FIELD, link_prefixes, property_iri, row_prefix
from app.model.table import Table
from app.model.table_schema import Field, FieldType
from app.model.value import LEXICAL_FORMS

_BASES = {
    FieldType.STRING: "string",
    FieldType.INTEGER: "integer",
    FieldType.NUMBER: "decimal",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.TIME: "string",
    FieldType.DATETIME: "dateTime",
    FieldType.YEARMONTH: "gYearMonth",
    FieldType.LIST: "string",
}
_TEXTUAL = (FieldType.STRING, FieldType.TIME, FieldType.LIST)


def write_csvw(table: Table, context: RenderContext, target: BinaryIO) -> None:
    """Write the CSVW metadata document of a table's CSV."""
    document = json.dumps(describe_csv(table, context), ensure_ascii=False, indent=2)
    target.write(f"{document}\n".encode())


def describe_csv(table: Table, context: RenderContext) -> dict[str, Any]:
    """Return the CSVW metadata of the current version's CSV of a table."""
    publisher = {"schema:name": context.publisher.title}
    if context.publisher.homepage:
        publisher["schema:url"] = context.publisher.homepage
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "ja"}],
        "url": f"{context.table_address(table.name)}.csv",
        "dc:title": table.title,
        "dc:description": table.description or table.title,
        "dc:isPartOf": {"@id": context.dataset_iri},
        "dc:publisher": publisher,
        "dc:license": {"@id": context.license.url},
        "dc:modified": {
            "@value": context.approved_utc.isoformat(timespec="seconds"),
            "@type": "xsd:dateTime",
        },
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "quoteChar": '"'},
        "tableSchema": _table_schema(table, context),
    }


def column_name(name: str) -> str:
    """Return a header as a CSVW column name, which must be a variable of a URI template (RFC 6570).

    All but ASCII letters, digits and inner `_` is percent-encoded.
    """
    return re.sub(
        r"^_|[^0-9A-Za-z_]", lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), name
    )


def _table_schema(table: Table, context: RenderContext) -> dict[str, Any]:
    schema = table.schema
    links = link_prefixes(context, schema)
    columns = [
        _column(field) | {"propertyUrl": property_iri(context, schema, field)} for field in schema.fields
    ]
    for column, field in zip(columns, schema.fields, strict=True):
        if field.name in links and field.type is not FieldType.LIST:
            column["valueUrl"] = f"{links[field.name]}{{{column['name']}}}"
    if schema.rdf_type:
        columns.append({"virtual": True, "propertyUrl": "rdf:type", "valueUrl": schema.rdf_type})
    prefix = row_prefix(context, schema)
    about = f"{prefix}{{{ID_FIELD}}}" if prefix else f"{context.table_address(table.name)}#{{_row}}"
    key = {"primaryKey": [column_name(name) for name in schema.primary_key]} if schema.primary_key else {}
    return {"columns": columns, "aboutUrl": about, **key}


def _column(field: Field) -> dict[str, Any]:
    # A header cell has no language, and validators look for it among titles without language or of any.
    titles = {"und": field.name, "ja": field.title, "en": field.title_en}
    column: dict[str, Any] = {
        "name": column_name(field.name),
        "titles": {language: title for language, title in titles.items() if title},
        "datatype": _datatype(field),
    }
    if field.type is FieldType.LIST:
        column["separator"] = field.delimiter
    if field.required:
        column["required"] = True
    if field.description:
        column["dc:description"] = field.description
    return column


def _datatype(field: Field) -> str | dict[str, Any]:
    """Return the CSVW datatype; a list's constraints are about the list, which CSVW has no words for."""
    base = _BASES[field.type]
    if field.type is FieldType.LIST:
        return base
    if field.type in _TEXTUAL:
        limits = {"format": _format(field), "minLength": field.min_length, "maxLength": field.max_length}
    else:
        limits = {"minimum": field.minimum, "maximum": field.maximum}
    kept = {name: limit for name, limit in limits.items() if limit is not None}
    return {"base": base, **kept} if kept else base


def _format(field: Field) -> str | None:
    if field.type is FieldType.TIME:
        return LEXICAL_FORMS[FieldType.TIME][0].pattern
    if field.enum:
        return "|".join(re.escape(value) for value in field.enum)
    return field.pattern
