from __future__ import annotations

from pathlib import Path

from tests.conftest import write_package
from tests.journeys.conftest import Shisaku


def test_verify_and_sweep_say_what_they_found(tmp_path: Path, shisaku: Shisaku) -> None:
    data, package = tmp_path / "data", write_package(tmp_path, "sample-plan")
    assert shisaku(data, "load", package).status == 0
    assert shisaku(data, "approve", "sample-plan").status == 0
    fine = shisaku(data, "verify", "--json")
    assert (fine.status, fine.as_json()["faults"], fine.as_json()["versions"]) == (0, [], 1)
    assert "誤りは0件" in shisaku(data, "verify").out
    assert "使われていないファイル0個" in shisaku(data, "sweep").out
    next((data / "blobs").glob("*/*")).unlink()
    broken = shisaku(data, "verify", "--json")
    assert (broken.status, [fault["kind"] for fault in broken.as_json()["faults"]]) == (1, ["missing"])
    assert "missing: " in shisaku(data, "verify").out


def test_a_backup_is_made_and_restored_by_command(tmp_path: Path, shisaku: Shisaku) -> None:
    data, package = tmp_path / "data", write_package(tmp_path, "sample-plan")
    assert shisaku(data, "load", package).status == 0
    assert shisaku(data, "approve", "sample-plan").status == 0
    made = shisaku(data, "backup", tmp_path / "backup.tar")
    assert (made.status, made.err) == (0, "")
    assert shisaku(data, "backup", tmp_path / "backup.tar").status == 2
    assert shisaku(tmp_path / "other", "restore", tmp_path / "backup.tar").status == 0
    assert shisaku(tmp_path / "other", "restore", tmp_path / "backup.tar").status == 2
    old, new = (shisaku(folder, "verify", "--json") for folder in (data, tmp_path / "other"))
    assert (new.status, new.as_json()) == (0, old.as_json())
    assert shisaku(data, "restore-version", "sample-plan", "1").status == 0
    assert "第2版" in shisaku(data, "jobs", "--all").out
    refused = shisaku(data, "move", "--to-database", "nonsense", "--to-files", "s3://bucket")
    assert (refused.status, "SHISAKU_DATABASE_URL" in refused.err) == (2, True)
