from __future__ import annotations

from pathlib import Path

from app.checks.encoding import check_encoding, check_not_empty


def test_a_file_without_bytes_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.touch()
    assert [finding.rule for finding in check_not_empty("a.csv", path)] == ["file-empty"]
    path.write_bytes(b"ID\n")
    assert list(check_not_empty("a.csv", path)) == []


def test_a_shift_jis_file_said_to_be_utf8_gets_one_finding_with_its_place_and_how_to_mend(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("ID\n1,防災\n".encode("cp932"))
    (finding,) = check_encoding("data/a.csv", path, "utf-8-sig")
    assert (finding.rule, finding.table, finding.row) == ("encoding", "data/a.csv", 2)
    assert "2行目の3バイト目の 96 が" in finding.why
    assert "Shift_JIS" in finding.why
    assert "CSV UTF-8" in finding.mend


def test_a_broken_utf8_file_is_not_said_to_be_shift_jis(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("名称\n".encode() + b"\x96h\n")
    (finding,) = check_encoding("a.csv", path, "utf-8-sig")
    assert "Shift_JIS" not in finding.why + finding.mend


def test_utf16_is_placed_by_bytes_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("ID".encode("utf-16") + b"\x00")
    (finding,) = check_encoding("a.csv", path, "utf-16")
    assert finding.row is None
    assert "先頭から7バイト目" in finding.why


def test_a_file_in_its_encoding_passes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("ID,名称\n", encoding="cp932")
    assert list(check_encoding("a.csv", path, "cp932")) == []
