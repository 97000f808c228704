from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.query import (
    MAX_CHARACTERS,
    MAX_CLAUSES,
    MAX_DEPTH,
    MAX_TEXT_CHARACTERS,
    And,
    Everything,
    Not,
    Or,
    Pattern,
    Query,
    QuerySyntaxError,
    Range,
    Words,
    parse_query,
    write_query,
)

TIME = "2026-01-02T03:04:05.678901Z"
FIELDS = st.none() | st.sampled_from(["title", "tags", "metadata_modified", "時期"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(
    lambda text: unicodedata.is_normalized("NFC", f'"{text}"')
)
WORDS = st.builds(Words, FIELDS, TEXTS)
PARTS = TEXTS.filter(lambda part: unicodedata.is_normalized("NFC", f"*{part}*"))
PATTERNS = st.builds(
    Pattern,
    FIELDS,
    st.lists(PARTS, min_size=2, max_size=3).map(tuple).filter(lambda parts: all(parts[1:-1]) and any(parts)),
)
RANGES = st.builds(Range, FIELDS, st.none() | TEXTS, st.none() | TEXTS)
LEAVES: st.SearchStrategy[Query] = WORDS | PATTERNS | RANGES | st.just(Everything())
QUERIES: st.SearchStrategy[Query] = st.recursive(
    LEAVES,
    lambda below: (
        st.builds(Not, below)
        | st.lists(below, min_size=2, max_size=3).map(tuple).map(And)
        | st.lists(below, min_size=2, max_size=3).map(tuple).map(Or)
    ),
    max_leaves=10,
)


@given(QUERIES)
def test_what_is_written_is_read_as_the_same_query(query: Query) -> None:
    assert parse_query(write_query(query)) == query


@given(st.text(st.sampled_from('ab*:"()[] \\%20+-ANDORTO計画'), max_size=40))
def test_any_text_is_a_query_or_a_syntax_error(text: str) -> None:
    try:
        found = parse_query(text)
    except QuerySyntaxError as error:
        assert "検索式" in str(error)
    else:
        assert parse_query(write_query(found)) == found


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Everything()),
        (" ", Everything()),
        ("*:*", Everything()),
        ("防災", Words(None, "防災")),
        ("防災　計画", And((Words(None, "防災"), Words(None, "計画")))),
        (f"metadata_modified:[{TIME} TO *]", Range("metadata_modified", TIME, None)),
        (
            "metadata_modified:[2026-01-01T00:00:00Z%20TO%20*]",
            Range("metadata_modified", "2026-01-01T00:00:00Z", None),
        ),
        (
            "organization:a OR organization:b metadata_modified:[* TO *]",
            And(
                (
                    Or((Words("organization", "a"), Words("organization", "b"))),
                    Range("metadata_modified", None, None),
                )
            ),
        ),
        ("-organization:a -groups:b", And((Not(Words("organization", "a")), Not(Words("groups", "b"))))),
        (
            f'(metadata_modified:["{TIME}" TO *] OR metadata_created:["{TIME}" TO *])',
            Or((Range("metadata_modified", TIME, None), Range("metadata_created", TIME, None))),
        ),
        ("tags:x AND -organization:y", And((Words("tags", "x"), Not(Words("organization", "y"))))),
        (
            "xckan_title:*w* OR tags:*w*",
            Or((Pattern("xckan_title", ("", "w", "")), Pattern("tags", ("", "w", "")))),
        ),
        ("name:*d3100000004", Pattern("name", ("", "d3100000004"))),
        ("131156*", Pattern(None, ("131156", ""))),
        ('title:"防災 計画"', Words("title", "防災 計画")),
        ("+a -b", And((Words(None, "a"), Not(Words(None, "b"))))),
        ("tags:(a OR b)", Or((Words("tags", "a"), Words("tags", "b")))),
        ("a AND b OR c", Or((And((Words(None, "a"), Words(None, "b"))), Words(None, "c")))),
        ("131156-digital-plan-2022", Words(None, "131156-digital-plan-2022")),
        ("計画 - 概要", And((Words(None, "計画"), Words(None, "-"), Words(None, "概要")))),
        ("url:https://a.example/b:c", Words("url", "https://a.example/b:c")),
        ("か\u3099", Words(None, "が")),
    ],
)
def test_the_forms_that_clients_send(text: str, query: Query) -> None:
    assert parse_query(text) == query


@pytest.mark.parametrize(
    "text",
    [
        "title:(",
        "(a",
        "a)",
        '"a',
        'title:"a',
        "[a TO b]x]",
        "name:[a TO b",
        "name:[a b]",
        "name:[TO b]",
        "a AND",
        "OR a",
        "title:",
        "NOT",
        "a\\",
        "a" * (MAX_CHARACTERS + 1),
        "a" * (MAX_TEXT_CHARACTERS + 1),
        "a " * (MAX_CLAUSES + 1),
        "(" * (MAX_DEPTH + 2) + "a" + ")" * (MAX_DEPTH + 2),
        "+" * (MAX_DEPTH + 2) + "a",
        "-" * 5000 + "a",
    ],
)
def test_broken_and_boundless_queries_are_refused_in_words(text: str) -> None:
    with pytest.raises(QuerySyntaxError, match="検索式"):
        parse_query(text)
