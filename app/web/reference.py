"""The page /docs: our OpenAPI document as a page that needs no script and nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.dependencies.reader import ReaderDep
from app.web.templating import render

router = APIRouter(include_in_schema=False)

METHODS = ("get", "post", "put", "patch", "delete")
PLACES = {"path": "パス", "query": "クエリ", "header": "ヘッダー", "cookie": "Cookie"}
ADDRESSES = (
    ("/dataset/{name}.ttl .rdf .xml .jsonld", "データセットのDCAT記録"),
    ("/dataset_series/{name}.ttl .rdf .xml .jsonld", "自治体の計画の並び（DCAT）"),
    ("/dataset/{name}.json", "データセットの記録（JSON）"),
    ("/dataset/{name}.croissant.json", "機械学習のための説明（Croissant）"),
    ("/dataset/{name}.zip", "すべての表（Data Package）"),
    (
        "/dataset/{name}/{table}.csv .bom.csv .sjis.csv .xlsx .json .jsonl .jsonld .parquet",
        "いまの版の表。拡張子で形式を選びます",
    ),
    ("/dataset/{name}/{table}.csv-metadata.json", "表の列の説明（CSVW）"),
    ("/dataset/{name}/plan.ttl .jsonld .stratml.xml", "計画のグラフ（RDF）、体系と施策（StratML）"),
    ("/dataset/{name}/v/{n}/{table}.csv など", "第n版の表。形式は上と同じです"),
    ("/dataset/{name}/v/{n}.zip", "第n版のすべての表"),
    (
        "/standards/{schema}.csv .bom.csv .sjis.csv .xlsx .json .jsonl .jsonld .parquet",
        "同じ標準の表の、全自治体の行",
    ),
    ("/catalog.ttl .rdf .xml .jsonld", "カタログ全体（DCAT、ページ送りあり）"),
    ("/feed.atom、/dataset/{name}/feed.atom、/organization/{organization}/feed.atom", "新しい公開（Atom）"),
    ("/data.json", "カタログ全体（data.json、ページ送りあり）"),
    ("/organization/{organization}/open_data_list.csv", "オープンデータ一覧（自治体標準の42列）"),
    ("/api/3/action/…", "CKAN互換のAPI"),
    ("/datastore/dump/{id}", "CSVの表のすべての行（CKAN互換）"),
    ("/schemas/{schema}/{version}.json", "表の型（Table Schema）"),
)
"""Addresses that never change, and what is there."""
FRAMEWORK_WORDS = {"Successful Response": "成功", "Validation Error": "指定が正しくありません"}
"""What FastAPI writes of its own accord, in Japanese."""
TYPES = {
    "string": "文字列",
    "integer": "整数",
    "number": "数",
    "boolean": "真偽",
    "object": "オブジェクト",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A parameter of an operation or a property of a model; `place` is empty for properties."""

    name: str
    place: str
    is_required: bool
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One status that an operation may answer with."""

    status: str
    description: str
    media_types: tuple[str, ...]
    type: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `body` says in words what it takes, empty if nothing."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Item, ...]
    body: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The operations of one tag, in the order of the document."""

    title: str
    description: str
    operations: list[Operation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Model:
    """A named schema and its properties."""

    name: str
    description: str
    properties: tuple[Item, ...]


@router.get("/docs")
def show_reference(request: Request, reader: ReaderDep) -> HTMLResponse:
    """Return the reference of our API, made from the OpenAPI document of this very service."""
    document = request.app.openapi()
    return render(
        "docs.html",
        reader.catalog,
        reader.base,
        info=document["info"],
        addresses=ADDRESSES,
        openapi_path=request.app.openapi_url,
        sections=list_sections(document),
        models=list_models(document),
    )


def list_sections(document: dict[str, Any]) -> list[Section]:
    """Return the operations of an OpenAPI 3.1 document by their first tag, in the order of the tags."""
    sections = {
        tag["name"]: Section(tag["name"], tag.get("description", "")) for tag in document.get("tags", ())
    }
    for tag, operation in _read_operations(document):
        sections.setdefault(tag, Section(tag, "")).operations.append(operation)
    return [section for section in sections.values() if section.operations]


def list_models(document: dict[str, Any]) -> list[Model]:
    """Return the named schemas of an OpenAPI 3.1 document that have properties."""
    schemas: dict[str, Any] = document.get("components", {}).get("schemas", {})
    return [
        Model(name, schema.get("description", ""), _read_properties(schema))
        for name, schema in schemas.items()
        if "properties" in schema
    ]


def type_words(schema: dict[str, Any]) -> str:
    """Return a JSON Schema in words: a model's name, `文字列`, `整数の配列`, alternatives by `または`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    if alternatives:
        return " または ".join(type_words(entry) for entry in alternatives)
    if "const" in schema:
        return f"「{schema['const']}」"
    if "enum" in schema:
        return " / ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"{type_words(schema.get('items', {}))}の配列"
    return _plain_words(schema)


def _plain_words(schema: dict[str, Any]) -> str:
    bounds = {
        "default": "既定値 {}",
        "minimum": "{} 以上",
        "maximum": "{} 以下",
        "maxLength": "{} 文字まで",
        "format": "{}",
    }
    notes = [words.format(schema[key]) for key, words in bounds.items() if schema.get(key) not in (None, "")]
    name = TYPES.get(str(schema.get("type", "")), "任意の値")
    return name + (f"（{'、'.join(notes)}）" if notes else "")


def _read_operations(document: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in document.get("paths", {}).items():
        for method in METHODS:
            if method in methods:
                entry = methods[method]
                tag = entry.get("tags", ["その他"])[0]
                yield tag, _read_operation(path, method, entry)


def _read_operation(path: str, method: str, entry: dict[str, Any]) -> Operation:
    return Operation(
        id=f"{method}:{path}",
        method=method.upper(),
        path=path,
        summary=entry.get("summary", ""),
        description=entry.get("description", ""),
        parameters=tuple(_read_parameter(parameter) for parameter in entry.get("parameters", ())),
        body=_content_words(entry.get("requestBody", {})),
        answers=tuple(_read_answer(status, answer) for status, answer in entry.get("responses", {}).items()),
    )


def _read_parameter(entry: dict[str, Any]) -> Item:
    return Item(
        name=entry["name"],
        place=PLACES[entry["in"]],
        is_required=entry.get("required", False),
        type=type_words(entry.get("schema", {})),
        description=entry.get("description", ""),
    )


def _read_answer(status: str, entry: dict[str, Any]) -> Answer:
    content = entry.get("content", {})
    schemas = [media["schema"] for media in content.values() if media.get("schema")]
    words = type_words(schemas[0]) if schemas else ""
    description = entry.get("description", "")
    return Answer(status, FRAMEWORK_WORDS.get(description, description), tuple(content), words)


def _read_properties(schema: dict[str, Any]) -> tuple[Item, ...]:
    required = schema.get("required", ())
    return tuple(
        Item(name, "", name in required, type_words(entry), entry.get("description", ""))
        for name, entry in schema["properties"].items()
    )


def _content_words(body: dict[str, Any]) -> str:
    parts = (
        f"{media_type}: {type_words(entry.get('schema', {}))}"
        for media_type, entry in body.get("content", {}).items()
    )
    return "、".join(parts)
