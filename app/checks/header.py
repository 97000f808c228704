"""Rules: the header names each column of the schema once, and nothing else. The order is free.

A file of a partial schema may lack columns that are not required, and have others: told, but not blocked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from app.checks.rules import make_finding
from app.model.report import Finding
from app.model.table_schema import TableSchema


def check_header(table: str, header: Sequence[str], schema: TableSchema) -> Iterator[Finding]:
    """Yield what is wrong with a header.

    A header without a single column of the schema gives one finding: the first row is no header.
    """
    if not set(header) & set(schema.field_names):
        yield _make_unknown(table, header, schema)
        return
    yield from _check_blank(table, header)
    yield from _check_duplicate(table, header)
    missing = [name for name in schema.field_names if name not in header]
    extra = [name for name in dict.fromkeys(header) if name.strip() and schema.find_field(name) is None]
    if schema.is_partial:
        yield from _tell_partial(table, missing, extra, schema)
        missing = [field.name for field in schema.fields if field.required and field.name in missing]
        extra = []
    yield from _check_missing(table, missing, extra)
    yield from _check_extra(table, extra, missing, schema)


def tell_header(table: str, header_row: int, columns: Mapping[str, str]) -> Iterator[Finding]:
    """Yield how the header was read: rows above it that were left out, and columns under another name."""
    if header_row > 1:
        above = "1行目" if header_row == 2 else f"1〜{header_row - 1}行目"
        yield make_finding(
            "rows-above-header",
            f"{header_row}行目を見出しとして読み、{above}は表に入れませんでした。",
            "見出しより上の題名や注記は、消しておくと確実です。違う行が見出しのときは、その行を1行目にしてください。",
            table,
            row=header_row,
        )
    for cell, name in columns.items():
        if cell != name:
            yield make_finding(
                "header-alias",
                f"「{cell}」の列を「{name}」として読みました。",
                f"違うときは、見出しを直してください。合っているときも、次からは「{name}」と書くと確実です。",
                table,
                row=header_row,
                column=name,
                value=cell,
            )


def column_letters(index: int) -> str:
    """Return the letters that a spreadsheet gives the column of that index (from 0)."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _make_unknown(table: str, header: Sequence[str], schema: TableSchema) -> Finding:
    why = f"1行目に「{schema.title}」の見出しが1つもありません。"
    if len(header) == 1 and any(mark in header[0] for mark in ",\t;|"):
        why += "コンマ以外の文字で区切られているようです。"
    return make_finding(
        "header-unknown",
        why,
        f"1行目を見出しにして（{'、'.join(schema.field_names)}）、題名や注記の行は消してください。",
        table,
        row=1,
        value="、".join(header),
    )


def _check_blank(table: str, header: Sequence[str]) -> Iterator[Finding]:
    for index, name in enumerate(header):
        if not name.strip():
            yield make_finding(
                "header-blank",
                "見出しが空です。何の列か分かりません。",
                "見出しを書くか、使っていない列なら列ごと削除してください。",
                table,
                row=1,
                column=f"{column_letters(index)}列",
            )


def _check_duplicate(table: str, header: Sequence[str]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, name in enumerate(header):
        if name.strip() and first.setdefault(name, index) != index:
            yield make_finding(
                "header-duplicate",
                f"同じ見出しが{column_letters(first[name])}列と{column_letters(index)}列にあります。",
                "どちらかの列を削除するか、正しい見出しに直してください。",
                table,
                row=1,
                column=name,
            )


def _check_missing(table: str, missing: Sequence[str], extra: Sequence[str]) -> Iterator[Finding]:
    look_alikes = {_fold(name): name for name in extra}
    for name in missing:
        found = look_alikes.get(_fold(name))
        yield make_finding(
            "header-missing",
            f"「{name}」の列がありません。" + (f"「{found}」はよく似た別の文字です。" if found else ""),
            "見出しを決まったとおりの文字で書いてください。値がない列も、空のまま置いてください。",
            table,
            row=1,
            column=name,
        )


def _check_extra(
    table: str, extra: Sequence[str], missing: Sequence[str], schema: TableSchema
) -> Iterator[Finding]:
    meant = {_fold(name): name for name in missing}
    known = "、".join(schema.field_names)
    for name in extra:
        right = meant.get(_fold(name))
        yield make_finding(
            "header-extra",
            f"「{name}」は「{schema.title}」の列ではありません。",
            f"「{right}」に書き直してください。" if right else f"列を削除してください。使える見出し: {known}",
            table,
            row=1,
            column=name,
        )


def _tell_partial(
    table: str, missing: Sequence[str], extra: Sequence[str], schema: TableSchema
) -> Iterator[Finding]:
    look_alikes = {_fold(name): name for name in missing}
    for name in extra:
        meant = look_alikes.get(_fold(name))
        yield make_finding(
            "column-extra",
            f"「{name}」は「{schema.title}」の列ではないので、公開する表に入りません。",
            f"「{meant}」に書き直してください。"
            if meant
            else "この列も公開したいときは、備考の列に移してください。",
            table,
            row=1,
            column=name,
        )
    absent = [name for name in missing if (field := schema.find_field(name)) and not field.required]
    if absent:
        yield make_finding(
            "column-missing",
            f"「{schema.title}」の{len(absent)}列がありません（{'、'.join(absent)}）。空の列として公開されます。",
            "値があるときは、列を足してください。",
            table,
            row=1,
        )


def _fold(name: str) -> str:
    """Return a name without width, case, blanks and kinds of bars."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split()).replace("-", "_")
