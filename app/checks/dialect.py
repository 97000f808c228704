"""Rules: the declared encoding and delimiter are ones that we read."""

from __future__ import annotations

from collections.abc import Iterator

from app.checks.rules import make_finding
from app.model.report import Finding
from app.tables.delimited import DELIMITERS
from app.tables.encoding import ENCODING_TITLES, find_codec


def check_dialect(table: str, encoding: str, delimiter: str) -> Iterator[Finding]:
    """Yield what is wrong with what is said of a file: `encoding` ("" = nothing) and `delimiter`."""
    if find_codec(encoding) is None:
        known = "、".join(ENCODING_TITLES.values())
        yield make_finding(
            "encoding-unknown",
            f"文字コードが「{encoding}」とされていますが、読み取れる文字コードではありません。",
            f"{known} のどれかで保存し、そのとおりに指定してください。",
            table,
            value=encoding,
        )
    if delimiter not in DELIMITERS:
        yield make_finding(
            "delimiter-unknown",
            "区切り文字の指定が、読み取れる文字ではありません。",
            "コンマ（,）、タブ、セミコロン（;）、縦棒（|）のどれかで区切ってください。",
            table,
            value=delimiter,
        )
