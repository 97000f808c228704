from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.storage.installation import Installation
from tests.journeys.bad_files import COUNTS, JAPANESE, JAPANESE_ROWS, Make, public_state, with_descriptor
from tests.journeys.conftest import Files, Shisaku, package_files, zip_files


def _package(files: Files) -> Make:
    return lambda folder: zip_files(folder / "upload.zip", files)


def _file(name: str, content: bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def _entry(name: str, **attributes: int) -> Make:
    """Return a maker of the good package with one more entry, of that name and those ZipInfo attributes."""

    def make(folder: Path) -> Path:
        path = zip_files(folder / "upload.zip", package_files())
        entry = zipfile.ZipInfo(name)
        for key, value in attributes.items():
            setattr(entry, key, value)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(entry, b"content")
        return path

    return make


def _patched(change: Callable[[bytearray], None], method: int = zipfile.ZIP_DEFLATED) -> Make:
    def make(folder: Path) -> Path:
        path = zip_files(folder / "upload.zip", package_files(), method)
        content = bytearray(path.read_bytes())
        change(content)
        path.write_bytes(bytes(content))
        return path

    return make


def _directory(content: bytearray) -> Iterator[int]:
    """Yield where each entry of a zip's central directory begins."""
    place = content.find(b"PK\x01\x02")
    while place >= 0:
        yield place
        place = content.find(b"PK\x01\x02", place + 4)


def _encrypt(content: bytearray) -> None:
    for place in _directory(content):
        content[place + 8] |= 1


def _need_newer_tool(content: bytearray) -> None:
    for place in _directory(content):
        content[place + 6] = 90


def _use_unknown_method(content: bytearray) -> None:
    for place in _directory(content):
        content[place + 10] = 97


def _claim_small(content: bytearray) -> None:
    for place in _directory(content):
        content[place + 24 : place + 28] = struct.pack("<I", 10)


def _spoil_data(content: bytearray) -> None:
    place = content.find(b"datapackage.json") + len("datapackage.json") + 20
    content[place : place + 40] = bytes(40)


def _truncate(content: bytearray) -> None:
    del content[len(content) // 2 :]


def _move_end(content: bytearray, move: int = 0, **claims: int) -> None:
    """Put a 64-bit end in place of a zip's own; `move` is how far off it is said to be."""
    end = len(content) - 22
    entries, size, start = struct.unpack("<H2I", content[end + 10 : end + 20])
    entries, size = claims.get("entries", entries), claims.get("size", size)
    record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, size, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end + move, 1)
    content[end:] = record + locator + b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2)


def _duplicate(folder: Path) -> Path:
    path = zip_files(folder / "upload.zip", package_files())
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("plans.csv", b"other")
    return path


XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
SYMLINK = 0o120777 << 16
LARGE_ZEROS = bytes(30_000_000)

UNREADABLE: dict[str, tuple[Make, str]] = {
    "no file": (lambda folder: folder / "nothing.zip", "no-such-file"),
    "no bytes": (_file("empty.zip", b""), "empty-upload"),
    "zip bomb": (_package({**package_files(), "plans.csv": LARGE_ZEROS}), "archive-bomb"),
    "parent folder in a zip": (_entry("../evil.csv"), "archive-unsafe"),
    "absolute path in a zip": (_entry("/etc/cron.d/evil"), "archive-unsafe"),
    "drive in a zip": (_entry("C:evil.csv"), "archive-unsafe"),
    "backslash in a zip": (_entry("..\\evil.csv"), "archive-unsafe"),
    "control character in a zip": (_entry("a\x1b[2J.csv"), "archive-unsafe"),
    "link in a zip": (_entry("link.csv", external_attr=SYMLINK), "archive-unsafe"),
    "name in a zip twice": (_duplicate, "archive-unsafe"),
    "folders without an end": (_entry("/".join("abcdefghij") + ".csv"), "archive-unsafe"),
    "encrypted zip": (_patched(_encrypt), "archive-encrypted"),
    "1,000 entries": (
        _package({**package_files(), **{f"{number}.txt": b"" for number in range(1000)}}),
        "too-many-files",
    ),
    "1,000 folders": (
        _package({**package_files(), **{f"{number}/": b"" for number in range(1000)}}),
        "too-many-files",
    ),
    "1,000 entries by a 64-bit end": (
        _patched(lambda content: _move_end(content, entries=1000)),
        "too-many-files",
    ),
    "directory larger than the file": (
        _patched(lambda content: _move_end(content, size=10**12)),
        "archive-damaged",
    ),
    "64-bit end elsewhere": (_patched(lambda content: _move_end(content, 1)), "archive-damaged"),
    "long names": (
        _package({**package_files(), **{f"{number:060000}.txt": b"" for number in range(10)}}),
        "archive-unsafe",
    ),
    "something after a zip": (_patched(lambda content: content.extend(b"more")), "archive-damaged"),
    "sound bzip2": (_patched(lambda content: None, zipfile.ZIP_BZIP2), "archive-damaged"),
    "half a zip": (_patched(_truncate), "archive-damaged"),
    "zip larger than it says": (_patched(_claim_small), "archive-damaged"),
    "zip for a newer tool": (_patched(_need_newer_tool), "archive-damaged"),
    "zip packed in an unknown way": (_patched(_use_unknown_method), "archive-damaged"),
    "spoilt deflate": (_patched(_spoil_data), "archive-damaged"),
    "spoilt bzip2": (_patched(_spoil_data, zipfile.ZIP_BZIP2), "archive-damaged"),
    "spoilt lzma": (_patched(_spoil_data, zipfile.ZIP_LZMA), "archive-damaged"),
    "only the head of a zip": (_file("upload.zip", b"PK\x03\x04" + bytes(100)), "archive-damaged"),
    "empty zip": (_package({}), "descriptor-missing"),
    "zip without a descriptor": (_package({"plans.csv": b"ID\n"}), "descriptor-missing"),
    "two descriptors": (
        _package({**package_files(), "b/datapackage.json": b"{}"}),
        "descriptor-missing",
    ),
    "descriptor in cp932": (
        _package(with_descriptor('{"title": "表"}'.encode("cp932"))),
        "descriptor-unreadable",
    ),
    "broken descriptor": (_package(with_descriptor(b'{"resources": [')), "descriptor-unreadable"),
    "descriptor without an end": (_package(with_descriptor(b"[" * 100_000)), "descriptor-unreadable"),
    "descriptor with a number without an end": (
        _package(with_descriptor(b'{"resources": [], "version": ' + b"9" * 5000 + b"}")),
        "descriptor-unreadable",
    ),
    "descriptor too large": (
        _package(with_descriptor(json.dumps({"resources": [], "x": list(range(500_000))}).encode())),
        "descriptor-unreadable",
    ),
    "descriptor that is a list": (_package(with_descriptor(b"[]")), "descriptor-unreadable"),
    "no resources": (_package(with_descriptor(b'{"name": "sample-plan"}')), "descriptor-unreadable"),
    "resources that are none": (_package(package_files(resources=[])), "descriptor-unreadable"),
    "51 resources": (_package(package_files(resources=[{}] * 51)), "descriptor-unreadable"),
    "pdf called csv": (_file("plans.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), "unknown-kind"),
    "xls": (_file("plans.xls", XLS), "unknown-kind"),
    "xlsx": (
        _package({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}),
        "workbook-damaged",
    ),
    "csv without a schema": (_file("plans.csv", JAPANESE_ROWS.encode()), "schema-missing"),
}


@pytest.mark.anyio
@pytest.mark.parametrize("case", UNREADABLE)
async def test_an_unreadable_file_is_refused_in_japanese_and_changes_nothing(
    site: Installation, tmp_path: Path, shisaku: Shisaku, case: str
) -> None:
    make, rule = UNREADABLE[case]
    path = make(tmp_path)
    before = await public_state(site)
    data_dir = site.settings.data_dir
    head = site.database.head()
    checked = shisaku(data_dir, "check", path)
    lines = checked.out.strip().splitlines()
    assert checked.status == 2
    assert lines[0].startswith(f"受け取れません（{rule}）: ")
    assert JAPANESE.search(lines[0])
    assert lines[1].startswith("直し方: ")
    assert COUNTS.fullmatch(lines[-1])
    refused = shisaku(data_dir, "check", path, "--json").as_json()["refused"]
    assert refused["rule"] == rule
    assert JAPANESE.search(refused["why"])
    assert JAPANESE.search(refused["mend"])
    assert shisaku(data_dir, "load", path).status == 2
    assert site.database.head() == head
    assert await public_state(site) == before


def test_a_zip_with_a_comment_or_a_64_bit_end_is_read(
    site: Installation, tmp_path: Path, shisaku: Shisaku
) -> None:
    path = _patched(_move_end)(tmp_path)
    assert shisaku(site.settings.data_dir, "check", path).status == 0
    path = zip_files(tmp_path / "upload.zip", package_files())
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = "見本".encode()
    assert shisaku(site.settings.data_dir, "check", path).status == 0
