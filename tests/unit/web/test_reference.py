from __future__ import annotations

from typing import Any

import pytest

from app.web.reference import Item, list_models, list_sections, type_words

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "tags": [{"name": "files", "description": "ファイル"}, {"name": "unused"}],
    "paths": {
        "/search": {
            "get": {
                "tags": ["search"],
                "summary": "探す",
                "parameters": [{"name": "q", "in": "query", "schema": {"type": "string", "maxLength": 9}}],
                "responses": {
                    "200": {
                        "description": "Successful Response",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Hit"}}},
                    }
                },
            }
        },
        "/file": {
            "post": {
                "tags": ["files"],
                "requestBody": {"content": {"text/csv": {"schema": {"type": "string"}}}},
                "responses": {"204": {"description": "空"}},
            },
            "parameters": [],
        },
    },
    "components": {
        "schemas": {
            "Hit": {
                "description": "見つかったもの",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "score": {"type": "number", "description": "点"}},
            },
            "Word": {"type": "string"},
        }
    },
}


def test_operations_come_by_tag_in_the_order_of_the_tags() -> None:
    sections = list_sections(DOCUMENT)
    assert [section.title for section in sections] == ["files", "search"]
    assert sections[0].description == "ファイル"
    assert sections[0].operations[0].body == "text/csv: 文字列"


def test_an_operation_says_what_it_takes_and_gives() -> None:
    operation = list_sections(DOCUMENT)[1].operations[0]
    assert (operation.method, operation.path, operation.summary) == ("GET", "/search", "探す")
    assert operation.parameters == (Item("q", "クエリ", False, "文字列（9 文字まで）", ""),)
    answer = operation.answers[0]
    assert (answer.status, answer.description, answer.type) == ("200", "成功", "Hit")
    assert answer.media_types == ("application/json",)


def test_models_are_the_schemas_with_properties() -> None:
    models = list_models(DOCUMENT)
    assert [model.name for model in models] == ["Hit"]
    assert models[0].properties == (
        Item("name", "", True, "文字列", ""),
        Item("score", "", False, "数", "点"),
    )


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "#/components/schemas/Hit"}, "Hit"),
        ({"type": "array", "items": {"type": "integer"}}, "整数の配列"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "文字列 または null"),
        ({"enum": ["name", "modified"]}, "name / modified"),
        ({"const": 1}, "「1」"),
        ({"type": "integer", "minimum": 0, "default": 0}, "整数（既定値 0、0 以上）"),
        ({}, "任意の値"),
    ],
)
def test_a_schema_is_said_in_words(schema: dict[str, Any], words: str) -> None:
    assert type_words(schema) == words


def test_an_empty_document_has_nothing_to_say() -> None:
    assert list_sections({}) == []
    assert list_models({}) == []
