from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from app.errors import RefusedUpload
from app.ingest.accept import Checked, check_upload
from app.ingest.receive import receive_path
from app.model.actor import BUNDLED
from app.settings import Settings
from app.storage.installation import Installation, open_installation
from tests.conftest import BASE, make_client, publish_folder, sample_tables
from tests.journeys.conftest import Files, Shisaku, package_files, zip_files

COUNTS = re.compile(r"重大 [0-9,]+件、注意 [0-9,]+件、参考 [0-9,]+件")
JAPANESE = re.compile(r"[ぁ-ん]")
PUBLIC = (
    "/dataset/sample-plan.json",
    "/dataset/sample-plan/measures.csv",
    "/dataset/sample-plan.zip",
    "/catalog.nt",
    "/api/3/action/package_list",
    "/api/3/action/package_search?q=",
    "/",
)
MAX_PEAK_BYTES = 400_000_000

Make = Callable[[Path], Path]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with the small package released; bad files only ever add drafts to it."""
    folder = tmp_path_factory.mktemp("site")
    good = folder / "good"
    good.mkdir()
    for name, content in package_files().items():
        (good / name).write_bytes(content)
    settings = Settings(data_dir=folder / "data", public_url=BASE, bundled=False)
    opened = open_installation(settings, served_at=BASE)
    publish_folder(opened, good)
    yield opened
    opened.close()


async def _public_state(site: Installation) -> dict[str, str]:
    async with make_client(site) as client:
        answers = {path: await client.get(path) for path in PUBLIC}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {path: hashlib.sha256(answer.content).hexdigest() for path, answer in answers.items()}


def _with_cell(table: str, row: int, column: int, text: str) -> Files:
    """Return the package with one cell replaced; row 1 is the first row of data."""
    lines = sample_tables("sample-plan")[table]
    cells = lines[row].split(",")
    cells[column] = text
    return package_files(tables={table: [*lines[:row], ",".join(cells), *lines[row + 1 :]]})


def _with_bytes(name: str, content: bytes) -> Files:
    return {**package_files(), name: content}


def _with_descriptor(content: bytes) -> Files:
    return _with_bytes("datapackage.json", content)


def _with_resource(**properties: object) -> Files:
    resources = json.loads(package_files()["datapackage.json"])["resources"]
    resources[1] |= properties
    return package_files(resources=resources)


MEASURES = sample_tables("sample-plan")["measures"]
PLANS = sample_tables("sample-plan")["plans"]
JAPANESE_ROWS = "".join(f"{row}\n" for row in PLANS)

FAULTY: dict[str, tuple[Files, str]] = {
    "check digit": (_with_cell("measures", 1, 0, "131157"), "local-government-code"),
    "no key": (_with_cell("measures", 1, 1, ""), "constraint-required"),
    "key twice": (_with_cell("measures", 2, 1, "sample-plan-m1"), "primary-key"),
    "key of no row": (_with_cell("measures", 1, 3, "another-plan"), "foreign-key"),
    "letters in a number": (_with_cell("plans", 1, 5, "R4"), "lexical-form"),
    "full-width digits": (_with_cell("plans", 1, 5, "２０２２"), "full-width"),
    "row too long": (_with_cell("goals", 1, 11, ",余り"), "record-width"),
    "row too short": (package_files(tables={"plans": [PLANS[0], "131156,sample-plan"]}), "record-width"),
    "cp932 said to be utf-8": (_with_bytes("plans.csv", JAPANESE_ROWS.encode("cp932")), "encoding"),
    "utf-16": (_with_bytes("plans.csv", JAPANESE_ROWS.encode("utf-16")), "encoding"),
    "unknown encoding": (_with_resource(encoding="ebcdic"), "encoding-unknown"),
    "no bytes": (_with_bytes("plans.csv", b""), "file-empty"),
    "unclosed quote": (_with_cell("measures", 2, 12, '"閉じない'), "unclosed-quote"),
    "stray quote": (_with_cell("measures", 1, 12, '"名"称'), "stray-quote"),
    "nul": (_with_cell("measures", 1, 12, "窓\x00口"), "control-character"),
    "reversed text": (_with_cell("measures", 1, 12, "窓\u202e口"), "control-character"),
    "long cell": (_with_cell("measures", 1, 12, "長" * 40_000), "cell-too-long"),
    "header twice": (
        package_files(tables={"measures": [f"{MEASURES[0]},備考", *MEASURES[1:]]}),
        "header-duplicate",
    ),
    "600 columns": (
        package_files(tables={"measures": [",".join(f"列{place}" for place in range(600))]}),
        "too-many-columns",
    ),
    "unknown schema": (_with_resource(schema="schemas/plan-nothing/1.0.0.json"), "resource"),
    "schema of another kind": (_with_resource(schema=["plan-goals"]), "resource"),
    "file that isn't there": (_with_resource(path="nothing.csv"), "resource"),
    "file outside": (_with_resource(path="../../etc/passwd"), "resource"),
    "file on the web": (_with_resource(path="https://data.example.jp/goals.csv"), "resource"),
    "table name twice": (_with_resource(name="plans"), "resource"),
    "reserved table name": (_with_resource(name="resource"), "resource"),
    "one file for two tables": (
        _with_resource(path="plans.csv", schema="schemas/plan-plans/1.0.0.json"),
        "resource",
    ),
    "table name that is a list": (_with_resource(name=["goals"]), "resource"),
    "unknown publisher": (package_files(publisher="t131999"), "metadata"),
    "unregistered municipality": (package_files(local_government_code="011002"), "metadata"),
    "check digit of the municipality": (package_files(local_government_code="131150"), "metadata"),
    "one-character keyword": (package_files(keywords=["税"]), "metadata"),
    "keyword with a middle dot": (package_files(keywords=["福祉・医療"]), "metadata"),
    "unknown licence": (package_files(licenses=[{"name": "CC-BY-NC-4.0"}]), "metadata"),
    "no title": (package_files(title=" "), "metadata"),
    "title that is a number": (package_files(title=2022), "metadata"),
    "title with a control character": (package_files(title="見本\u0001計画"), "metadata"),
    "title that reads backwards": (package_files(title="見本\u202e計画"), "metadata"),
    "title without an end": (package_files(title="長" * 20_000), "metadata"),
    "title with half a character": (package_files(title="XX"), "metadata"),
    "name that is a number": (package_files(name=2022), "metadata"),
    "name of the Tokyo catalogue": (package_files(name="t131156d0000000001"), "metadata"),
    "name with half a character": (package_files(name="XX"), "metadata"),
    "week for a date": (package_files(temporal={"start": "2022-W13-5"}), "metadata"),
    "end before its start": (
        package_files(temporal={"start": "2022-04-01", "end": "2021-03-31"}),
        "metadata",
    ),
    "101 keywords": (package_files(keywords=[f"見本{number}" for number in range(101)]), "metadata"),
    "source that is a number": (package_files(sources=[{"title": 2022}]), "metadata"),
    "table title that reads backwards": (_with_resource(title="見本\u202e計画"), "resource"),
    "table description without an end": (_with_resource(description="長" * 20_001), "resource"),
    "contact without a name": (package_files(contact={"email": "joho@city.example.jp"}), "metadata"),
    "contact that is a script": (
        package_files(contact={"name": "課", "url": "javascript:alert(1)"}),
        "metadata",
    ),
    "source that is a script": (
        package_files(sources=[{"title": "計画", "path": "javascript:alert(1)"}]),
        "metadata",
    ),
}
for _case in ("title with half a character", "name with half a character"):  # json cannot write it readably
    _files, _rule = FAULTY[_case]
    _half = _files["datapackage.json"].replace(b'"XX"', b'"\\ud800"')
    FAULTY[_case] = ({**_files, "datapackage.json": _half}, _rule)


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
        _package(_with_descriptor('{"title": "表"}'.encode("cp932"))),
        "descriptor-unreadable",
    ),
    "broken descriptor": (_package(_with_descriptor(b'{"resources": [')), "descriptor-unreadable"),
    "descriptor without an end": (_package(_with_descriptor(b"[" * 100_000)), "descriptor-unreadable"),
    "descriptor with a number without an end": (
        _package(_with_descriptor(b'{"resources": [], "version": ' + b"9" * 5000 + b"}")),
        "descriptor-unreadable",
    ),
    "descriptor too large": (
        _package(_with_descriptor(json.dumps({"resources": [], "x": list(range(500_000))}).encode())),
        "descriptor-unreadable",
    ),
    "descriptor that is a list": (_package(_with_descriptor(b"[]")), "descriptor-unreadable"),
    "no resources": (_package(_with_descriptor(b'{"name": "sample-plan"}')), "descriptor-unreadable"),
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
@pytest.mark.parametrize("case", FAULTY)
async def test_a_faulty_package_gives_a_japanese_report_and_changes_nothing_public(
    site: Installation, tmp_path: Path, shisaku: Shisaku, case: str
) -> None:
    files, rule = FAULTY[case]
    path = zip_files(tmp_path / "upload.zip", files)
    before = await _public_state(site)
    data_dir = site.settings.data_dir
    checked = shisaku(data_dir, "check", path)
    lines = checked.out.strip().splitlines()
    assert checked.status == 1
    assert lines[0].endswith("として読みました。")
    assert COUNTS.fullmatch(lines[-1])
    assert "直し方: " in checked.out or "→ " in checked.out
    report = shisaku(data_dir, "check", path, "--json").as_json()
    assert rule in report["counts"]
    assert sum(sum(counts.values()) for counts in report["counts"].values()) <= 3
    assert all(JAPANESE.search(finding["why"]) for finding in report["findings"])
    assert all(JAPANESE.search(finding["mend"]) for finding in report["findings"])
    assert shisaku(data_dir, "load", path).status in (1, 2)
    assert await _public_state(site) == before


@pytest.mark.anyio
@pytest.mark.parametrize("case", UNREADABLE)
async def test_an_unreadable_file_is_refused_in_japanese_and_changes_nothing(
    site: Installation, tmp_path: Path, shisaku: Shisaku, case: str
) -> None:
    make, rule = UNREADABLE[case]
    path = make(tmp_path)
    before = await _public_state(site)
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
    assert await _public_state(site) == before


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("plans.csv", JAPANESE_ROWS.encode("cp932") + b"\x81 \n", "encoding"),
        ("plans.csv", JAPANESE_ROWS.encode("utf-16-le"), "encoding"),
        ("plans.csv", b"\x00\x01\x02\x03" * 100, "header-unknown"),
        ("plans.csv", "題名\n\n".encode() + JAPANESE_ROWS.encode(), "header-unknown"),
        ("plans.csv", f"{PLANS[0]}\n".encode(), "no-rows"),
    ],
)
def test_a_faulty_csv_alone_gives_a_report(
    site: Installation, tmp_path: Path, shisaku: Shisaku, name: str, content: bytes, rule: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    report = shisaku(site.settings.data_dir, "check", path, "--schema", "plan-plans", "--json")
    assert report.status == 1
    assert rule in report.as_json()["counts"]


@pytest.mark.parametrize(
    "schema", ["plan-nothing", "plan-plans/9.9.9", "../../catalog", "plan-plans/../1.0.0", ""]
)
def test_an_unknown_schema_is_named(
    site: Installation, tmp_path: Path, shisaku: Shisaku, schema: str
) -> None:
    path = tmp_path / "plans.csv"
    path.write_bytes(JAPANESE_ROWS.encode())
    checked = shisaku(site.settings.data_dir, "check", path, "--schema", schema)
    assert checked.status == 2
    assert "受け取れません（schema-missing）" in checked.out


def test_a_file_whose_name_is_not_utf8_does_not_stop_the_command(
    site: Installation, tmp_path: Path, shisaku: Shisaku
) -> None:
    folder = tmp_path / "sample-plan"
    folder.mkdir()
    for name, content in package_files().items():
        (folder / name).write_bytes(content)
    Path(
        str(folder).encode().decode() + "/" + b"\x95\x5c.txt".decode("utf-8", "surrogateescape")
    ).write_bytes(b"x")
    checked = shisaku(site.settings.data_dir, "check", folder)
    assert checked.status in (0, 1, 2)
    assert COUNTS.search(checked.out)


def test_a_zip_with_a_comment_or_a_64_bit_end_is_read(
    site: Installation, tmp_path: Path, shisaku: Shisaku
) -> None:
    path = _patched(_move_end)(tmp_path)
    assert shisaku(site.settings.data_dir, "check", path).status == 0
    path = zip_files(tmp_path / "upload.zip", package_files())
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = "見本".encode()
    assert shisaku(site.settings.data_dir, "check", path).status == 0


def test_a_package_sent_again_after_another_is_the_newest_draft_again(
    tmp_path: Path, shisaku: Shisaku
) -> None:
    first = zip_files(tmp_path / "first.zip", package_files())
    second = zip_files(tmp_path / "second.zip", package_files(title="別の題名"))

    def load(path: Path) -> Any:  # noqa: ANN401  # JSON values
        return shisaku(tmp_path / "data", "load", path, "--json").as_json()["is_new"]

    assert [load(path) for path in (first, first, second, first, first)] == [True, False, True, True, False]


def test_names_in_the_form_of_macos_and_in_the_code_of_windows_are_found(
    site: Installation, tmp_path: Path, shisaku: Shisaku
) -> None:
    resources = json.loads(package_files()["datapackage.json"])["resources"]
    decomposed = "計画テ\u3099ータ.csv"
    resources[0]["path"] = decomposed
    resources[1]["path"] = "体系表.csv"
    files = package_files(resources=resources)
    renamed = {decomposed: files.pop("plans.csv"), **files}
    goals = renamed.pop("goals.csv")
    path = zip_files(tmp_path / "upload.zip", renamed)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo("?" * 10), goals)
    content = path.read_bytes().replace(b"?" * 10, "体系表.csv".encode("cp932"))
    path.write_bytes(content)
    checked = shisaku(site.settings.data_dir, "check", path)
    assert "問題はありません" in checked.out
    assert checked.status == 0


def test_a_list_as_deep_as_can_be_read_is_reported(site: Installation, tmp_path: Path) -> None:
    for depth in range(820, 1000, 3):
        nested = b'{"resources": [1], "title": ' + b"[" * depth + b"]" * depth + b"}"
        checked = _check(site, zip_files(tmp_path / f"{depth}.zip", _with_descriptor(nested)))
        assert checked is None or checked.report.is_blocked


def test_what_a_zip_unpacks_to_is_bounded_however_often_it_names_a_file(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", bundled=False, max_archive_bytes=2_000_000)
    opened = open_installation(settings, served_at=BASE)
    resource = {"path": "plans.csv", "schema": "schemas/plan-plans/1.0.0.json"}
    resources = [{**resource, "name": f"table-{number}"} for number in range(20)]
    files = package_files(resources=resources)
    rows = "".join(f"{PLANS[1]}\n" for _ in range(5_000))
    path = zip_files(tmp_path / "upload.zip", {**files, "plans.csv": f"{PLANS[0]}\n{rows}".encode()})
    with opened.folder.scratch() as scratch:
        received = receive_path(path, scratch, settings)
        with contextlib.suppress(RefusedUpload):
            check_upload(opened, received, scratch)
        unpacked = sum(file.stat().st_size for file in scratch.glob("table-*.csv"))
    opened.close()
    assert unpacked <= settings.max_archive_bytes


def _endless_directory(folder: Path) -> Path:
    """Write a zip that is nothing but a central directory: 650,000 folders in 35 MB."""
    entry = b"PK\x01\x02" + struct.pack("<6H3I5H2I", 20, 20, 0, 0, 0, 33, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0)
    directory = b"".join(entry + b"%06d/" % number for number in range(650_000))
    path = folder / "upload.zip"
    end = struct.pack("<4H2IH", 0, 0, 65535, 65535, len(directory), 4, 0)
    path.write_bytes(b"PK\x03\x04" + directory + b"PK\x05\x06" + end)
    return path


def _endless_row(folder: Path) -> Path:
    """Write a CSV with a good header and one row of five million cells."""
    path = folder / "plans.csv"
    with path.open("wb") as file:
        file.write(f"{PLANS[0]}\n".encode())
        file.write("あ,".encode() * 5_000_000)
    return path


def _endless_cell(folder: Path) -> Path:
    path = folder / "plans.csv"
    with path.open("wb") as file:
        file.write(f'{PLANS[0]}\n"'.encode())
        for _ in range(60):
            file.write("あ".encode() * 1_000_000)
    return path


@pytest.mark.parametrize(
    ("make", "status"),
    [(_endless_directory, 2), (_endless_row, 1), (_endless_cell, 1)],
    ids=["directory", "row", "cell"],
)
def test_memory_stays_bounded(tmp_path: Path, shisaku_process: Shisaku, make: Make, status: int) -> None:
    path = make(tmp_path)
    options = ("--schema", "plan-plans") if path.suffix == ".csv" else ()
    checked = shisaku_process(tmp_path / "data", "check", path, *options)
    assert checked.status == status, checked.err
    assert COUNTS.search(checked.out)
    assert checked.peak_bytes < MAX_PEAK_BYTES


def _check(site: Installation, path: Path) -> Checked | None:
    with site.folder.scratch() as scratch:
        try:
            checked = check_upload(site, receive_path(path, scratch, site.settings), scratch)
        except RefusedUpload as refused:
            assert refused.mend
            return None
    json.dumps(checked.report.as_json(), ensure_ascii=False).encode()
    return checked


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
    ),
    max_leaves=8,
)
PROPERTIES = st.sampled_from(
    ["name", "title", "title_en", "description", "publisher", "local_government_code", "keywords", "themes"]
) | st.sampled_from(["temporal", "frequency", "contact", "licenses", "sources", "unofficial", "resources"])
UNHURRIED = run_with(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@UNHURRIED
@given(st.dictionaries(PROPERTIES, JSON, min_size=1, max_size=3))
def test_whatever_a_descriptor_says_is_reported_and_nothing_breaks(
    site: Installation, tmp_path: Path, properties: dict[str, Any]
) -> None:
    _check(site, zip_files(tmp_path / "upload.zip", package_files(**properties)))


@UNHURRIED
@given(
    st.sampled_from(["name", "path", "title", "description", "schema", "encoding"]),
    JSON,
)
def test_whatever_a_resource_says_is_reported_and_nothing_breaks(
    site: Installation, tmp_path: Path, key: str, value: object
) -> None:
    checked = _check(site, zip_files(tmp_path / "upload.zip", _with_resource(**{key: value})))
    assert checked is not None


GOOD_ZIP = io.BytesIO()
with zipfile.ZipFile(GOOD_ZIP, "w", zipfile.ZIP_DEFLATED) as _archive:
    for _name, _content in package_files().items():
        _archive.writestr(zipfile.ZipInfo(_name), _content, zipfile.ZIP_DEFLATED)


@UNHURRIED
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD_ZIP.getvalue()) - 1), st.integers(0, 255)), min_size=1, max_size=4
    )
)
def test_a_zip_with_wrong_bytes_is_refused_or_reported_and_nothing_breaks(
    site: Installation, tmp_path: Path, spots: list[tuple[int, int]]
) -> None:
    content = bytearray(GOOD_ZIP.getvalue())
    for place, value in spots:
        content[place] = value
    path = tmp_path / "upload.zip"
    path.write_bytes(bytes(content))
    with site.folder.scratch() as scratch:
        try:
            received = receive_path(path, scratch, site.settings)
            check_upload(site, received, scratch, schema_name="plan-plans")
        except RefusedUpload as refused:
            assert refused.mend


@UNHURRIED
@given(st.binary(max_size=60), st.integers(0, len(JAPANESE_ROWS.encode())))
def test_a_csv_with_any_bytes_in_it_is_reported_and_nothing_breaks(
    site: Installation, tmp_path: Path, data: bytes, place: int
) -> None:
    rows = JAPANESE_ROWS.encode()
    files = _with_bytes("plans.csv", rows[:place] + data + rows[place:])
    assert _check(site, zip_files(tmp_path / "upload.zip", files)) is not None


@pytest.mark.parametrize("name", [BUNDLED.name, f" {BUNDLED.name} ", "", " ", "a\x1b[2J", "\udcff"])
def test_nobody_acts_as_the_system_or_without_a_name(
    site: Installation, tmp_path: Path, shisaku: Shisaku, name: str
) -> None:
    path = zip_files(tmp_path / "upload.zip", package_files())
    assert shisaku(site.settings.data_dir, "load", path, "--as", name).status == 2
