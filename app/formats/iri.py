"""The IRIs that a table's rows, columns and links have in RDF, the same in JSON-LD and in CSVW."""

from __future__ import annotations

from urllib.parse import quote

from app.formats.context import RenderContext
from app.model.table_schema import Field, TableSchema

ID_FIELD = "ID"
"""The column that holds a row's identifier, in every table that has one."""


def property_iri(context: RenderContext, schema: TableSchema, field: Field) -> str:
    """Return the property of a column: the schema's, or one under the schema's own address."""
    own = f"{context.base}/schemas/{schema.name}/{schema.version}#{quote(field.name, safe='')}"
    return field.rdf_property or own


def row_prefix(context: RenderContext, schema: TableSchema) -> str | None:
    """Return what stands before the ID in the IRI of a row; None if rows have no identifier."""
    if schema.id_path is None or schema.find_field(ID_FIELD) is None:
        return None
    return _prefix(context, schema.id_path)


def link_prefixes(context: RenderContext, schema: TableSchema) -> dict[str, str]:
    """Return, by column that alone names rows of a table, what stands before the ID in those rows' IRIs."""
    paths = {**context.id_paths, "": schema.id_path}
    return {
        key.fields[0]: _prefix(context, path)
        for key in schema.foreign_keys
        if key.reference_fields == (ID_FIELD,) and (path := paths.get(key.table))
    }


def _prefix(context: RenderContext, id_path: str) -> str:
    return f"{context.base}/id/{id_path}/"
