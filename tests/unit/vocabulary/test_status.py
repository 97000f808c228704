from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import OperatorError
from app.settings import HOUSE
from app.vocabulary.status import StatusRules, find_schedule_codes, find_status_codes, read_status_rules

RULES = read_status_rules(HOUSE / "vocab" / "status_rules.csv")


def write_rules(folder: Path, *lines: str) -> Path:
    path = folder / "rules.csv"
    path.write_text("".join(f"{line}\n" for line in ("順,語,状態,備考", *lines)), encoding="utf-8")
    return path


@pytest.fixture
def few_rules(tmp_path: Path) -> StatusRules:
    return read_status_rules(
        write_rules(tmp_path, "1,導入,introduction,", "2,導入検討,consideration,", "3,検討会,,", "4,実施,do,")
    )


def test_codes_come_in_order_of_first_appearance_and_once(few_rules: StatusRules) -> None:
    assert find_status_codes("実施、導入、実施", few_rules) == ("do", "introduction")


def test_the_longest_word_at_a_place_wins_wherever_it_stands_in_the_list(few_rules: StatusRules) -> None:
    assert find_status_codes("導入検討", few_rules) == ("consideration",)


def test_a_word_without_code_is_consumed_silently(few_rules: StatusRules) -> None:
    assert find_status_codes("検討会", few_rules) == ()


def test_a_place_once_consumed_is_not_read_again(few_rules: StatusRules) -> None:
    assert find_status_codes("導入検討会", few_rules) == ("consideration",)


def test_text_without_a_listed_word_has_no_code(few_rules: StatusRules) -> None:
    assert find_status_codes("", few_rules) == find_status_codes("未定", few_rules) == ()


def test_the_name_of_an_activity_counts_only_if_the_content_says_nothing(few_rules: StatusRules) -> None:
    assert find_schedule_codes("窓口の導入", "実施", few_rules) == ("do",)
    assert find_schedule_codes("窓口の導入", "3館", few_rules) == ("introduction",)


def test_words_are_read_as_they_stand_even_with_signs_of_patterns(tmp_path: Path) -> None:
    rules = read_status_rules(write_rules(tmp_path, "1,(仮).,formulation,"))
    assert find_status_codes("仮", rules) == ()
    assert find_status_codes("(仮).", rules) == ("formulation",)


@pytest.mark.parametrize("lines", [[], ["1,,do,"], ["1,実施,do,", "2,実施,other,"]])
def test_rules_without_words_or_with_one_twice_are_refused(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(OperatorError, match=r"rules\.csv"):
        read_status_rules(write_rules(tmp_path, *lines))


def test_a_file_that_is_missing_or_no_list_of_rules_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    for path in (other, tmp_path / "none.csv"):
        with pytest.raises(OperatorError, match="読み取れません"):
            read_status_rules(path)


@given(st.lists(st.sampled_from(sorted(RULES.codes)), max_size=5).map(" / ".join))
def test_every_listed_word_gives_no_code_but_listed_ones_and_none_twice(text: str) -> None:
    found = find_status_codes(text, RULES)
    assert set(found) <= set(RULES.codes.values()) - {""}
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("word", sorted(RULES.codes))
def test_every_listed_word_alone_gives_its_own_code(word: str) -> None:
    assert find_status_codes(word, RULES) == tuple(filter(None, [RULES.codes[word]]))
