from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from app.checks.metadata import FREQUENCIES
from app.ingest.accept import check_upload
from app.ingest.receive import receive_path
from app.settings import HOUSE
from app.storage.installation import Installation

DOCUMENT = (HOUSE / "docs" / "ja" / "metadata.md").read_text(encoding="utf-8")
EXAMPLE = json.loads(DOCUMENT.partition("```json\n")[2].partition("```")[0])
PARTS = {part.partition("\n")[0]: part for part in DOCUMENT.split("\n## ")}


def list_codes(title: str) -> list[str]:
    """Return what stands in the first column of the table under a heading."""
    return re.findall(r"^\| `([^`]+)` \|", PARTS[title], re.MULTILINE)


def test_the_example_is_clean(
    installation: Installation, make_package: Callable[..., Path], tmp_path: Path
) -> None:
    folder = make_package(**EXAMPLE)
    received = receive_path(folder, tmp_path, installation.settings)
    checked = check_upload(installation, received, tmp_path)
    assert checked.report.findings == ()
    assert checked.record is not None
    assert checked.record.publisher == EXAMPLE["publisher"]


def test_the_example_and_the_bundled_packages_use_every_property_that_is_described_and_no_other() -> None:
    described = list_codes("データセットの項目")
    assert sorted(EXAMPLE) == sorted(described)
    for path in (HOUSE / "datasets").glob("*/datapackage.json"):
        assert set(json.loads(path.read_text(encoding="utf-8"))) <= {"$schema", *described}


def test_the_example_shows_every_property_of_a_table() -> None:
    assert sorted(EXAMPLE["resources"][-1]) == sorted(list_codes("表の項目"))


def test_the_codes_are_those_that_the_check_takes(installation: Installation) -> None:
    catalog = installation.catalog
    assert sorted(list_codes("更新頻度")) == sorted(FREQUENCIES)
    assert list_codes("分野") == [theme.eu_code for theme in catalog.themes.values()]
    assert list_codes("ライセンス") == list(catalog.licenses)
