from __future__ import annotations

import csv

from app.settings import HOUSE

VOCAB = HOUSE / "vocab"


def read_sources() -> list[dict[str, str]]:
    with (VOCAB / "SOURCES.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_sources_names_every_file_of_vocab_once_in_order_and_no_other() -> None:
    files = [path.relative_to(VOCAB).as_posix() for path in VOCAB.rglob("*") if path.is_file()]
    assert [row["file"] for row in read_sources()] == sorted(files)


def test_every_file_has_a_source_and_a_licence() -> None:
    assert all(row["source"] and row["licence"] for row in read_sources())
