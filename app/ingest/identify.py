"""identify: what the upload is, and which tables under which schemas it holds."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.checks.metadata import dataset_name_fault, text_fault
from app.checks.rules import make_finding
from app.errors import RefusedUpload, SchemaNotFound
from app.ingest.archive import Archive
from app.ingest.check import UploadedTable
from app.ingest.receive import Received
from app.ingest.recognise import HEAD_ROWS, Recogniser, Recognition, find_header_row
from app.model.report import Finding, ReportBuilder
from app.model.table_schema import TableSchema
from app.settings import Settings
from app.tables.delimited import guess_delimiter, read_head
from app.tables.encoding import ENCODING_TITLES, find_decoding_fault, recognise_codec
from app.vocabulary.columns import ColumnNames
from app.vocabulary.schemas import SchemaRegistry

DESCRIPTOR = "datapackage.json"
TABLE_NAME = re.compile(r"[a-z0-9_-]{1,60}")
RESERVED_TABLE_NAMES = frozenset({"v", "resource", "plan"})

_SCHEMA_ADDRESS = re.compile(r"(?:.*/)?schemas/([a-z0-9_-]+)/([0-9.]+)\.json")
_SIGNATURES = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"%PDF", "PDF"),
    (b"\xd0\xcf\x11\xe0", "Excel 97-2003（.xls）などの古いOffice"),
    (b"\x89PNG", "画像"),
    (b"\xff\xd8\xff", "画像"),
    (b"GIF8", "画像"),
)


@dataclass(frozen=True, slots=True)
class Identified:
    """What an upload was taken for.

    `descriptor` is the Data Package descriptor, None for a single table. `tables` are those whose file and
    schema are known.
    """

    taken_for: str
    descriptor: dict[str, Any] | None
    tables: tuple[UploadedTable, ...]


def identify_upload(
    received: Received,
    scratch: Path,
    settings: Settings,
    schemas: SchemaRegistry,
    findings: ReportBuilder,
    *,
    schema_name: str | None,
) -> Identified:
    """Tell a Data Package from a single CSV and unpack its tables to scratch.

    `schema_name` names the schema of a single CSV (`name` or `name/version`); without it, a standard dataset
    is recognised by its header. Faults of single tables become findings. Raises RefusedUpload if the whole
    cannot be read, SchemaNotFound if `schema_name` is unknown.
    """
    kind = _sniff(received.path)
    if kind == "zip":
        return _identify_package(received, scratch, settings, schemas, findings)
    if kind is not None:
        raise RefusedUpload(
            "unknown-kind",
            f"「{received.name}」は{kind}ファイルで、表として読み取れません。",
            "CSV（UTF-8）か、datapackage.json を含むZIPで送ってください。",
        )
    return _identify_csv(received, settings, schemas, schema_name)


def _identify_csv(
    received: Received, settings: Settings, schemas: SchemaRegistry, schema_name: str | None
) -> Identified:
    codec = recognise_codec(received.path) or "utf-8-sig"  # if none fits, the check says where UTF-8 breaks
    max_characters = settings.max_columns * settings.max_cell_characters
    head: list[list[str]] = []
    delimiter = ","
    if find_decoding_fault(received.path, codec) is None:
        delimiter = guess_delimiter(received.path, codec, max_characters)
        head = read_head(received.path, codec, delimiter, max_characters, HEAD_ROWS)
    names = ColumnNames(settings.vocab_dir / "standards" / "aliases.csv")
    if schema_name is None:
        found = Recogniser(schemas, names).recognise(head)
        if found is None:
            raise _make_unrecognised(received)
    else:
        found = _read_as(_named_schema(schemas, schema_name), head, names)
    schema = found.schema
    table = UploadedTable(
        name=schema.name.removeprefix("plan-"),
        title=schema.title,
        description="",
        path=received.path,
        source=received.name,
        schema=schema,
        encoding=codec,
        delimiter=delimiter,
        header_row=found.header_row,
        columns=found.columns,
    )
    return Identified(_say_taken(received, table, found), None, (table,))


def _read_as(schema: TableSchema, head: list[list[str]], names: ColumnNames) -> Recognition:
    """Return how to read a table whose schema was named; a complete schema wants its header just so."""
    if not schema.is_partial or not head:
        return Recognition(schema, 1, {}, 1.0, None)
    row = find_header_row(head, schema, names)
    return Recognition(schema, row, names.match_header(head[row - 1], schema), 1.0, None)


def _say_taken(received: Received, table: UploadedTable, found: Recognition) -> str:
    form = "" if table.encoding == "utf-8-sig" else f"、{ENCODING_TITLES[table.encoding]}"
    form += {",": "", "\t": "、タブ区切り", ";": "、セミコロン区切り"}[table.delimiter]
    taken = f"CSV「{received.name}」{form}（スキーマ {table.schema.name} {table.schema.version}）"
    if found.next_best is None:
        return taken
    sure = f"確かさ {found.confidence:.0%}、次に近いのは「{found.next_best.title}」"
    return f"{taken}。見出しから「{table.schema.title}」と見分けました（{sure}）"


def _make_unrecognised(received: Received) -> RefusedUpload:
    return RefusedUpload(
        "schema-missing",
        f"「{received.name}」の見出しからは、どのスキーマの表かが分かりませんでした。",
        "スキーマの名前（例: --schema plan-measures）を付けてください。一覧は /schemas/ にあります。",
    )


def _sniff(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(8)
    return next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), None)


def _named_schema(schemas: SchemaRegistry, wanted: str) -> TableSchema:
    name, _, version = wanted.partition("/")
    return schemas.get_schema(name, version or None)


def _identify_package(
    received: Received, scratch: Path, settings: Settings, schemas: SchemaRegistry, findings: ReportBuilder
) -> Identified:
    archive = Archive(received.path, settings)
    try:
        if "xl/workbook.xml" in archive.names:
            raise RefusedUpload(
                "unknown-kind",
                f"「{received.name}」はExcelブック（.xlsx）です。ブックの読み取りはこの版ではまだできません。",
                "Excelで［名前を付けて保存］→［CSV UTF-8（コンマ区切り）］を選び、CSVで送ってください。",
            )
        root, descriptor = _read_descriptor(archive, received, scratch, settings)
        tables = tuple(_unpack_tables(archive, root, descriptor, scratch, settings, schemas, findings))
    finally:
        archive.close()
    name = descriptor.get("name")
    shown = received.name if dataset_name_fault(name) else name
    return Identified(f"Data Package「{shown}」（表 {len(tables)}個）", descriptor, tables)


def _read_descriptor(
    archive: Archive, received: Received, scratch: Path, settings: Settings
) -> tuple[str, dict[str, Any]]:
    places = [
        name for name in archive.names if name.rpartition("/")[2] == DESCRIPTOR and name.count("/") <= 1
    ]
    if len(places) != 1:
        what = "ありません" if not places else "2つ以上あります"
        raise RefusedUpload(
            "descriptor-missing",
            f"ZIP「{received.name}」の一番上（または1つ目のフォルダー）に {DESCRIPTOR} が{what}。",
            f"Data Package の {DESCRIPTOR} を1つ入れてください。",
        )
    path = scratch / DESCRIPTOR
    archive.unpack(places[0], path)
    if path.stat().st_size > settings.max_metadata_bytes:
        raise _bad_descriptor(f"大きすぎます（上限 {settings.max_metadata_bytes:,} バイト）")
    try:
        descriptor = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _bad_descriptor(f"UTF-8ではありません（{error.start + 1}バイト目）") from error
    except json.JSONDecodeError as error:
        raise _bad_descriptor(f"JSONの書き方が違います（{error.lineno}行目{error.colno}文字目）") from error
    except ValueError as error:
        raise _bad_descriptor("桁の多すぎる数があります") from error
    except RecursionError as error:
        raise _bad_descriptor("入れ子が深すぎます") from error
    if not isinstance(descriptor, dict) or not isinstance(descriptor.get("resources"), list):
        raise _bad_descriptor("resources（表の一覧）がありません")
    return places[0].removesuffix(DESCRIPTOR), descriptor


def _bad_descriptor(what: str) -> RefusedUpload:
    return RefusedUpload(
        "descriptor-unreadable",
        f"{DESCRIPTOR} を読み取れません。{what}。",
        "Data Package の書き方（https://datapackage.org/）に合わせてください。",
    )


def _unpack_tables(
    archive: Archive,
    root: str,
    descriptor: dict[str, Any],
    scratch: Path,
    settings: Settings,
    schemas: SchemaRegistry,
    findings: ReportBuilder,
) -> Iterator[UploadedTable]:
    resources = descriptor["resources"]
    if not 0 < len(resources) <= settings.max_tables:
        raise _bad_descriptor(f"resources が{len(resources)}個です（1個から{settings.max_tables}個まで）")
    names: set[str] = set()
    paths: set[str] = set()
    for position, resource in enumerate(resources):
        fault = _resource_fault(resource, names) or _path_fault(resource, root, archive, paths)
        if fault:
            findings.add(_resource_finding(position, resource, fault))
            continue
        path = _entry_name(root, resource["path"])
        names.add(resource["name"])
        paths.add(path)
        try:
            schema = _find_schema(schemas, resource.get("schema"))
        except SchemaNotFound as error:
            findings.add(_resource_finding(position, resource, str(error)))
            continue
        target = scratch / f"table-{position}.csv"
        archive.unpack(path, target)
        yield UploadedTable(
            name=resource["name"],
            title=resource.get("title") or schema.title,
            description=resource.get("description", ""),
            path=target,
            source=resource["path"],
            schema=schema,
            encoding=resource.get("encoding") or "utf-8",
        )


def _resource_fault(resource: object, names: set[str]) -> str | None:
    if not isinstance(resource, dict):
        return "表の説明が { } の形ではありません。"
    name = resource.get("name")
    if not isinstance(name, str) or not TABLE_NAME.fullmatch(name) or name in RESERVED_TABLE_NAMES:
        return f"表の名前（name）「{name}」は使えません。半角の英小文字、数字、「-」「_」で付けてください。"
    if name in names:
        return f"表の名前（name）「{name}」が2回使われています。"
    for key in ("title", "description", "encoding"):
        if fault := text_fault(resource.get(key, "")):
            return f"「{key}」が使えません。{fault}"
    return None


def _path_fault(resource: dict[str, Any], root: str, archive: Archive, paths: set[str]) -> str | None:
    path = resource.get("path")
    if not isinstance(path, str):
        return "表のファイル名（path）がないか、1つの文字列ではありません。"
    name = _entry_name(root, path)
    if name not in archive.names:
        return f"ファイル「{path}」がZIPの中にありません。"
    if name in paths:
        return f"ファイル「{path}」が2つの表に使われています。"
    return None


def _entry_name(root: str, path: str) -> str:
    return root + unicodedata.normalize("NFC", path)


def _resource_finding(position: int, resource: object, why: str) -> Finding:
    name = resource.get("name") if isinstance(resource, dict) else None
    return make_finding(
        "resource",
        why,
        f"{DESCRIPTOR} の {position + 1} 番目の表を直してください。",
        DESCRIPTOR,
        column=f"resources[{position}]",
        value=str(name or ""),
    )


def _find_schema(schemas: SchemaRegistry, named: object) -> TableSchema:
    if isinstance(named, dict):
        return schemas.get_schema(str(named.get("name", "")), _optional(named.get("version")))
    match = _SCHEMA_ADDRESS.fullmatch(named) if isinstance(named, str) else None
    if match is None:
        raise SchemaNotFound(str(named or "（指定なし）"))
    return schemas.get_schema(match[1], match[2])


def _optional(value: object) -> str | None:
    return None if value is None else str(value)
