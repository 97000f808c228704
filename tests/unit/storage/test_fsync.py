"""What the system is asked for, in order, as strace sees it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import HOUSE

ACTS = """
import sys
from pathlib import Path
from app.settings import Settings
from app.storage.entities import BlobDeletionEntity
from app.storage.installation import open_installation
folder = Path(sys.argv[1])
installation = open_installation(Settings(data_dir=folder / "data"), served_at="http://127.0.0.1:8000")
print("blob", flush=True)
with installation.folder.scratch() as scratch:
    (scratch / "upload").write_bytes(b"content")
    installation.blobs.adopt(scratch / "upload")
print("commit", flush=True)
with installation.database.writing() as session:
    session.add(BlobDeletionEntity(sha256="a"))
print("end", flush=True)
"""
SHA256 = hashlib.sha256(b"content").hexdigest()


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_blob_is_written_synced_renamed_and_its_folder_synced_and_a_commit_is_synced(
    tmp_path: Path,
) -> None:
    log = tmp_path / "strace.log"
    calls = "trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2"
    command = ["strace", "-f", "-y", "-qq", "-s", "200", "-e", calls, "-o", str(log)]
    done = subprocess.run(
        [*command, sys.executable, "-c", ACTS, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(HOUSE)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    _, blob, commit = re.split(r'write\(1<.*?>, "(?:blob|commit)', log.read_text())
    assert [step for step in read_steps(blob, tmp_path) if not step.endswith(".lock")] == [
        "write upload",
        "fsync upload",
        "fsync blobs",
        f"rename {SHA256}",
        f"fsync {SHA256[:2]}",
    ]
    steps = read_steps(commit.partition('"end')[0], tmp_path)
    assert steps[-1] == "sync database.sqlite3-wal"
    assert "write database.sqlite3-wal" in steps[:-1]


def read_steps(log: str, folder: Path) -> list[str]:
    """Return the calls about files in a folder as `fsync name`; equal ones in a row once."""
    steps = []
    for line in log.splitlines():
        if renamed := re.search(r'rename(?:at2?)?\(.*"([^"]+)"[^"]*\) = 0', line):
            steps.append(f"rename {Path(renamed[1]).name}")
        elif found := re.search(rf"(write|pwrite64|fsync|fdatasync)\(\d+<{folder}/([^>]+)>.* = \d+$", line):
            deed = {"pwrite64": "write", "fdatasync": "sync"}.get(found[1], found[1])
            steps.append(f"{deed} {Path(found[2]).name}")
    return [step for place, step in enumerate(steps) if place == 0 or step != steps[place - 1]]
