"""Rules: quotes are closed and in place, records are not endless, line ends are of one kind."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from app.checks.rules import make_finding
from app.model.report import Finding
from app.tables.delimited import RecordFault, UnreadableRecord

_WORDS = {
    RecordFault.UNCLOSED_QUOTE: (
        'この行で始まる引用符（"）が閉じていません。ここから先は読み取れません。',
        'セルの値を囲む引用符は前後に1つずつ書き、値の中の引用符は2つ続けて（""）書いてください。',
    ),
    RecordFault.STRAY_QUOTE: (
        '引用符（"）の後に区切り文字でも改行でもない文字があります。ここから先は読み取れません。',
        '値の中の引用符は2つ続けて（""）書き、その値の全体を引用符で囲んでください。',
    ),
    RecordFault.TOO_LONG: (
        "1行が長すぎて、ここから先は読み取れません。",
        "改行のない別の種類のファイルではないか確かめてください。",
    ),
}

_LINE_ENDS = {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}


def check_syntax(table: str, error: UnreadableRecord) -> Iterator[Finding]:
    """Yield the finding of a record at which reading stopped."""
    why, mend = _WORDS[error.fault]
    yield make_finding(error.fault.value, why, mend, table, row=error.row)


def check_line_ends(table: str, line_ends: AbstractSet[str]) -> Iterator[Finding]:
    """Yield a finding if records end in more than one way; `line_ends` are those met."""
    if len(line_ends) > 1:
        names = "・".join(name for end, name in _LINE_ENDS.items() if end in line_ends)
        yield make_finding(
            "mixed-line-ends",
            f"行の終わりの改行コードが混ざっています（{names}）。読み取りに支障はありません。",
            "公開するCSVではLFにそろえます。直す必要はありません。",
            table,
            value=names,
        )
