from __future__ import annotations

from app.checks.rules import make_finding
from app.ingest.report_text import write_report
from app.model.report import Finding, Report, ReportBuilder, Severity


def _report(*findings: Finding, max_per_rule: int = 20) -> Report:
    builder = ReportBuilder(max_per_rule)
    builder.extend(findings)
    return builder.build("CSV 1個（施策）")


def _wide(row: int, value: str, mend: str = "半角で書いてください。") -> Finding:
    return make_finding(
        "full-width", "全角の数字です。", mend, "data/a.csv", row=row, column="年度", value=value
    )


def test_the_first_line_says_what_it_was_and_the_last_counts_by_severity() -> None:
    warning = make_finding("blank-row", "空の行です。", "消してください。", "data/a.csv", row=9)
    lines = write_report(_report(_wide(2, "１"), _wide(3, "２"), warning)).splitlines()
    assert lines[0] == "CSV 1個（施策）として読みました。"
    assert lines[-1] == "重大 2件、注意 1件、参考 0件"


def test_no_fault_is_said_out_loud() -> None:
    assert write_report(_report()).splitlines() == [
        "CSV 1個（施策）として読みました。",
        "",
        "問題はありません。",
        "",
        "重大 0件、注意 0件、参考 0件",
    ]


def test_an_upload_taken_for_nothing_is_said_so() -> None:
    assert write_report(Report("", ())).startswith("何のデータか分かりませんでした。\n")


def test_faults_of_a_rule_stand_together_with_one_way_to_mend_them() -> None:
    assert "\n".join(write_report(_report(_wide(2, "１"), _wide(3, "２"))).splitlines()[2:6]) == (
        "【重大】全角の数字や英字: 2件\n"
        "  ・data/a.csv 2行目 「年度」 値「１」: 全角の数字です。\n"
        "  ・data/a.csv 3行目 「年度」 値「２」: 全角の数字です。\n"
        "  直し方: 半角で書いてください。"
    )


def test_faults_to_be_mended_differently_each_say_how() -> None:
    text = write_report(_report(_wide(2, "１", "「1」に。"), _wide(3, "２", "「2」に。")))
    assert "    → 「1」に。\n" in text
    assert "    → 「2」に。\n" in text
    assert "直し方" not in text


def test_faults_that_are_not_listed_are_counted() -> None:
    text = write_report(_report(*(_wide(row, "１") for row in range(2, 1502)), max_per_rule=2))
    assert "全角の数字や英字: 1,500件" in text
    assert "  ・ほか 1,498件\n" in text
    assert text.endswith("重大 1,500件、注意 0件、参考 0件\n")


def test_blocking_faults_come_first() -> None:
    warning = make_finding("blank-row", "空の行です。", "消してください。", "data/a.csv", row=2)
    text = write_report(_report(warning, _wide(3, "１")))
    assert text.index("【重大】") < text.index("【注意】")


def test_a_rule_of_another_step_goes_by_its_name() -> None:
    finding = Finding("future-rule", Severity.INFO, "理由です。", "直します。")
    assert "【参考】future-rule: 1件\n  ・理由です。\n" in write_report(_report(finding))


def test_values_cannot_steer_a_terminal_or_break_lines() -> None:
    text = write_report(_report(_wide(2, "a\x1b[31m\nb\x7f")))
    assert "値「a␛[31m␊b␡」" in text
    assert not {"\x1b", "\x7f"} & set(text)
