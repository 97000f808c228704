"""Repairs of yes and no: the spellings that people use become those of the column's code list.

Source of the spellings: published files; of the lists: 自治体標準オープンデータセット (有/無; 1 or empty for
kinds of disaster). △, a bar and an empty cell say neither.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.checks.repair.width import narrow
from app.model.edit import Proposal
from app.model.table_schema import Field, FieldType

_YES_WORDS = "1 1.0 ○ 〇 ◯ ◎ ● ✓ ✔ TRUE YES Y T 有 有り あり ある アリ 可 可能 はい 該当"
_NO_WORDS = "0 0.0 × ✕ ✖ ✗ ╳ FALSE NO N F 無 無し なし ない ナシ 不可 いいえ 非該当"
_YES, _NO = frozenset(_YES_WORDS.split()), frozenset(_NO_WORDS.split())
_LISTS = {
    frozenset({"有", "無"}): ("有", "無"),
    frozenset({"1"}): ("1", ""),
    frozenset({"1", "0"}): ("1", "0"),
}


def propose_flag(field: Field, text: str) -> Iterator[Proposal]:
    """Propose the word of the code list that the text means; nothing for other lists."""
    words = ("true", "false") if field.type is FieldType.BOOLEAN else _LISTS.get(frozenset(field.enum))
    said = narrow(text).upper()
    if words and said in _YES | _NO:
        yield Proposal("code-list", words[0] if said in _YES else words[1])
