from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from app.settings import HOUSE

TOP_LEVEL = {
    *("app", "catalog", "datasets", "docs", "scripts", "tests", "vocab"),
    *("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "Dockerfile"),
    *("pyproject.toml", "requirements.lock", "requirements-dev.lock"),
}
IGNORED = [
    line.strip("/") for line in (HOUSE / ".gitignore").read_text(encoding="utf-8").splitlines() if line
]
FORBIDDEN = {  # no pattern matches its own text, so that this file passes as well
    "the host of a registry": re.compile(
        r"(?i)py(?:pi)\.org|python(?:hosted)\.org|npm(?:js)\.(?:org|com)|(?:docker|ghcr|quay)\.(?:io)"
    ),
    "an option that names a registry": re.compile(r"--(?:extra-)?index-(?:url)|--find-(?:links)"),
    "the path of one machine": re.compile(r"(?<![\w.~:$}-])/(?:work|home|root|Users|opt)/\w"),
    "a folder outside the repository": re.compile(r"(?:\.{2})/shared\b"),
}


def is_ignored(path: Path) -> bool:
    return any(fnmatch(part, pattern) for part in path.relative_to(HOUSE).parts for pattern in IGNORED)


def list_files() -> Iterator[Path]:
    """Yield the repository's own files: neither git's, nor what .gitignore names."""
    for entry in HOUSE.iterdir():
        if entry.name == ".git" or is_ignored(entry):
            continue
        for path in [entry] if entry.is_file() else entry.rglob("*"):
            if path.is_file() and not is_ignored(path):
                yield path


def test_the_top_level_holds_nothing_else() -> None:
    names = {entry.name for entry in HOUSE.iterdir() if not is_ignored(entry)}
    assert {name for name in names if not name.startswith(".")} == TOP_LEVEL


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_mentions(what: str) -> None:
    found = [
        f"{path.relative_to(HOUSE)}: {match[0]}"
        for path in list_files()
        if (match := FORBIDDEN[what].search(path.read_text(encoding="utf-8", errors="replace")))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "parts"),
    [
        ("the host of a registry", ("https://py", "pi.org/simple/")),
        ("the host of a registry", ("FROM docker.", "io/library/python")),
        ("an option that names a registry", ("pip install --extra-index", "-url x")),
        ("the path of one machine", ("see /ho", "me/someone/file")),
        ("the path of one machine", ("file:///o", "pt/simple")),
        ("a folder outside the repository", ("../sha", "red/seeds")),
    ],
)
def test_each_pattern_finds_what_it_is_for(what: str, parts: tuple[str, str]) -> None:
    assert FORBIDDEN[what].search("".join(parts))


def test_links_between_papers_lead_somewhere() -> None:
    papers = [path for path in list_files() if path.suffix == ".md"]
    links = [
        (paper, link)
        for paper in papers
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", paper.read_text(encoding="utf-8"))
    ]
    assert links
    assert [f"{paper.name}: {link}" for paper, link in links if not (paper.parent / link).exists()] == []


def test_the_image_runs_the_command_of_scripts_serve() -> None:
    *_, command = (HOUSE / "scripts" / "serve").read_text(encoding="utf-8").splitlines()
    *_, last = (HOUSE / "Dockerfile").read_text(encoding="utf-8").splitlines()
    served = json.loads(last.removeprefix("CMD "))
    assert command == f'exec .venv/bin/{" ".join(served[:4])} "$@"'
    assert served[4::2] == ["--host", "--port"]


def test_the_image_gets_every_file_that_it_copies() -> None:
    lines = (HOUSE / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]}
    allowed = {
        line.removeprefix("!")
        for line in (HOUSE / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    assert copied == allowed
