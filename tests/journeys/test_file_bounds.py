from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import pytest

from app.errors import RefusedUpload
from app.ingest.accept import check_upload
from app.ingest.receive import receive_path
from app.settings import Settings
from app.storage.installation import open_installation
from tests.conftest import BASE
from tests.journeys.bad_files import COUNTS, PLANS, Make
from tests.journeys.conftest import Shisaku, package_files, zip_files

MAX_PEAK_BYTES = 400_000_000


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
