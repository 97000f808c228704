"""JSON-LD 1.1: each row a node, with a context of its own inside the file, so that it reads offline.

Every column is a term of the context with its property and type. Numbers are strings that the context types
as xsd:integer or xsd:decimal, so they survive exactly; columns that name rows of another table are IRIs; an
empty cell is left out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import quote

from app.formats.context import RenderContext
from app.formats.iri import ID_FIELD, link_prefixes, property_iri, row_prefix
from app.formats.json import encode_json, write_array
from app.model.table import Table
from app.model.table_schema import Field, FieldType
from app.model.value import Row, Value, write_value

_XSD = "http://www.w3.org/2001/XMLSchema#"
DATATYPES = {
    FieldType.INTEGER: f"{_XSD}integer",
    FieldType.NUMBER: f"{_XSD}decimal",
    FieldType.BOOLEAN: f"{_XSD}boolean",
    FieldType.DATE: f"{_XSD}date",
    FieldType.TIME: f"{_XSD}time",
    FieldType.DATETIME: f"{_XSD}dateTime",
    FieldType.YEARMONTH: f"{_XSD}gYearMonth",
}


def write_jsonld(table: Table, context: RenderContext, target: BinaryIO) -> None:
    """Write a table as a JSON-LD document with the rows in its `@graph`."""
    terms = encode_json(describe_terms(table, context))
    rows = (encode_json(node) for node in _list_nodes(table, context))
    write_array(f'{{"@context":{terms},"@graph":[', rows, "]}", target)


def describe_terms(table: Table, context: RenderContext) -> dict[str, Any]:
    """Return the JSON-LD context of a table: one term per column."""
    links = link_prefixes(context, table.schema)
    terms: dict[str, Any] = {"@version": 1.1}
    for field in table.schema.fields:
        kind = "@id" if field.name in links else DATATYPES.get(field.type)
        term = {"@id": property_iri(context, table.schema, field)}
        terms[term_name(field)] = term | ({"@type": kind} if kind else {})
    return terms


def term_name(field: Field) -> str:
    """Return a column's name as a term, in which `@` at the start, `:` and `/` would mean something else."""
    return re.sub(r"^@|[:/%]", lambda match: quote(match[0], safe=""), field.name)


def _list_nodes(table: Table, context: RenderContext) -> Iterator[dict[str, Any]]:
    schema = table.schema
    links = link_prefixes(context, schema)
    columns = [(term_name(field), field, links.get(field.name)) for field in schema.fields]
    kind = {"@type": schema.rdf_type} if schema.rdf_type else {}
    for number, row in enumerate(table.rows(), start=1):
        node: dict[str, Any] = {"@id": _row_iri(table, context, number, row), **kind}
        for (term, field, prefix), value in zip(columns, row, strict=True):
            if value is not None:
                node[term] = _encode(field, value) if prefix is None else _link(prefix, field, value)
        yield node


def _row_iri(table: Table, context: RenderContext, number: int, row: Row) -> str:
    prefix = row_prefix(context, table.schema)
    identifier = row[table.schema.field_names.index(ID_FIELD)] if prefix else None
    if identifier is None:
        return f"{context.table_address(table.name)}#{number}"
    return f"{prefix}{quote(str(identifier), safe='')}"


def _encode(field: Field, value: Value) -> str | bool | tuple[str, ...]:
    match value:
        case bool() | tuple():
            return value
        case dt.time():
            return value.isoformat(timespec="seconds")
        case _:
            return write_value(field, value)


def _link(prefix: str, field: Field, value: Value) -> str | list[str]:
    if isinstance(value, tuple):
        return [prefix + quote(item, safe="") for item in value]
    return prefix + quote(write_value(field, value), safe="")
