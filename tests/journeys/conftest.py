from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.settings import HOUSE, Settings
from app.storage.installation import Installation, open_installation
from tests.conftest import BASE, publish_folder, sample_descriptor, sample_tables

Files = dict[str, bytes]


@dataclass(frozen=True)
class Outcome:
    """What a command did: exit status, what it printed, and its peak memory where it was measured."""

    status: int
    out: str
    err: str
    peak_bytes: int = 0

    def as_json(self) -> Any:  # noqa: ANN401  # JSON values
        return json.loads(self.out)


Shisaku = Callable[..., Outcome]


@pytest.fixture
def shisaku(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shisaku:
    """The command, run in this process: the same code without the seconds of a start."""

    def run(data_dir: Path, *arguments: str | Path) -> Outcome:
        monkeypatch.setenv("SHISAKU_DATA_DIR", str(data_dir))
        monkeypatch.setattr(sys, "argv", ["shisaku", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        printed = capsys.readouterr()
        return Outcome(int(stop.value.code or 0), printed.out, printed.err)

    return run


MEASURED = """
import atexit, re, sys
from pathlib import Path
from app.cli import main
target = Path(sys.argv.pop(1))
peak = lambda: re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]
atexit.register(lambda: target.write_text(peak()))
main()
"""
"""The command with its peak memory; a child's `ru_maxrss` would begin with the memory of these tests."""


@pytest.fixture
def shisaku_process(tmp_path: Path) -> Shisaku:
    """The command as a process of its own, with its peak memory."""

    def run(data_dir: Path, *arguments: str | Path) -> Outcome:
        environment = {name: text for name, text in os.environ.items() if not name.startswith("SHISAKU_")}
        environment |= {"SHISAKU_DATA_DIR": str(data_dir)}
        peak = tmp_path / "peak"
        command = [sys.executable, "-c", MEASURED, str(peak), *map(str, arguments)]
        done = subprocess.run(command, cwd=HOUSE, env=environment, capture_output=True, text=True)
        return Outcome(done.returncode, done.stdout, done.stderr, int(peak.read_text()) * 1024)

    return run


def package_files(*, tables: Mapping[str, list[str]] | None = None, **properties: object) -> Files:
    """Return the files of a small, correct package; `tables` and `properties` replace parts of it."""
    lines = {**sample_tables("sample-plan"), **(tables or {})}
    descriptor = {**sample_descriptor("sample-plan", list(lines)), **properties}
    files = {f"{table}.csv": "".join(f"{row}\n" for row in rows).encode() for table, rows in lines.items()}
    return {"datapackage.json": json.dumps(descriptor, ensure_ascii=False).encode(), **files}


def zip_files(path: Path, files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write files as a zip and return its path."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


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
