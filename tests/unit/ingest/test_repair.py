from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.checks.cell import check_cell
from app.checks.place import Cell
from app.checks.repair.rules import REPAIR_RULES
from app.errors import RefusedUpload
from app.ingest.check import UploadedTable
from app.ingest.repair import RepairPlan, plan_repairs
from app.model.table_schema import FieldType
from app.settings import HOUSE, Settings
from app.tables.constraints import ConstraintJudge
from app.vocabulary.catalog import read_catalog
from app.vocabulary.schemas import SchemaRegistry

SCHEMAS = SchemaRegistry(HOUSE / "vocab")
CATALOG = read_catalog(HOUSE / "catalog")
SETTINGS = Settings()
with Path(__file__).with_name("repair_cases.csv").open(encoding="utf-8", newline="") as _file:
    CASES = list(csv.DictReader(_file))
FAMILIES: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
for _case in CASES:
    FAMILIES[_case["family"], _case["schema"], _case["column"]].append(_case)


def plan(folder: Path, schema: str, rows: list[list[str]]) -> RepairPlan:
    """Write rows as a CSV and plan its repairs."""
    path = folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    table = UploadedTable("table", "表", "", path, "table.csv", SCHEMAS.get_schema(schema), "utf-8")
    return plan_repairs(table, CATALOG, SETTINGS, SETTINGS.max_edits)


def read(plan: RepairPlan) -> list[list[object]]:
    return [
        [edit.row, edit.column, edit.before, edit.after, edit.rule, edit.certainty.value]
        for edit in plan.edits
    ]


@pytest.mark.parametrize("family", FAMILIES, ids="-".join)
def test_each_spelling_is_repaired_as_the_table_of_cases_says_or_left_alone(
    tmp_path: Path, family: tuple[str, str, str]
) -> None:
    cases = FAMILIES[family]
    _, schema, column = family
    rows = [[column, "備考"], *([case["before"], "."] for case in cases)]
    made = plan(tmp_path, schema, rows)
    assert read(made) == [
        [number, column, case["before"], case["after"], case["rule"], case["certainty"]]
        for number, case in enumerate(cases, start=2)
        if case["rule"]
    ]
    repaired = list(made.apply(SETTINGS, doubtful=True))
    wanted = [case["after"] if case["rule"] else case["before"] for case in cases]
    assert [cells[0] for cells in repaired[1:]] == wanted
    assert read(plan(tmp_path, schema, repaired)) == []


def test_every_rule_has_a_case() -> None:
    tried = {case["rule"] for case in CASES if case["rule"]}
    assert tried | {"swapped-coordinates"} == set(REPAIR_RULES)


def test_every_family_has_ten_cases_or_more() -> None:
    counts = Counter(case["family"] for case in CASES)
    assert {family: count for family, count in counts.items() if count < 10} == {}


HEADER = ["全国地方公共団体コード", "所在地_全国地方公共団体コード", "名称", "緯度", "経度"]
COORDINATES: list[tuple[list[str], list[list[str]]]] = [
    (["131156", "", "公園", "139.636384", "35.699566"], [["35.699566", "139.636384", "certain"]]),
    (["131156", "", "公園", "１３９．６３６３８４", "35.699566"], [["35.699566", "139.636384", "certain"]]),
    (["13115", "", "公園", "139.636384", "35.699566"], [["35.699566", "139.636384", "certain"]]),
    (["130001", "131083", "公園", "139.81", "35.67"], [["35.67", "139.81", "certain"]]),
    (["131156", "131083", "公園", "139.81", "35.67"], [["35.67", "139.81", "certain"]]),
    (["130001", "", "公園", "139.81", "35.67"], [["35.67", "139.81", "doubtful"]]),
    (["131156", "202151", "山の家", "138.21", "36.12"], [["36.12", "138.21", "doubtful"]]),
    (["131150", "", "公園", "139.636384", "35.699566"], [["35.699566", "139.636384", "doubtful"]]),
    (["131156", "", "公園", "139.81", "35.67"], []),  # neither order lies in the ward
    (["131156", "", "公園", "35.699566", "139.636384"], []),
    (["131156", "", "公園", "35.699566", "139636384"], []),
    (["131156", "", "公園", "139.636384", ""], []),
    (["131156", "", "公園", "139.6度", "35.6度"], []),
    (["", "", "公園", "369.56056", "139.6"], []),
]


@pytest.mark.parametrize(("row", "swaps"), COORDINATES, ids=[",".join(row) for row, _ in COORDINATES])
def test_coordinates_are_swapped_for_certain_only_if_that_puts_them_into_the_municipality(
    tmp_path: Path, row: list[str], swaps: list[list[str]]
) -> None:
    made = plan(tmp_path, "public-toilet", [HEADER, row])
    found = [edit for edit in made.edits if edit.rule == "swapped-coordinates"]
    assert [[edit.address, edit.after, edit.certainty.value] for edit in found] == [
        [address, text, certainty]
        for *texts, certainty in swaps
        for address, text in zip(("D2", "E2"), texts, strict=True)
    ]
    repaired = list(made.apply(SETTINGS, doubtful=True))
    assert read(plan(tmp_path, "public-toilet", repaired)) == []


def test_titles_other_columns_and_rows_of_another_width_stay_and_addresses_count_them(tmp_path: Path) -> None:
    rows = [
        ["公衆トイレ一覧", "", ""],
        ["所管課", "1.名称", "男性トイレ総数"],
        ["　みどり課", " 中央公園", "３"],
        ["みどり課", " 北公園"],
        ["", "", ""],
        ["みどり課", "南公園", "４"],
    ]
    path = tmp_path / "table.csv"
    with path.open("w", encoding="cp932", newline="") as file:
        csv.writer(file).writerows(rows)
    schema = SCHEMAS.get_schema("public-toilet")
    columns = {"1.名称": "名称"}
    table = UploadedTable("t", "表", "", path, "t.csv", schema, "cp932", header_row=2, columns=columns)
    made = plan_repairs(table, CATALOG, SETTINGS, 10)
    assert [(edit.address, edit.column, edit.after) for edit in made.edits] == [
        ("B3", "名称", "中央公園"),
        ("C3", "男性トイレ総数", "3"),
        ("C6", "男性トイレ総数", "4"),
    ]
    repaired = list(made.apply(SETTINGS, doubtful=True))
    assert repaired[:3] == [*rows[:2], ["　みどり課", "中央公園", "3"]]
    assert repaired[3:5] == rows[3:5]


def test_doubtful_edits_are_made_only_on_demand(tmp_path: Path) -> None:
    made = plan(tmp_path, "aed", [["名称", "郵便番号"], [" 区役所", "600001"]])
    assert list(made.apply(SETTINGS, doubtful=False))[1] == ["区役所", "600001"]
    assert list(made.apply(SETTINGS, doubtful=True))[1] == ["区役所", "0600001"]


def test_a_list_of_another_table_is_refused(tmp_path: Path) -> None:
    made = plan(tmp_path, "aed", [["名称"], [" 区役所"]])
    made.table.path.write_text("名称\r\n区役所\r\n", encoding="utf-8")
    with pytest.raises(ValueError, match="A2"):
        list(made.apply(SETTINGS, doubtful=True))
    made.table.path.write_text("名称\r\n", encoding="utf-8")
    with pytest.raises(ValueError, match="A2"):
        list(made.apply(SETTINGS, doubtful=True))


@pytest.mark.parametrize(
    "data", [b'\xe5\x90\x8d\xe7\xa7\xb0\r\n"a\r\n', b"\xe5\x90\x8d\xe7\xa7\xb0\r\n\xff\r\n"]
)
def test_what_cannot_be_read_to_its_end_gets_no_short_list(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    table = UploadedTable("t", "表", "", path, "t.csv", SCHEMAS.get_schema("aed"), "utf-8")
    with pytest.raises(RefusedUpload, match="提案しません"):
        plan_repairs(table, CATALOG, SETTINGS, 10)


def test_more_edits_than_allowed_are_refused(tmp_path: Path) -> None:
    made = plan(tmp_path, "aed", [["名称"], *([" 区役所"] for _ in range(3))])
    assert len(plan_repairs(made.table, CATALOG, SETTINGS, 3).edits) == 3
    with pytest.raises(RefusedUpload, match="上限"):
        plan_repairs(made.table, CATALOG, SETTINGS, 2)


_PIECES = st.sampled_from([case["before"] for case in CASES] + [case["after"] for case in CASES])
_ODD = st.text(
    "0123456789０１９.,-－ー/:年月日R令和元昭9ｶﾞパ゙⼾⻄髙① 　\t\n;；〒+EeTF有無○×hps@wA", max_size=12
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[list[str]]]:
    """Return a schema's name and rows under some of its columns, filled with all kinds of spellings."""
    schema = SCHEMAS.get_schema(draw(st.sampled_from(list(SCHEMAS.versions))))
    header = draw(st.lists(st.sampled_from(schema.field_names), min_size=2, max_size=12, unique=True))
    row = st.lists(_PIECES | _ODD, min_size=len(header), max_size=len(header))
    return schema.name, [header, *draw(st.lists(row, min_size=1, max_size=4))]


@settings(max_examples=150)
@given(tables())
def test_the_list_makes_the_repaired_table_and_repairing_that_proposes_nothing(
    made: tuple[str, list[list[str]]],
) -> None:
    schema, rows = made
    with TemporaryDirectory() as name:
        folder = Path(name)
        first = plan(folder, schema, rows)
        read_rows = list(RepairPlan(first.table, ()).apply(SETTINGS, doubtful=True))
        repaired = [list(row) for row in read_rows]
        for edit in first.edits:
            assert repaired[edit.row - 1][edit.column_number - 1] == edit.before != edit.after
            repaired[edit.row - 1][edit.column_number - 1] = edit.after
        certain = list(first.apply(SETTINGS, doubtful=False))
        assert list(first.apply(SETTINGS, doubtful=True)) == repaired
        assert read(plan(folder, schema, repaired)) == []
        doubtful = [entry for entry in read(first) if entry[-1] == "doubtful"]
        assert read(plan(folder, schema, certain)) == doubtful


@settings(max_examples=150)
@given(tables())
def test_only_cells_with_a_fault_are_touched_where_the_schema_has_a_form_and_they_have_none_then(
    made: tuple[str, list[list[str]]],
) -> None:
    name, rows = made
    schema = SCHEMAS.get_schema(name)
    judge = ConstraintJudge(schema)
    with TemporaryDirectory() as folder:
        edits = plan(Path(folder), name, rows).edits
    for edit in edits:
        field = schema.find_field(edit.column)
        assert field is not None
        if field.type is not FieldType.STRING or field.pattern or field.enum:
            assert check_cell(Cell("", 1, field, edit.before), judge, 32_000)
            assert not check_cell(Cell("", 1, field, edit.after), judge, 32_000)
