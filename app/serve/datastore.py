"""CKAN's action API v3, rows: `datastore_search` and the dump of a resource, from the row files.

Every CSV resource has rows. Their fields are those of the CSV, with the row's number before them as `_id`.
Source: CKAN 2.11, ckanext-datastore.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlencode

from app.errors import DistributionNotFound, RequestError
from app.formats.json import JsonText, encode_cell, encode_json
from app.model.table_schema import Field, FieldType, TableSchema
from app.model.value import Row, Value, read_value, write_value
from app.serve.catalogue import Reader, get_listed_release, get_resource_dataset
from app.serve.parameters import Parameters
from app.storage import releases
from app.storage.rowfile import ROW_NUMBER, RowFile, RowQuery, open_row_file

DEFAULT_ROWS = 100
MAX_ROWS = 32_000
MAX_PAGE_CHARACTERS = 20_000_000
"""An answer beyond this is refused: fewer rows than asked for would look like the end."""

_MOST_TERMS = 50
_TYPES = {
    FieldType.INTEGER: "int",
    FieldType.NUMBER: "numeric",
    FieldType.BOOLEAN: "bool",
    FieldType.DATE: "date",
    FieldType.TIME: "time",
    FieldType.DATETIME: "timestamp",
}
_ROW_NUMBER_FIELD = Field(ROW_NUMBER, FieldType.INTEGER, ROW_NUMBER)
_SEPARATORS = {"csv": ",", "tsv": "\t"}
_RECORD_FORMATS = ("objects", "lists", "csv", "tsv")
_DUMP_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "json": "application/json; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump that is written to a file: its name and media type."""

    file_name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A resource's open rows and what of them is asked for."""

    resource_id: str
    table: str
    file: RowFile
    fields: tuple[Field, ...]
    query: RowQuery

    @property
    def described(self) -> list[dict[str, str]]:
        return [{"id": field.name, "type": _TYPES.get(field.type, "text")} for field in self.fields]


def datastore_search(reader: Reader, parameters: Parameters) -> dict[str, Any]:
    """Return rows of the resource `resource_id`: `limit` of them (at most 32000) from `offset` on.

    `filters` gives by field the value, or a list of values, that a cell must equal; `q` words that must occur
    in a row; `fields` the fields wanted; `sort` fields with `asc` or `desc`; `distinct` leaves doubles out;
    `records_format` is `objects`, `lists`, `csv` or `tsv`. Raises DistributionNotFound, RequestError.
    """
    limit = min(parameters.integer("limit", DEFAULT_ROWS), MAX_ROWS)
    offset = parameters.integer("offset", 0)
    form = parameters.text("records_format", "objects")
    if form not in _RECORD_FORMATS:
        raise RequestError("records_format", f"{'、'.join(_RECORD_FORMATS)} のどれかを指定してください。")
    with _open(reader, parameters) as asked:
        rows = asked.file.select(asked.query, offset, limit) if limit else iter(())
        result: dict[str, Any] = {
            "resource_id": asked.resource_id,
            "fields": asked.described,
            "records": _write_records(form, asked.fields, rows),
            "records_format": form,
            "limit": limit,
            "offset": offset,
            "include_total": parameters.boolean("include_total", default=True),
            "total_was_estimated": False,
            "_links": _link(reader, parameters, limit, offset),
        }
        result |= {key: parameters.text(key) for key in ("q", "sort") if parameters.text(key)}
        if result["include_total"]:
            result["total"] = asked.file.count_selected(asked.query)
    return result


def dump_resource(reader: Reader, parameters: Parameters, target: BinaryIO) -> Dump:
    """Write all rows of a resource, or those asked for as in `datastore_search`, as `format`.

    That is `csv`, `tsv` or `json`; with `bom` a byte order mark comes first. Raises DistributionNotFound,
    RequestError.
    """
    form = parameters.text("format", "csv")
    if form not in _DUMP_TYPES:
        raise RequestError("format", f"{'、'.join(_DUMP_TYPES)} のどれかを指定してください。")
    with _open(reader, parameters) as asked:
        limit = parameters.limit()
        rows = asked.file.select(asked.query, parameters.integer("offset", 0), limit)
        text = io.TextIOWrapper(target, encoding="utf-8", newline="")
        if parameters.boolean("bom"):
            text.write("\ufeff")
        if form == "json":
            lines = (_encode_list(asked.fields, row) for row in rows)
            text.write(f'{{"fields":{encode_json(asked.described)},"records":[')
            for place, line in enumerate(lines):
                text.write(f"{',' if place else ''}\n{line}")
            text.write("\n]}\n")
        else:
            writer = csv.writer(text, delimiter=_SEPARATORS[form], lineterminator="\n")
            writer.writerow([field.name for field in asked.fields])
            writer.writerows(_as_texts(asked.fields, row) for row in rows)
        text.detach()
        return Dump(f"{asked.table}.{form}", _DUMP_TYPES[form])


@contextmanager
def _open(reader: Reader, parameters: Parameters) -> Iterator[_Asked]:
    resource_id = parameters.text("resource_id") or parameters.text("id")
    if not resource_id:
        raise RequestError("resource_id", "値がありません。")
    release = get_listed_release(reader, get_resource_dataset(reader, resource_id))
    entry = next((entry for entry in release.distributions if entry.id == resource_id), None)
    table = release.find_table(entry.table) if entry and entry.format.suffix == "csv" else None
    if table is None:
        raise DistributionNotFound(resource_id)
    schema = reader.schemas.get_schema(table.record.schema_name, table.record.schema_version)
    query = _read_query(schema, parameters)
    known = {ROW_NUMBER: _ROW_NUMBER_FIELD, **{field.name: field for field in schema.fields}}
    with reader.installation.database.reading() as session:
        sha256 = releases.get_row_file(session, release, table.record.name, reader.now)
    with reader.installation.blobs.local(sha256) as path, open_row_file(path, schema) as file:
        fields = tuple(known[name] for name in query.columns)
        yield _Asked(resource_id, table.record.name, file, fields, query)


def _read_query(schema: TableSchema, parameters: Parameters) -> RowQuery:
    names = (ROW_NUMBER, *schema.field_names)
    given = [name for text in parameters.texts("fields") for name in _split(text)]
    order = [_read_sort(text) for text in parameters.texts("sort") for text in _split(text)]
    for key, columns in (("fields", given), ("sort", [column for column, _ in order])):
        unknown = [column for column in columns if column not in names]
        if unknown:
            raise RequestError(key, f"「{unknown[0]}」というフィールドはありません。")
    is_distinct = parameters.boolean("distinct")
    every = schema.field_names if is_distinct else names
    wanted = tuple(dict.fromkeys(given)) or every
    if is_distinct and not {column for column, _ in order} <= set(wanted):
        raise RequestError("sort", "distinct では、fields にあるフィールドだけで並べられます。")
    return RowQuery(
        columns=wanted,
        filters=tuple(_read_filters(schema, parameters)),
        words=tuple(_read_words(parameters)),
        order=tuple(order),
        is_distinct=is_distinct,
    )


def _read_filters(schema: TableSchema, parameters: Parameters) -> Iterator[tuple[str, tuple[Value, ...]]]:
    filters = parameters.json("filters")
    if filters is None:
        return
    if not isinstance(filters, dict):
        raise RequestError("filters", '{"フィールド名": 値} の形のJSONにしてください。')
    for name, value in filters.items():
        field = _ROW_NUMBER_FIELD if name == ROW_NUMBER else schema.find_field(name)
        if field is None:
            raise RequestError("filters", f"「{name}」というフィールドはありません。")
        items = value if isinstance(value, list) else [value]
        if len(items) > _MOST_TERMS:
            raise RequestError("filters", f"1つのフィールドの値は{_MOST_TERMS}個までにしてください。")
        yield name, tuple(_read_item(field, item) for item in items)


def _read_item(field: Field, item: object) -> Value:
    text = "" if item is None else item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    try:
        return read_value(field, text)
    except ValueError as error:
        raise RequestError("filters", f"「{field.name}」の値は、{error}で指定してください。") from error


def _read_words(parameters: Parameters) -> list[str]:
    text = parameters.text("q")
    if text.startswith("{"):
        given = parameters.json("q")
        text = " ".join(str(value) for value in given.values()) if isinstance(given, dict) else text
    words = text.split()
    if len(words) > _MOST_TERMS:
        raise RequestError("q", f"語は{_MOST_TERMS}個までにしてください。")
    return words


def _split(text: str) -> list[str]:
    """Split at commas, outside of quotation marks that a name may stand in."""
    parts = next(csv.reader([text], skipinitialspace=True), [])
    return [part.strip() for part in parts if part.strip()]


def _read_sort(text: str) -> tuple[str, bool]:
    name, _, direction = text.rpartition(" ")
    if direction.lower() not in ("asc", "desc") or not name:
        name, direction = text, "asc"
    return name.strip().strip('"'), direction.lower() == "desc"


def _write_records(form: str, fields: tuple[Field, ...], rows: Iterable[Row]) -> object:
    if form in _SEPARATORS:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=_SEPARATORS[form], lineterminator="\n")
        for row in rows:
            writer.writerow(_as_texts(fields, row))
            _require_room(text.tell())
        return text.getvalue()
    records, characters = [], 0
    for row in rows:
        records.append(
            JsonText(_encode_list(fields, row) if form == "lists" else _encode_object(fields, row))
        )
        characters += len(records[-1])
        _require_room(characters)
    return records


def _require_room(characters: int) -> None:
    if characters > MAX_PAGE_CHARACTERS:
        raise RequestError("limit", "答えが大きすぎます。limit を小さくするか、fields を減らしてください。")


def _as_texts(fields: tuple[Field, ...], row: Row) -> list[str]:
    return [write_value(field, value) for field, value in zip(fields, row, strict=True)]


def _encode_list(fields: tuple[Field, ...], row: Row) -> str:
    return "[" + ",".join(_encode_cell(field, value) for field, value in zip(fields, row, strict=True)) + "]"


def _encode_object(fields: tuple[Field, ...], row: Row) -> str:
    cells = zip(fields, row, strict=True)
    return (
        "{"
        + ",".join(f"{encode_json(field.name)}:{_encode_cell(field, value)}" for field, value in cells)
        + "}"
    )


def _encode_cell(field: Field, value: Value) -> str:
    """Return a cell's JSON; several values are the one text that the CSV has, as the type `text` says."""
    return encode_json(write_value(field, value)) if isinstance(value, tuple) else encode_cell(field, value)


def _link(reader: Reader, parameters: Parameters, limit: int, offset: int) -> dict[str, str]:
    kept = ("resource_id", "id", "filters", "q", "fields", "sort", "distinct", "records_format")
    asked = {key: parameters.text(key) for key in kept if parameters.text(key)} | {"limit": str(limit)}
    address = f"{reader.base}/api/3/action/datastore_search"
    return {
        "start": f"{address}?{urlencode(asked)}",
        "next": f"{address}?{urlencode({**asked, 'offset': str(offset + limit)})}",
    }
