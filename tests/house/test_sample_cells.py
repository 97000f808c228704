from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter

from app.settings import HOUSE

FOLDERS = sorted(path.parent for path in (HOUSE / "datasets").glob("*/datapackage.json"))


def run_sample_cells(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, HOUSE / "scripts" / "sample_cells", *arguments],
        env={**os.environ, "PYTHONPATH": str(HOUSE), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
    )


def test_the_sample_is_large_the_same_each_time_and_of_every_package() -> None:
    done = run_sample_cells()
    header, *lines = (line.split("\t") for line in done.stdout.splitlines())
    assert header == ["dataset", "table", "ID", "column", "value"]
    assert len(lines) >= 60
    counts = Counter(line[0] for line in lines)
    assert sorted(counts) == [folder.name for folder in FOLDERS]
    assert len(set(counts.values())) == 1
    assert run_sample_cells().stdout == done.stdout
    assert run_sample_cells("--seed", "1").stdout != done.stdout


def test_every_cell_of_the_sample_stands_in_its_table() -> None:
    _, *lines = (line.split("\t") for line in run_sample_cells("--count", "200").stdout.splitlines())
    for dataset, table, identifier, column, value in lines:
        with (HOUSE / "datasets" / dataset / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            (row,) = (row for row in csv.DictReader(file) if row["ID"] == identifier)
        assert row[column].replace("\n", "⏎") == value


def test_a_package_that_is_not_there_is_told() -> None:
    done = run_sample_cells("nothing")
    assert (done.returncode, done.stdout) == (2, "")
