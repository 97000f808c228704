from __future__ import annotations

import dataclasses
import io
import json
from typing import Any
from urllib.parse import quote

import pytest
from rdflib import RDF, XSD, Graph, Literal, URIRef

from app.formats.context import RenderContext
from app.formats.jsonld import write_jsonld
from app.model.table import Table
from app.model.table_schema import TableSchema

pytestmark = pytest.mark.filterwarnings(
    "ignore:ConjunctiveGraph is deprecated:DeprecationWarning"  # rdflib's own JSON-LD parser makes one
)

PLAN = "https://w3id.org/shisaku/plan#"
ROW = URIRef("https://data.example.jp/id/sample/a-1")


def render(table: Table, context: RenderContext) -> str:
    target = io.BytesIO()
    write_jsonld(table, context, target)
    return target.getvalue().decode()


def parse(table: Table, context: RenderContext) -> Graph:
    return Graph().parse(data=render(table, context), format="json-ld")


def own(name: str) -> URIRef:
    return URIRef(f"https://data.example.jp/schemas/sample/1.0.0#{quote(name)}")


def untyped(table: Table, **changes: Any) -> Table:  # noqa: ANN401 - any field of the schema
    return dataclasses.replace(table, schema=dataclasses.replace(table.schema, **changes))


def test_each_value_is_a_literal_of_its_type_and_exact(table: Table, context: RenderContext) -> None:
    graph = parse(table, context)
    expected = {
        URIRef("http://purl.org/dc/terms/identifier"): Literal("a-1"),
        own("名称"): Literal("窓口のデジタル化"),
        own("件数"): Literal("1200", datatype=XSD.integer),
        URIRef(f"{PLAN}rate"): Literal("12.50", datatype=XSD.decimal),
        own("有無"): Literal("true", datatype=XSD.boolean),
        own("日付"): Literal("2026-04-01", datatype=XSD.date),
        own("時刻"): Literal("09:00:00", datatype=XSD.time),
        own("日時"): Literal("2026-04-01T09:00:05", datatype=XSD.dateTime),
        own("年月"): Literal("2026-04", datatype=XSD.gYearMonth),
        own("読取"): Literal("明示"),
    }
    assert {name: graph.value(ROW, name) for name in expected} == expected
    assert set(graph.objects(ROW, own("状態"))) == {Literal("検討"), Literal("実施")}


def test_rows_and_links_are_named_by_the_id_paths(table: Table, context: RenderContext) -> None:
    graph = parse(table, context)
    assert graph.value(ROW, RDF.type) == URIRef(f"{PLAN}Sample")
    assert graph.value(ROW, URIRef(f"{PLAN}ofMeasure")) == URIRef("https://data.example.jp/id/measure/m-1")
    assert graph.value(URIRef("https://data.example.jp/id/sample/a-2"), own("上位_ID")) == ROW


def test_an_empty_cell_says_nothing(table: Table, context: RenderContext) -> None:
    second = URIRef("https://data.example.jp/id/sample/a-2")
    assert set(parse(table, context).predicates(second)) == {
        RDF.type,
        URIRef("http://purl.org/dc/terms/identifier"),
        own("名称"),
        own("上位_ID"),
    }


def test_rows_without_identifiers_are_named_by_their_number(table: Table, context: RenderContext) -> None:
    subjects = set(parse(untyped(table, id_path=None, rdf_type=None), context).subjects())
    address = "https://data.example.jp/dataset/sample-plan/sample"
    assert subjects == {URIRef(f"{address}#1"), URIRef(f"{address}#2")}


def test_a_link_to_a_table_without_id_path_is_text(table: Table, context: RenderContext) -> None:
    graph = parse(table, dataclasses.replace(context, id_paths={}))
    assert graph.value(ROW, URIRef(f"{PLAN}ofMeasure")) == Literal("m-1")


def test_headers_that_look_like_json_ld_syntax_stay_columns(context: RenderContext) -> None:
    names = ["@type", "緯度/経度", "備考:その他", "%E5", "a b"]
    schema = TableSchema.from_descriptor(
        {"name": "sample", "version": "1.0.0", "title": "", "fields": [{"name": name} for name in names]}
    )
    table = Table("odd", "", "", schema, 1, lambda: iter([tuple(names)]))
    graph = parse(table, context)
    assert {(str(name), str(text)) for _, name, text in graph} == {
        (f"https://data.example.jp/schemas/sample/1.0.0#{quote(name, safe='')}", name) for name in names
    }


def test_the_document_has_one_row_per_line(table: Table, context: RenderContext) -> None:
    lines = render(table, context).split("\n")
    assert lines[0].endswith('"@graph":[')
    assert json.loads(lines[2])["@id"] == "https://data.example.jp/id/sample/a-2"
    assert lines[3:] == ["]}", ""]
