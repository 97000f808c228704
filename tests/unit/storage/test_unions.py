from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from app.storage.data_folder import DataFolder
from app.storage.unions import UnionStore


class Writer:
    """Writes a text, and counts how often."""

    def __init__(self, text: str) -> None:
        self.count = 0
        self._text = text

    def __call__(self, path: Path) -> None:
        self.count += 1
        path.write_text(self._text)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path)


def list_files(folder: DataFolder) -> list[str]:
    root = folder.root / "unions"
    return sorted(str(path.relative_to(root).parent) for path in root.rglob("*") if path.is_file())


def test_a_file_is_made_once_for_each_key_and_part_whoever_asks(folder: DataFolder) -> None:
    write, other = Writer("a"), Writer("b")
    made = UnionStore(folder).get("measures", "1", "csv", write)
    assert made.path.read_text() == "a"
    assert (made.sha256, made.size) == (hashlib.sha256(b"a").hexdigest(), 1)
    assert UnionStore(folder).get("measures", "1", "csv", write) == made
    assert UnionStore(folder).get("measures", "1", "bom.csv", other).path.read_text() == "b"
    assert (write.count, other.count) == (1, 1)


def test_another_set_takes_the_place_of_the_one_before(folder: DataFolder) -> None:
    store = UnionStore(folder)
    for name, key, part in [("a", "1", "csv"), ("a", "1", "json"), ("b", "1", "csv"), ("a", "2", "csv")]:
        store.get(name, key, part, Writer(f"{name}{key}"))
    assert list_files(folder) == ["a/2/csv", "b/1/csv"]


def test_what_was_left_of_an_earlier_set_goes_when_a_kept_file_is_asked_for(folder: DataFolder) -> None:
    store = UnionStore(folder)
    store.get("a", "2", "csv", Writer("x"))
    (folder.root / "unions" / "a" / "1" / "csv").mkdir(parents=True)
    (folder.root / "unions" / "a" / "1" / "csv" / "stale").write_text("harm")
    store.get("a", "2", "csv", Writer("x"))
    assert list_files(folder) == ["a/2/csv"]


def test_a_failure_keeps_nothing(folder: DataFolder) -> None:
    def fail(path: Path) -> None:
        path.write_text("half")
        raise ValueError("broken")

    store = UnionStore(folder)
    with pytest.raises(ValueError, match="broken"):
        store.get("a", "1", "csv", fail)
    assert list_files(folder) == []
    assert store.get("a", "1", "csv", Writer("whole")).path.read_text() == "whole"


def test_all_can_be_deleted(folder: DataFolder) -> None:
    store = UnionStore(folder)
    store.get("a", "1", "csv", Writer("x"))
    store.clear()
    assert list_files(folder) == []
    store.clear()
