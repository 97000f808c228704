"""Formats and distributions: one table in one format, under a fixed address."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

NAMESPACE = uuid.UUID("7e3f6c52-5a0e-5e0b-9d5c-0a4b7f2f6b1e")
"""Constant: every id of ours is a UUIDv5 under it."""


@dataclass(frozen=True, slots=True)
class Format:
    """A representation of a table or of a whole dataset.

    `suffix` is the end of the address without its first dot and the format's name everywhere; `renderer` is
    raised when the same input would give other bytes; `label` is CKAN's format word; `file_type` is a code of
    the EU table file-type; `listed` says whether records and feeds name it (CSV, XLSX, JSON, the zip and the
    graph); `inside` says that the address of a whole dataset's format lies below the dataset's page.
    """

    suffix: str
    title: str
    media_type: str
    label: str
    file_type: str
    renderer: int
    listed: bool = False
    inside: bool = False


TABLE_FORMATS: tuple[Format, ...] = (
    Format("csv", "CSV（UTF-8）", "text/csv; charset=utf-8", "CSV", "CSV", 1, listed=True),
    Format("bom.csv", "CSV（UTF-8 BOM付き、Excel向け）", "text/csv; charset=utf-8", "CSV", "CSV", 1),
    Format("sjis.csv", "CSV（Shift_JIS）", "text/csv; charset=shift_jis", "CSV", "CSV", 1),
    Format(
        "xlsx",
        "Excel（XLSX）",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "XLSX",
        "XLSX",
        1,
        listed=True,
    ),
    Format("json", "JSON", "application/json; charset=utf-8", "JSON", "JSON", 1, listed=True),
    Format("jsonl", "JSON Lines", "application/jsonl; charset=utf-8", "JSONL", "JSON", 1),
    Format("jsonld", "JSON-LD", "application/ld+json; charset=utf-8", "JSON-LD", "JSON_LD", 1),
    Format("parquet", "Parquet", "application/vnd.apache.parquet", "PARQUET", "PARQUET", 1),
    Format(
        "csv-metadata.json", "CSVWメタデータ", "application/csvm+json; charset=utf-8", "JSON", "JSON_LD", 1
    ),
)
"""Every format of a table, in the order in which pages name them."""

PLAN_FORMATS: tuple[Format, ...] = (
    Format(
        "plan.ttl",
        "計画のグラフ（RDF、Turtle）",
        "text/turtle; charset=utf-8",
        "TTL",
        "RDF_TURTLE",
        1,
        listed=True,
        inside=True,
    ),
    Format(
        "plan.jsonld",
        "計画のグラフ（RDF、JSON-LD）",
        "application/ld+json; charset=utf-8",
        "JSON-LD",
        "JSON_LD",
        1,
        inside=True,
    ),
    Format(
        "plan.stratml.xml",
        "計画の体系と施策（StratML）",
        "application/xml; charset=utf-8",
        "XML",
        "XML",
        1,
        inside=True,
    ),
)
"""Formats of a whole dataset that only plans have."""

DATASET_FORMATS: tuple[Format, ...] = (
    Format("zip", "Data Package（ZIP）", "application/zip", "ZIP", "ZIP", 1, listed=True),
    Format(
        "nt", "DCAT（N-Triples）", "application/n-triples; charset=utf-8", "N-TRIPLES", "RDF_N_TRIPLES", 2
    ),
    *PLAN_FORMATS,
)
"""Formats of a whole dataset that are stored; `nt` is the stored form of the DCAT record."""

ROW_FILE = Format("rows", "行ファイル（SQLite）", "application/vnd.sqlite3", "", "", 1)
"""The rendering of a table that answers questions about its rows; never a distribution, never sent."""


def find_format(suffix: str, formats: tuple[Format, ...] = TABLE_FORMATS) -> Format | None:
    """Return the format of that suffix, or None."""
    return next((entry for entry in formats if entry.suffix == suffix), None)


@dataclass(frozen=True, slots=True)
class Loss:
    """Characters of one cell that an encoding cannot hold; `row` counts the header as row 1."""

    row: int
    column: str
    characters: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """A stored rendering as readers see it.

    `table` is empty for formats of the whole dataset. `id` is the CKAN resource id: UUIDv5 of (dataset,
    table, format). `size` is in bytes; `sha256` in hex; `losses` lists the first cells that the format cannot
    hold and `loss_count` counts all.
    """

    dataset: str
    table: str
    format: Format
    sha256: str
    size: int
    losses: tuple[Loss, ...] = field(default=())
    loss_count: int = 0

    @property
    def id(self) -> str:
        """The resource id."""
        return str(uuid.uuid5(NAMESPACE, f"{self.dataset}/{self.table}.{self.format.suffix}"))

    @property
    def file_name(self) -> str:
        """The file's name, which is also the end of its address."""
        return f"{self.table or self.dataset}.{self.format.suffix}"

    @property
    def path(self) -> str:
        """The address of the current version, from the root: `/dataset/{name}/{table}.{suffix}`."""
        if self.table:
            return f"/dataset/{self.dataset}/{self.file_name}"
        return f"/dataset/{self.dataset}{'/' if self.format.inside else '.'}{self.format.suffix}"


def dataset_id(name: str) -> str:
    """Return the UUIDv5 of a dataset name: the CKAN package id."""
    return str(uuid.uuid5(NAMESPACE, name))
