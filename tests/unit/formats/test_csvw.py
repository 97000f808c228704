from __future__ import annotations

import dataclasses
import io
import json
from typing import Any

from app.formats.context import RenderContext
from app.formats.csvw import column_name, describe_csv, write_csvw
from app.model.table import Table


def columns(table: Table, context: RenderContext) -> dict[str, dict[str, Any]]:
    described = describe_csv(table, context)["tableSchema"]["columns"]
    return {column["titles"]["und"]: column for column in described if "titles" in column}


def test_the_document_describes_the_csv_of_the_current_version(table: Table, context: RenderContext) -> None:
    target = io.BytesIO()
    write_csvw(table, context, target)
    document = json.loads(target.getvalue())
    assert document == describe_csv(table, context)
    assert document["@context"] == ["http://www.w3.org/ns/csvw", {"@language": "ja"}]
    assert document["url"] == "https://data.example.jp/dataset/sample-plan/sample.csv"
    assert document["dc:license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}
    assert document["dialect"]["header"] is True


def test_titles_hold_the_header_of_each_column_in_order(table: Table, context: RenderContext) -> None:
    assert tuple(columns(table, context)) == table.schema.field_names
    assert columns(table, context)["ID"]["titles"] == {
        "und": "ID",
        "ja": "ID",
        "en": "identifier",
    }


def test_names_are_variables_of_a_uri_template() -> None:
    assert column_name("ID") == "ID"
    assert column_name("施策_ID") == "%E6%96%BD%E7%AD%96_ID"
    assert column_name("_a-b.c d") == "%5Fa%2Db%2Ec%20d"


def test_datatypes_say_the_constraints(table: Table, context: RenderContext) -> None:
    types = {name: column["datatype"] for name, column in columns(table, context).items()}
    assert types == {
        "ID": {"base": "string", "format": "^[0-9A-Za-z-]+$"},
        "名称": "string",
        "件数": {"base": "integer", "minimum": "0"},
        "率": "decimal",
        "有無": "boolean",
        "日付": "date",
        "時刻": {"base": "string", "format": "[0-9]{2}:[0-9]{2}(:[0-9]{2})?"},
        "日時": "dateTime",
        "年月": "gYearMonth",
        "状態": "string",
        "読取": {"base": "string", "format": "明示|推定"},
        "施策_ID": "string",
        "上位_ID": "string",
    }
    described = columns(table, context)
    assert described["状態"]["separator"] == ";"
    assert [name for name, column in described.items() if column.get("required")] == ["ID"]


def test_rows_and_links_have_the_iris_of_the_json_ld(table: Table, context: RenderContext) -> None:
    schema = describe_csv(table, context)["tableSchema"]
    assert schema["primaryKey"] == ["ID"]
    assert schema["aboutUrl"] == "https://data.example.jp/id/sample/{ID}"
    described = columns(table, context)
    assert described["率"]["propertyUrl"] == "https://w3id.org/shisaku/plan#rate"
    assert described["件数"]["propertyUrl"] == (
        "https://data.example.jp/schemas/sample/1.0.0#%E4%BB%B6%E6%95%B0"
    )
    assert described["施策_ID"]["valueUrl"] == "https://data.example.jp/id/measure/{%E6%96%BD%E7%AD%96_ID}"
    assert schema["columns"][-1] == {
        "virtual": True,
        "propertyUrl": "rdf:type",
        "valueUrl": "https://w3id.org/shisaku/plan#Sample",
    }


def test_rows_without_identifiers_are_named_by_their_number(table: Table, context: RenderContext) -> None:
    anonymous = dataclasses.replace(table, schema=dataclasses.replace(table.schema, id_path=None))
    about = describe_csv(anonymous, context)["tableSchema"]["aboutUrl"]
    assert about == "https://data.example.jp/dataset/sample-plan/sample#{_row}"
