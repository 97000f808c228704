from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import SKOS, Graph

from app.cli.serve import list_bundled
from app.ingest.accept import check_upload
from app.ingest.receive import receive_path
from app.model.report import Report
from app.publish.submit import submit_version
from app.settings import HOUSE, Settings
from app.storage.installation import Installation, open_installation
from app.storage.versions import find_newest_version
from app.vocabulary.status import find_schedule_codes, read_status_rules
from tests.conftest import BASE, STAFF, START, load_folder

FOLDERS = list_bundled(HOUSE / "datasets")
SCHEDULES = [folder / "schedule.csv" for folder in FOLDERS if (folder / "schedule.csv").exists()]
RULES = read_status_rules(HOUSE / "vocab" / "status_rules.csv")
PAPER = (HOUSE / "datasets" / "README.md").read_text(encoding="utf-8")


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_section(name: str) -> str:
    """Return what datasets/README.md says of one package."""
    return PAPER.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def read_notations() -> dict[str, str]:
    """Return the Japanese label of every status by its code."""
    graph = Graph().parse(HOUSE / "vocab" / "status.ttl")
    return {
        str(code): str(label)
        for concept, code in graph.subject_objects(SKOS.notation)
        for label in graph.objects(concept, SKOS.prefLabel)
        if getattr(label, "language", "") == "ja"
    }


def run_fill_status(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, HOUSE / "scripts" / "fill_status", folder],
        env={**os.environ, "PYTHONPATH": str(HOUSE), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
    )


def test_there_is_nothing_in_datasets_but_packages_and_their_paper() -> None:
    assert sorted(path.name for path in (HOUSE / "datasets").iterdir()) == sorted(
        ["README.md", *sorted(folder.name for folder in FOLDERS)]
    )


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation to which all bundled packages were sent, one after the other, as at a first start."""
    data_dir = tmp_path_factory.mktemp("bundled")
    opened = open_installation(Settings(data_dir=data_dir, public_url=BASE), served_at=BASE)
    for folder in FOLDERS:
        submit_version(opened, STAFF, load_folder(opened, folder).name, START)
    yield opened
    opened.close()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_bundled_package_has_no_finding(submitted: Installation, tmp_path: Path, folder: Path) -> None:
    with submitted.database.reading() as session:
        stored = find_newest_version(session, folder.name)
    assert stored is not None
    assert Report.from_json(json.loads(stored.version.report)).total == 0
    received = receive_path(folder, tmp_path, submitted.settings)
    checked = check_upload(submitted, received, tmp_path)
    assert checked.report.findings == ()
    assert checked.report.total == 0
    assert checked.name == folder.name
    assert {f"{table.name}.csv" for table in checked.tables} == {path.name for path in folder.glob("*.csv")}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_paper_counts_the_rows_of_every_table(folder: Path) -> None:
    counted = re.findall(r"^\| `([a-z]+)` \| ([0-9]+) \|", read_section(folder.name), re.MULTILINE)
    assert sorted(counted) == sorted((path.stem, str(len(read_rows(path)))) for path in folder.glob("*.csv"))


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda path: path.parent.name)
def test_status_is_what_the_rules_give(schedule: Path) -> None:
    wrong = [
        (row["ID"], row["状態"], codes)
        for row in read_rows(schedule)
        if row["状態"] != (codes := ";".join(find_schedule_codes(row["取組"], row["内容"], RULES)))
    ]
    assert wrong == []


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda path: path.parent.name)
def test_fill_status_finds_nothing_to_change_and_knows_every_text(schedule: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(schedule, tmp_path))
    done = run_fill_status(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert copy.read_bytes() == schedule.read_bytes()


def test_fill_status_rewrites_the_column_and_tells_what_it_does_not_know(tmp_path: Path) -> None:
    schedule = tmp_path / "schedule.csv"
    schedule.write_text("ID,取組,内容,状態,備考\na,,実施,,\nb,窓口,未定,trial,\n", encoding="utf-8")
    done = run_fill_status(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (1, "窓口: 未定\n", "")
    assert [row["状態"] for row in read_rows(schedule)] == ["implementation", ""]


def test_every_code_of_rules_and_data_is_a_status_and_no_phase() -> None:
    codes = {code for code in RULES.codes.values() if code}
    for schedule in SCHEDULES:
        codes |= {code for row in read_rows(schedule) for code in row["状態"].split(";") if code}
    statuses = {code for code in read_notations() if not code.startswith("phase-")}
    assert codes <= statuses


def test_the_data_model_names_every_status_with_its_label() -> None:
    paper = (HOUSE / "docs" / "data-model.md").read_text(encoding="utf-8")
    written = {code: label for label, code in re.findall(r"^\| (\S+) `(phase-\w+)` \|", paper, re.MULTILINE)}
    written |= dict(re.findall(r"`([a-z]+)` ([^\s,|]+)(?=[,\s])", paper.partition("| Phase |")[2]))
    assert {code: written.get(code) for code in read_notations()} == read_notations()


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda path: path.parent.name)
def test_the_paper_names_every_inferred_line(schedule: Path) -> None:
    _, _, section = read_section(schedule.parent.name).partition("(推定)")
    written = {
        f"{schedule.parent.name}-{measure}/{line.strip()}"
        for measure, lines in re.findall(r"^\| `(m[0-9]+)` \| ([0-9, ]+) \|", section, re.MULTILINE)
        for line in lines.split(",")
    }
    assert written == {
        f"{row['施策_ID']}/{row['行']}" for row in read_rows(schedule) if row["読取"] == "推定"
    }
