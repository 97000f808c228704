from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ingest.recognise import Recogniser, find_header_row
from app.settings import HOUSE
from app.vocabulary.columns import ColumnNames, fold_column
from app.vocabulary.schemas import SchemaRegistry

REGISTRY = SchemaRegistry(HOUSE / "vocab")
NAMES = ColumnNames(HOUSE / "vocab" / "standards" / "aliases.csv")
RECOGNISER = Recogniser(REGISTRY, NAMES)
STANDARDS = [
    (name, version)
    for name, versions in REGISTRY.versions.items()
    for version in versions
    if REGISTRY.get_schema(name, version).is_partial
]


@pytest.mark.parametrize(("name", "version"), STANDARDS)
def test_a_whole_header_is_recognised_with_its_generation(name: str, version: str) -> None:
    found = RECOGNISER.recognise([list(REGISTRY.get_schema(name, version).field_names)])
    assert found is not None
    assert (found.schema.name, found.schema.version, found.header_row) == (name, version, 1)


@given(st.sampled_from(STANDARDS), st.randoms(use_true_random=False), st.floats(0.05, 1))
def test_a_part_of_a_header_is_recognised_or_not_but_never_as_another_dataset(
    standard: tuple[str, str], chance: random.Random, share: float
) -> None:
    fields = list(REGISTRY.get_schema(*standard).field_names)
    kept = chance.sample(fields, max(1, round(len(fields) * share)))
    found = RECOGNISER.recognise([kept])
    assert found is None or found.schema.name == standard[0]


def test_columns_that_every_dataset_has_decide_nothing() -> None:
    assert RECOGNISER.recognise([["ID", "名称", "名称_カナ", "緯度", "経度", "電話番号", "備考"]]) is None
    assert RECOGNISER.recognise([["氏名", "年齢"]]) is None
    assert RECOGNISER.recognise([]) is None


def test_the_header_is_found_under_a_title_and_a_note() -> None:
    rows = [["AED設置箇所一覧"], ["令和6年4月1日現在", ""], list(REGISTRY.get_schema("aed").field_names)]
    found = RECOGNISER.recognise(rows)
    assert found is not None
    assert (found.schema.name, found.header_row) == ("aed", 3)
    assert find_header_row(rows, REGISTRY.get_schema("aed"), NAMES) == 3


@pytest.mark.parametrize(
    ("cell", "column"),
    [
        ("緯度", "緯度"),
        (" 緯 度\n", "緯度"),
        ("1.名称", "名称"),
        ("名称＿カナ", "名称_カナ"),
        ("名称（カナ）", "名称_カナ"),
        ("ﾒｲｼｮｳ", None),
        ("nameKana", "名称_カナ"),
        ("name_kana", "名称_カナ"),
        ("画像ライセンス", "画像_ライセンス"),
        ("建物名等（方書）", "建物名等(方書)"),
        ("所在地_連結標記", "所在地_連結表記"),
        ("利用可能日時特記事項", "利用可能時間特記事項"),
    ],
)
def test_columns_are_found_under_their_other_spellings(cell: str, column: str | None) -> None:
    found = NAMES.match_header([cell], REGISTRY.get_schema("public-toilet"))
    assert found == ({cell: column} if column else {})


def test_no_column_is_given_twice_and_its_own_name_comes_first() -> None:
    found = NAMES.match_header(["名称（英語）", "名称_英語"], REGISTRY.get_schema("public-toilet"))
    assert found == {"名称_英語": "名称_英語"}


def test_folding_twice_changes_nothing() -> None:
    for name, version in STANDARDS:
        for field in REGISTRY.get_schema(name, version).field_names:
            assert fold_column(fold_column(field)) == fold_column(field)
