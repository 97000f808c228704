from __future__ import annotations

import re
from pathlib import Path

from app.settings import HOUSE, Settings

DOCUMENT = (HOUSE / "docs" / "settings.md").read_text(encoding="utf-8")


def write_default(value: object) -> str:
    match value:
        case bool():
            return "`yes`" if value else "`no`"
        case Path():
            return f"`{(value.relative_to(HOUSE) if value.is_absolute() else value).as_posix()}`"
        case "":
            return ""
        case _:
            return f"`{value}`"


def test_the_table_has_every_setting_with_its_default_and_meaning_and_no_other() -> None:
    rows = re.findall(r"^\| `(SHISAKU_\w+)` \| (.*?) ?\| (.*) \|$", DOCUMENT, re.MULTILINE)
    assert rows == [
        (f"SHISAKU_{name.upper()}", write_default(field.default), field.description)
        for name, field in Settings.model_fields.items()
    ]


def test_no_paper_names_a_setting_that_is_not_there() -> None:
    known = {f"SHISAKU_{name.upper()}" for name in Settings.model_fields}
    papers = [*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md"), HOUSE / "Dockerfile"]
    named = {
        name
        for paper in papers
        for name in re.findall(r"SHISAKU_[A-Z]+(?:_[A-Z]+)*\b(?!_)", paper.read_text(encoding="utf-8"))
    }
    assert named <= known
