"""Packages: what CKAN's clients read of a release, made once and kept, and searches among them.

A search gives the keys of all matching records in their order; it is kept for its epoch, so that the pages of
one walk are cut from one list and cost what they hold, however many datasets there are.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import DatasetNotFound
from app.formats.ckan import package_dict
from app.formats.json import JsonText, encode_json
from app.model.query import Everything, Query, write_query
from app.serve.catalogue import Reader
from app.storage import matches, releases
from app.storage.matches import SortKey

EVERYTHING = Everything()
_FASTEST = 1


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for: the words of `scored` make the score that `order` may name."""

    query: Query = EVERYTHING
    scored: Query = EVERYTHING
    order: tuple[SortKey, ...] = (SortKey("name"),)


def find_records(reader: Reader, search: Search) -> Sequence[int]:
    """Return the keys of all listed records that match, in order; raises QuerySyntaxError."""
    epoch = reader.answers.epoch(reader.installation, reader.now)
    key = ("records", epoch, write_query(search.query), write_query(search.scored), search.order)
    found: array[int] | None = reader.answers.pieces.find(key)
    if found is None:
        with reader.installation.database.reading() as session:
            found = matches.list_matches(session, search.query, search.order, search.scored, reader.now)
        reader.answers.pieces.keep(key, found, found.itemsize * len(found))
    return found


def count_values(reader: Reader, query: Query, fields: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return how many matching datasets have each value of these fields; raises QuerySyntaxError."""
    epoch = reader.answers.epoch(reader.installation, reader.now)
    key = ("values", epoch, write_query(query), tuple(fields))
    found: dict[str, dict[str, int]] | None = reader.answers.pieces.find(key)
    if found is None:
        with reader.installation.database.reading() as session:
            found = matches.count_values(session, query, fields, reader.now)
        reader.answers.pieces.keep(key, found, len(repr(found)))
    return found


def load_packages(reader: Reader, records: Sequence[int]) -> list[JsonText]:
    """Return the packages of listed records, in their order, each as JSON."""
    pieces = reader.answers.pieces
    kept: dict[int, bytes | None] = {record: pieces.find(("package", record)) for record in records}
    missing = [record for record, packed in kept.items() if packed is None]
    if missing:
        with reader.installation.database.reading() as session:
            made = releases.load_listed(session, missing)
        for record, release in made.items():
            text = encode_json(package_dict(release, reader.catalog, reader.base))
            packed = zlib.compress(text.encode(), _FASTEST)
            pieces.keep(("package", record), packed, len(packed))
            kept[record] = packed
    return [JsonText(zlib.decompress(kept[record] or b"").decode()) for record in records]


def load_package(reader: Reader, name: str) -> JsonText:
    """Return the package of a listed dataset, by name or id; raises DatasetNotFound."""
    with reader.installation.database.reading() as session:
        record = releases.find_listed_record(session, name, reader.now)
    if record is None:
        raise DatasetNotFound(name)
    return load_packages(reader, [record])[0]
