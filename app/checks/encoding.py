"""Rules: the file has bytes, and every one of them fits its encoding."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.checks.rules import make_finding
from app.model.report import Finding
from app.tables.encoding import ENCODING_TITLES, DecodingFault, find_decoding_fault

_MEND = (
    "Excelなら「名前を付けて保存」でファイルの種類「CSV UTF-8（コンマ区切り）」を選んで保存し直してください。"
)


def check_not_empty(table: str, path: Path) -> Iterator[Finding]:
    """Yield a finding if the file has no bytes."""
    if path.stat().st_size == 0:
        yield make_empty_finding(table)


def make_empty_finding(table: str) -> Finding:
    """Return the finding of a file without any text."""
    return make_finding(
        "file-empty",
        "ファイルの中身がありません。",
        "元のファイルを開いて中身を確かめ、保存し直したものを送ってください。",
        table,
    )


def check_encoding(table: str, path: Path, codec: str) -> Iterator[Finding]:
    """Yield a finding at the first bytes that do not fit the codec; its row is the line of the file."""
    fault = find_decoding_fault(path, codec)
    if fault is None:
        return
    name = ENCODING_TITLES[codec]
    why = f"{name}として読むと、{_place(fault)}の {fault.data.hex(' ').upper()} が文字になりません。"
    if fault.looks_like:
        why += f"ファイル全体は{ENCODING_TITLES[fault.looks_like]}のようです。"
        mend = (
            f"{_MEND}変えられない場合は、文字コードを{ENCODING_TITLES[fault.looks_like]}と指定してください。"
        )
    else:
        mend = f"この位置の文字が壊れていないか確かめてください。{_MEND}"
    yield make_finding("encoding", why, mend, table, row=fault.line)


def _place(fault: DecodingFault) -> str:
    if fault.line is None:
        return f"先頭から{fault.offset + 1}バイト目"
    return f"{fault.line}行目の{fault.column}バイト目"
