from __future__ import annotations

from typing import Any

import pytest

from app.checks.foreign_key import ReferencedKeys
from app.checks.keys import hash_key
from app.checks.row import RowChecker
from app.model.report import Finding
from app.model.table_schema import TableSchema
from app.model.value import Row

FIELDS: list[dict[str, Any]] = [
    {"name": "ID", "constraints": {"required": True, "unique": True}},
    {"name": "枝番", "type": "integer"},
    {"name": "電話", "constraints": {"unique": True}},
    {"name": "親"},
]
HEADER = ["ID", "枝番", "電話", "親"]


def _check(
    rows: list[list[str]],
    header: list[str] | None = None,
    tables: dict[str, ReferencedKeys] | None = None,
    keys: dict[str, Any] | None = None,
) -> tuple[list[Row | None], list[Finding]]:
    schema = TableSchema.from_descriptor(
        {"name": "test", "version": "1.0.0", "title": "試験", "fields": FIELDS, **(keys or {})}
    )
    checker = RowChecker("a.csv", "own", schema, header or HEADER, tables or {}, 100)
    results = [checker.check_row(number, cells) for number, cells in enumerate(rows, start=2)]
    return [row for row, _ in results], [finding for _, found in results for finding in found]


def _places(findings: list[Finding]) -> list[list[Any]]:
    return [[finding.row, finding.column, finding.rule] for finding in findings]


PRIMARY = {"primaryKey": ["ID"]}
PAIR = {"primaryKey": ["ID", "枝番"]}
UNIQUE = {"uniqueKeys": [["枝番", "親"]]}


@pytest.mark.parametrize(
    ("keys", "rows", "expected"),
    [
        (PRIMARY, [["a", "", "", ""], ["b", "", "", ""]], []),
        (PRIMARY, [["a", "", "", ""], ["a", "", "", ""]], [[3, "ID", "primary-key"]]),
        (
            PRIMARY,
            [["a", "", "", ""], ["a", "", "", ""], ["a", "", "", ""]],
            [[3, "ID", "primary-key"], [4, "ID", "primary-key"]],
        ),
        (PRIMARY, [["", "1", "", ""]], [[2, "ID", "constraint-required"]]),
        (PAIR, [["a", "", "", ""]], [[2, "枝番", "primary-key"]]),
        (
            PAIR,
            [["a", "1", "", ""], ["a", "1", "", ""]],
            [[3, "ID・枝番", "primary-key"], [3, "ID", "unique"]],
        ),
        (PAIR, [["a", "1", "", ""], ["b", "1", "", ""]], []),
        (PRIMARY, [["a", "", "03", ""], ["b", "", "03", ""]], [[3, "電話", "unique"]]),
        (PRIMARY, [["a", "", "", ""], ["b", "", "", ""]], []),
        (UNIQUE, [["a", "1", "", "x"], ["b", "1", "", "x"]], [[3, "枝番・親", "unique-key"]]),
        (UNIQUE, [["a", "1", "", "x"], ["b", "2", "", "x"]], []),
        (UNIQUE, [["a", "1", "", ""], ["b", "1", "", ""]], []),
        (UNIQUE, [["a", "1", "", ""], ["b", "", "", "1"]], []),
    ],
)
def test_keys(keys: dict[str, Any], rows: list[list[str]], expected: list[list[Any]]) -> None:
    _, findings = _check(rows, keys=keys)
    assert _places(findings) == expected


def test_a_repeated_key_names_the_row_it_repeats() -> None:
    _, (finding,) = _check([["a", "", "", ""], ["b", "", "", ""], ["a", "", "", ""]], keys=PRIMARY)
    assert finding.value == "a"
    assert "2行目と同じ" in finding.why


def _refers(table: str) -> dict[str, Any]:
    return {"foreignKeys": [{"fields": ["親"], "reference": {"resource": table, "fields": ["ID"]}}]}


KNOWN = {
    "own": ReferencedKeys("a.csv", {("ID",): {hash_key(["a"]), hash_key(["b"])}}),
    "parents": ReferencedKeys("data/parents.csv", {("ID",): {hash_key(["p"])}}),
    "broken": ReferencedKeys("data/broken.csv", {}),
}


@pytest.mark.parametrize(
    ("table", "parents", "expected"),
    [
        ("parents", ["p", ""], []),
        ("parents", ["p", "q"], [[3, "親", "foreign-key"]]),
        ("", ["b", "a"], []),
        ("", ["b", "c"], [[3, "親", "foreign-key"]]),
        ("broken", ["p", "q"], []),
        ("absent", ["", ""], []),
        ("absent", ["", "p", "q"], [[3, "親", "foreign-key-table"]]),
    ],
)
def test_references(table: str, parents: list[str], expected: list[list[Any]]) -> None:
    rows = [[f"i{number}", "", "", parent] for number, parent in enumerate(parents)]
    _, findings = _check(rows, tables=KNOWN, keys=_refers(table))
    assert _places(findings) == expected


def test_columns_are_mapped_by_name() -> None:
    rows, findings = _check([["x", "a", "7", "03"]], header=["親", "ID", "枝番", "電話"])
    assert rows == [("a", 7, "03", "x")]
    assert findings == []


def test_columns_that_the_file_lacks_give_no_finding_in_rows() -> None:
    _, findings = _check([["7"], ["x"]], header=["枝番"], keys=PRIMARY)
    assert _places(findings) == [[3, "枝番", "lexical-form"]]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["a", "1", ""], [[2, "", "record-width"]]),
        (["a", "x", "", "", "z"], [[2, "", "record-width"]]),
        (["", "", "", ""], [[2, "", "blank-row"]]),
        ([], [[2, "", "blank-row"]]),
        (["a", "x", "", ""], [[2, "枝番", "lexical-form"]]),
    ],
)
def test_a_row_that_cannot_be_taken_gives_no_values(cells: list[str], expected: list[list[Any]]) -> None:
    rows, findings = _check([cells])
    assert rows == [None]
    assert _places(findings) == expected


def test_a_warning_leaves_the_row_as_it_is() -> None:
    rows, findings = _check([["a", "1", "", " 親"]])
    assert rows == [("a", 1, None, " 親")]
    assert _places(findings) == [[2, "親", "surrounding-blank"]]


def test_a_fault_is_told_each_time_it_occurs() -> None:
    _, findings = _check([["a", "x", "", "y"], ["b", "x", "", "y"], ["c", "1", "", "y"]])
    assert _places(findings) == [[2, "枝番", "lexical-form"], [3, "枝番", "lexical-form"]]
