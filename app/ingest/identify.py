"""identify: what the upload is, and which tables under which schemas it holds."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.checks.metadata import dataset_name_fault, text_fault
from app.checks.rules import make_finding
from app.errors import RefusedUpload, SchemaNotFound
from app.ingest.archive import Archive
from app.ingest.check import UploadedTable
from app.ingest.identified import Identified
from app.ingest.receive import Received
from app.ingest.standalone import identify_csv, identify_workbook
from app.model.report import Finding, ReportBuilder
from app.model.table_schema import TableSchema
from app.settings import Settings
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


def identify_upload(
    received: Received,
    scratch: Path,
    settings: Settings,
    schemas: SchemaRegistry,
    findings: ReportBuilder,
    *,
    schema_name: str | None,
) -> Identified:
    """Tell a Data Package, a workbook and a single CSV apart, and unpack their tables to scratch.

    `schema_name` names the schema of a table without package (`name` or `name/version`); without it, a
    standard dataset is recognised by its header. Faults of single tables become findings. Raises
    RefusedUpload if the whole cannot be read, SchemaNotFound if `schema_name` is unknown.
    """
    kind = _sniff(received.path)
    if kind == "zip":
        return _identify_zip(received, scratch, settings, schemas, findings, schema_name)
    if kind is not None:
        raise RefusedUpload(
            "unknown-kind",
            f"「{received.name}」は{kind}ファイルで、表として読み取れません。",
            "Excelブック（.xlsx）、CSV、または datapackage.json を含むZIPで送ってください。",
        )
    return identify_csv(received, settings, schemas, schema_name)


def _sniff(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(8)
    return next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), None)


def _identify_zip(
    received: Received,
    scratch: Path,
    settings: Settings,
    schemas: SchemaRegistry,
    findings: ReportBuilder,
    schema_name: str | None,
) -> Identified:
    archive = Archive(received.path, settings)
    try:
        if "xl/workbook.xml" in archive.names:  # the archive's bounds hold for a workbook as well
            return identify_workbook(received, scratch, settings, schemas, findings, schema_name)
        return _identify_package(archive, received, scratch, settings, schemas, findings)
    finally:
        archive.close()


def _identify_package(
    archive: Archive,
    received: Received,
    scratch: Path,
    settings: Settings,
    schemas: SchemaRegistry,
    findings: ReportBuilder,
) -> Identified:
    root, descriptor = _read_descriptor(archive, received, scratch, settings)
    tables = tuple(_unpack_tables(archive, root, descriptor, scratch, settings, schemas, findings))
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
