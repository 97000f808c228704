"""Every rule of the check, by name: how much it weighs and what it is called."""

from __future__ import annotations

from dataclasses import dataclass

from app.model.report import Finding, Severity

MAX_VALUE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as an operator reads it."""

    name: str
    severity: Severity
    title: str


_BLOCK, _WARN, _INFO = Severity.BLOCK, Severity.WARN, Severity.INFO

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("resource", _BLOCK, "表として受け取れないもの"),
        Rule("metadata", _BLOCK, "メタデータの誤り"),
        Rule("file-empty", _BLOCK, "空のファイル"),
        Rule("encoding-unknown", _BLOCK, "扱えない文字コードの指定"),
        Rule("delimiter-unknown", _BLOCK, "扱えない区切り文字の指定"),
        Rule("encoding", _BLOCK, "文字コードの誤り"),
        Rule("unclosed-quote", _BLOCK, "閉じていない引用符"),
        Rule("stray-quote", _BLOCK, "引用符の使い方の誤り"),
        Rule("record-too-long", _BLOCK, "長すぎる行"),
        Rule("too-many-columns", _BLOCK, "列が多すぎる表"),
        Rule("too-many-rows", _BLOCK, "行が多すぎる表"),
        Rule("cell-too-long", _BLOCK, "長すぎるセル"),
        Rule("header-unknown", _BLOCK, "見出しのない表"),
        Rule("header-blank", _BLOCK, "空の見出し"),
        Rule("header-duplicate", _BLOCK, "重複した見出し"),
        Rule("header-missing", _BLOCK, "足りない列"),
        Rule("header-extra", _BLOCK, "余分な列"),
        Rule("record-width", _BLOCK, "列の数が合わない行"),
        Rule("control-character", _BLOCK, "目に見えない制御文字"),
        Rule("full-width", _BLOCK, "全角の数字や英字"),
        Rule("lexical-form", _BLOCK, "決まった書き方でない値"),
        Rule("constraint-type", _BLOCK, "スキーマの型や書式に合わない値"),
        Rule("constraint-required", _BLOCK, "必須の値がない"),
        Rule("constraint-enum", _BLOCK, "選択肢にない値"),
        Rule("constraint-pattern", _BLOCK, "決まった形に合わない値"),
        Rule("constraint-minimum", _BLOCK, "小さすぎる値"),
        Rule("constraint-maximum", _BLOCK, "大きすぎる値"),
        Rule("constraint-min-length", _BLOCK, "短すぎる値"),
        Rule("constraint-max-length", _BLOCK, "長すぎる値"),
        Rule("local-government-code", _BLOCK, "全国地方公共団体コードの誤り"),
        Rule("primary-key", _BLOCK, "主キーの重複や欠け"),
        Rule("unique", _BLOCK, "重複してはならない値の重複"),
        Rule("unique-key", _BLOCK, "列の組み合わせの重複"),
        Rule("foreign-key", _BLOCK, "参照先にない値"),
        Rule("foreign-key-table", _BLOCK, "参照先の表がない"),
        Rule("earlier-plan-ward", _BLOCK, "ほかの自治体の計画への参照"),
        Rule("column-extra", _WARN, "標準にない列"),
        Rule("rows-above-header", _WARN, "見出しより上の行"),
        Rule("header-alias", _WARN, "別の書き方の見出し"),
        Rule("merged-cells", _WARN, "結合したセル"),
        Rule("hidden-rows", _WARN, "表示されていない行"),
        Rule("hidden-columns", _WARN, "表示されていない列"),
        Rule("comments", _WARN, "コメントやメモ"),
        Rule("sheet-skipped", _WARN, "読まなかったシート"),
        Rule("no-rows", _WARN, "データのない表"),
        Rule("blank-row", _WARN, "空の行"),
        Rule("surrounding-blank", _WARN, "前後の空白"),
        Rule("formula-text", _WARN, "数式と見なされる文字列"),
        Rule("earlier-plan", _WARN, "見つからない前の計画"),
        Rule("column-missing", _INFO, "標準にあるのに、ない列"),
        Rule("mixed-line-ends", _INFO, "改行コードの混在"),
    )
}
"""The rules, heaviest first."""


def show_text(text: str) -> str:
    """Return a text as UTF-8 can hold it: half characters (surrogates) become their escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def make_finding(
    rule: str, why: str, mend: str, table: str, *, row: int | None = None, column: str = "", value: str = ""
) -> Finding:
    """Return a finding of a rule in `RULES`; a long value is cut at `MAX_VALUE_CHARACTERS`."""
    if len(value) > MAX_VALUE_CHARACTERS:
        value = value[:MAX_VALUE_CHARACTERS] + "…"
    return Finding(rule, RULES[rule].severity, show_text(why), mend, table, row, column, show_text(value))
