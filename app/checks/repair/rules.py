"""Every rule that repairs, by name: what it is called, and why it changes what it changes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RepairRule:
    """A rule as people read it."""

    name: str
    title: str
    why: str


REPAIR_RULES: dict[str, RepairRule] = {
    rule.name: rule
    for rule in (
        RepairRule("blank", "前後の空白", "空白があると、検索や突き合わせで別の値と見なされます"),
        RepairRule("half-width", "全角の数字や英字", "この列は半角で書く決まりです"),
        RepairRule("full-width-kana", "半角カナ", "カナは全角で、濁点は1文字にまとめて書く決まりです"),
        RepairRule("look-alike", "似た形の別の字", "部首の記号などは、見た目が同じでも検索で見つかりません"),
        RepairRule("wareki", "和暦", "日付や年は西暦で書く決まりです"),
        RepairRule("date-form", "日付の書き方", "日付は YYYY-MM-DD、年月は YYYY-MM と書く決まりです"),
        RepairRule("excel-serial", "日付の通し番号", "Excelが日付を数えた番号が、そのまま残っています"),
        RepairRule("time-form", "時刻の書き方", "時刻は hh:mm（24時間）と書く決まりです"),
        RepairRule("number-form", "数の書き方", "数は桁区切りや単位を付けずに書く決まりです"),
        RepairRule("list-form", "複数の値の区切り", "複数の値は、空白を入れずに ; でつなぐ決まりです"),
        RepairRule("code-list", "有無などの書き方", "決められた選択肢の言葉で書く決まりです"),
        RepairRule("postal-code", "郵便番号", "郵便番号は、ハイフンのない半角数字7桁です"),
        RepairRule("phone", "電話番号", "電話番号は、半角数字とハイフンで書く決まりです"),
        RepairRule("web-address", "URL・メールアドレス", "URLやメールアドレスは半角で書きます"),
        RepairRule(
            "digits",
            "数字だけのコード",
            "Excelが数と見なして、指数や小数点を付けたり、先頭の0を消したりした値です",
        ),
        RepairRule("local-government-code", "全国地方公共団体コード", "コードは、検査数字を含む6桁です"),
        RepairRule("swapped-coordinates", "緯度と経度の入れ違い", "入れ替えると、その自治体の中に入ります"),
    )
}
"""The rules that repair."""
