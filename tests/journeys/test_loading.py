from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.model.actor import BUNDLED
from app.storage.installation import Installation
from tests.journeys.bad_files import COUNTS
from tests.journeys.conftest import Shisaku, package_files, zip_files


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


@pytest.mark.parametrize("name", [BUNDLED.name, f" {BUNDLED.name} ", "", " ", "a\x1b[2J", "\udcff"])
def test_nobody_acts_as_the_system_or_without_a_name(
    site: Installation, tmp_path: Path, shisaku: Shisaku, name: str
) -> None:
    path = zip_files(tmp_path / "upload.zip", package_files())
    assert shisaku(site.settings.data_dir, "load", path, "--as", name).status == 2
