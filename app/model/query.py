"""Search queries: CKAN's `q` and `fq` (a part of Solr's syntax) as a tree, read and written.

    query   = { group }                        all must hold: a blank means AND, and binds least
    group   = all { "OR" all }
    all     = clause { "AND" clause }
    clause  = ( "NOT" | "-" | "+" ) clause
            | [ field ":" ] ( "(" query ")" | range | phrase | word )
    range   = "[" end "TO" end "]"             inclusive; an end is a word, a phrase, or `*` for open
    phrase  = '"' characters '"'
    word    = characters without blank, quotation mark or bracket; `*` stands for any characters

So `a OR b c` is (a or b) and c, as CKAN's harvester means it. `%20` is a blank, because some clients encode
twice. A backslash takes a character as it is. A field before a bracket goes for all in it that have none.
`*:*` and `*` are everything, and so is a query without a word. Texts are in normal form NFC.

Source: Solr Reference Guide, Standard Query Parser; what CKAN's clients send.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

MAX_CHARACTERS = 8000
MAX_CLAUSES = 200
MAX_DEPTH = 20
MAX_TEXT_CHARACTERS = 300


class QuerySyntaxError(ValueError):
    """The query is not in the grammar, or beyond its bounds; the message says where, in Japanese."""


@dataclass(frozen=True, slots=True)
class Everything:
    """`*:*`."""


@dataclass(frozen=True, slots=True)
class Words:
    """A word or phrase, in a field or anywhere."""

    field: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A word with `*` in it: its parts, two at least, between which anything may stand."""

    field: str | None
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included; None is open."""

    field: str | None
    low: str | None
    high: str | None


@dataclass(frozen=True, slots=True)
class Not:
    """What the part does not hold for."""

    part: Query


@dataclass(frozen=True, slots=True)
class And:
    """What all parts, two at least, hold for."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What one of the parts, two at least, holds for."""

    parts: tuple[Query, ...]


Query: TypeAlias = Everything | Words | Pattern | Range | Not | And | Or

_TOKEN = re.compile(
    r"""(?P<blank>(?:\s|%20)+)
      | (?P<phrase>"(?:[^"\\]|\\.)*")
      | (?P<mark>[()\[\]])
      | (?P<field>(?:(?!%20)[^\s"()\[\]:\\*+-])(?:(?!%20)[^\s"()\[\]:\\*])*:)
      | (?P<all>\*:\*)
      | (?P<sign>[+-](?=[^\s]))
      | (?P<word>(?:(?!%20)[^\s"()\[\]\\]|\\.)+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SPECIAL = re.compile(r'([\s"()\[\]\\:*%+-])')


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int


def parse_query(text: str) -> Query:
    """Return the tree of a query; raises QuerySyntaxError."""
    if len(text) > MAX_CHARACTERS:
        raise QuerySyntaxError(f"検索式が長すぎます（上限{MAX_CHARACTERS}文字）。")
    parser = _Parser(list(_list_tokens(unicodedata.normalize("NFC", text))))
    found = parser.read_query(None, 0)
    if parser.peek() is not None:
        raise parser.fault("対応する開きかっこがありません")
    return found


def write_query(query: Query) -> str:
    """Return a text whose tree is that query, as long as it is within the bounds."""
    match query:
        case Everything():
            return "*:*"
        case Words(field, text):
            return _write_field(field) + _quote(text)
        case Pattern(field, parts):
            return _write_field(field) + "*".join(map(_escape, parts))
        case Range(field, low, high):
            ends = ("*" if end is None else _quote(end) for end in (low, high))
            return _write_field(field) + f"[{' TO '.join(ends)}]"
        case Not(part):
            return f"NOT {_write_part(part)}"
        case And(parts):
            return " AND ".join(map(_write_part, parts))
        case Or(parts):
            return " OR ".join(map(_write_part, parts))


def join_all(parts: list[Query]) -> Query:
    """Return what all of any number of queries hold for."""
    wanted = [part for part in parts if part != Everything()]
    if not wanted:
        return Everything()
    return wanted[0] if len(wanted) == 1 else And(tuple(wanted))


def list_words(query: Query) -> Iterator[Words | Pattern]:
    """Give the words and patterns that a find is found by: all but what stands under NOT."""
    match query:
        case Words() | Pattern():
            yield query
        case And(parts) | Or(parts):
            for part in parts:
                yield from list_words(part)
        case _:
            return


class _Parser:
    """Recursive descent over the tokens; one method for each rule of the grammar."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._clauses = 0

    def peek(self) -> _Token | None:
        """Return the next token that is no blank, or None at the end."""
        while self._next < len(self._tokens) and self._tokens[self._next].kind == "blank":
            self._next += 1
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def fault(self, why: str) -> QuerySyntaxError:
        """Return the error to raise here."""
        token = self.peek()
        where = f"{token.place + 1}文字目「{token.text[:20]}」" if token else "終わり"
        return QuerySyntaxError(f"検索式の{where}が読めません: {why}。")

    def read_query(self, field: str | None, depth: int) -> Query:
        groups = []
        while (token := self.peek()) is not None and (token.kind, token.text) != ("mark", ")"):
            groups.append(self._read_joined("OR", field, depth))
        if not groups:
            return Everything()
        return groups[0] if len(groups) == 1 else And(tuple(groups))

    def _read_joined(self, operator: str, field: str | None, depth: int) -> Query:
        parts = []
        while True:
            below = self._read_joined("AND", field, depth) if operator == "OR" else None
            parts.append(below or self._read_clause(field, depth))
            if not self._take("word", operator):
                break
        if len(parts) == 1:
            return parts[0]
        return Or(tuple(parts)) if operator == "OR" else And(tuple(parts))

    def _read_clause(self, field: str | None, depth: int) -> Query:
        if depth > MAX_DEPTH:
            raise self.fault(f"入れ子が深すぎます（上限{MAX_DEPTH}段）")
        if self._take("sign", "-") or self._take("word", "NOT"):
            return Not(self._read_clause(field, depth + 1))
        if self._take("sign", "+"):
            return self._read_clause(field, depth + 1)
        if self._take("all", "*:*"):
            return Everything()
        named = self._take("field")
        return self._read_value(named.text[:-1] if named else field, depth)

    def _read_value(self, field: str | None, depth: int) -> Query:
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise self.fault(f"条件が多すぎます（上限{MAX_CLAUSES}個）")
        if self._take("mark", "("):
            inside = self.read_query(field, depth + 1)
            self._expect(")")
            return inside
        if self._take("mark", "["):
            return self._read_range(field)
        phrase = self._take("phrase")
        text = phrase.text if phrase else self._read_word()
        if len(text) > MAX_TEXT_CHARACTERS:
            raise self.fault(f"その前の語が長すぎます（上限{MAX_TEXT_CHARACTERS}文字）")
        if phrase:
            return Words(field, _unquote(text))
        if text == "*" and field is None:
            return Everything()
        parts = tuple(_ESCAPED.sub(r"\1", part) for part in _split_at_stars(text))
        return Words(field, parts[0]) if len(parts) == 1 else Pattern(field, parts)

    def _read_range(self, field: str | None) -> Query:
        low = self._read_end()
        if not self._take("word", "TO"):
            raise self.fault("範囲は [始め TO 終わり] と書きます")
        high = self._read_end()
        self._expect("]")
        return Range(field, low, high)

    def _read_end(self) -> str | None:
        if phrase := self._take("phrase"):
            return _unquote(phrase.text)
        text = ""  # a time is cut at its colons, like a field and its value
        while piece := self._take("field") or self._take("word") or self._take("sign"):
            text += piece.text
            if self._next >= len(self._tokens) or self._tokens[self._next].kind == "blank":
                break
        if not text:
            raise self.fault("範囲の端がありません")
        return None if text == "*" else _ESCAPED.sub(r"\1", text)

    def _read_word(self) -> str:
        token = self.peek()
        if token is None or token.kind not in ("word", "field", "sign") or token.text in ("AND", "OR"):
            raise self.fault("ここには語が要ります")
        text = ""  # a value may hold colons and signs: `url:https://…`, `a:b:c`
        while piece := self._glued(is_first=not text):
            text += piece.text
        return text

    def _glued(self, *, is_first: bool) -> _Token | None:
        """Take the next piece of a word; pieces after the first must follow without a blank."""
        token = self._tokens[self._next] if self._next < len(self._tokens) else None
        if token is None or token.kind not in ("word", "field", "sign", "all"):
            return None
        if not is_first and self._tokens[self._next - 1].kind == "blank":
            return None
        self._next += 1
        return token

    def _take(self, kind: str, text: str | None = None) -> _Token | None:
        token = self.peek()
        if token is None or token.kind != kind or text not in (None, token.text):
            return None
        self._next += 1
        return token

    def _expect(self, mark: str) -> None:
        if not self._take("mark", mark):
            raise self.fault(f"「{mark}」で閉じられていません")


def _list_tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            why = "引用符が閉じられていません" if text[place] == '"' else "この文字の前が切れています"
            raise QuerySyntaxError(
                f"検索式の{place + 1}文字目「{text[place : place + 20]}」が読めません: {why}。"
            )
        yield _Token(found.lastgroup or "", found[0], place)
        place = found.end()


def _split_at_stars(text: str) -> list[str]:
    """Split at each `*` that no backslash takes as it is; several in a row are one."""
    parts, part = [], ""
    for piece in re.findall(r"\\.|\*+|[^\\*]+", text, re.DOTALL):
        if piece.startswith("*"):
            parts.append(part)
            part = ""
        else:
            part += piece
    return [*parts, part]


def _unquote(phrase: str) -> str:
    pieces = re.findall(r"\\.|%20|[^\\%]+|%", phrase[1:-1], re.DOTALL)
    return "".join(" " if piece == "%20" else _ESCAPED.sub(r"\1", piece) for piece in pieces)


def _quote(text: str) -> str:
    return '"' + re.sub(r'(["\\%])', r"\\\1", text) + '"'


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _write_field(field: str | None) -> str:
    return "" if field is None else f"{field}:"


def _write_part(query: Query) -> str:
    text = write_query(query)
    return f"({text})" if isinstance(query, And | Or) else text
