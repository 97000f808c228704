from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.tables import encoding
from app.tables.encoding import DecodingFault, find_codec, find_decoding_fault


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("", "utf-8-sig"),
        ("UTF-8", "utf-8-sig"),
        ("utf8", "utf-8-sig"),
        ("Shift_JIS", "cp932"),
        ("windows-31j", "cp932"),
        ("CP932", "cp932"),
        ("EUC-JP", "euc-jp"),
        ("UTF_16", "utf-16"),
        ("iso-2022-jp", None),
        ("rot13", None),
    ],
)
def test_declared_names_mean_one_codec_or_none(name: str, codec: str | None) -> None:
    assert find_codec(name) == codec


@pytest.mark.parametrize("codec", ["utf-8-sig", "cp932", "utf-16", "euc-jp"])
def test_a_file_in_its_encoding_has_no_fault(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "good.csv"
    path.write_text("番号,名称\n1,防災\n", encoding=codec)
    assert find_decoding_fault(path, codec) is None


@pytest.mark.parametrize(
    ("data", "codec", "fault"),
    [
        ("ID,名称\n1,防災\n".encode("cp932"), "utf-8-sig", DecodingFault(3, 1, 4, b"\x96", "cp932")),
        ("ID\n防災\n".encode("cp932"), "utf-8-sig", DecodingFault(3, 2, 1, b"\x96", "cp932")),
        (b"ID\n\xff\x81", "utf-8-sig", DecodingFault(3, 2, 1, b"\xff", None)),
        ("名\n".encode() + b"\x96\n", "utf-8-sig", DecodingFault(4, 2, 1, b"\x96", None)),
        ("ID\n".encode("utf-16"), "utf-8-sig", DecodingFault(0, 1, 1, b"\xff", "utf-16")),
        ("名称\n計画\n".encode(), "euc-jp", DecodingFault(0, 1, 1, b"\xe5", "utf-8-sig")),
        (b"I\x00D\x00", "utf-16", DecodingFault(0, None, None, b"I\x00", None)),
        (b"\xff\xfeI\x00D", "utf-16", DecodingFault(4, None, None, b"D", None)),
    ],
)
def test_the_first_bad_bytes_are_named_with_their_place(
    tmp_path: Path, data: bytes, codec: str, fault: DecodingFault
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(data)
    assert find_decoding_fault(path, codec) == fault


@given(data=st.binary(max_size=60), codec=st.sampled_from(["utf-8-sig", "cp932", "euc-jp"]))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_place_does_not_depend_on_how_the_file_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, codec: str
) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(data)
    expected: int | None = None
    try:
        data.decode("utf-8" if codec == "utf-8-sig" else codec)
    except UnicodeDecodeError as error:
        expected = error.start
    with monkeypatch.context() as patch:
        patch.setattr(encoding, "CHUNK_BYTES", 7)
        fault = find_decoding_fault(path, codec)
    assert (fault.offset if fault else None) == expected
    if fault is not None:
        before = data[: fault.offset].split(b"\n")
        assert (fault.line, fault.column) == (len(before), len(before[-1]) + 1)
