"""search: what a version under a record can be found by, and the filling of an index that lacks some."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from app.formats.ckan import clean_tags
from app.model.distribution import DATASET_FORMATS, TABLE_FORMATS, find_format
from app.model.record import Record
from app.model.search import SearchEntry, Weight, normalize_words
from app.model.table import Table
from app.storage.deletion import KEEPING_LOCK
from app.storage.entities import RenderingEntity
from app.storage.installation import Installation
from app.storage.search import Unindexed, keep_search_entries, list_unindexed
from app.storage.versions import StoredVersion, get_version, list_renderings
from app.tables.table import open_table
from app.vocabulary.catalog import Catalog

SEARCH_LOCK = "search"
"""Held by the process that fills the index."""

BATCH = 100
"""Records indexed with one commit."""


def make_search_entry(
    installation: Installation,
    stored: StoredVersion,
    record: Record,
    renderings: Iterable[RenderingEntity],
) -> SearchEntry:
    """Return what readers can find a version under a record by: metadata, columns, texts of its rows.

    Of the rows each different text counts once, up to the installation's bound of characters.
    """
    catalog = installation.catalog
    tables = list(_open_tables(installation, stored, record))
    texts = {
        Weight.TITLE: _join([record.title, record.title_en]),
        Weight.KEYWORDS: _join([*record.keywords, stored.dataset.name]),
        Weight.DESCRIPTION: _join([record.description, record.description_en]),
        Weight.COLUMNS: _join(_list_column_texts(record, tables, catalog)),
        Weight.ROWS: _join_within(_list_cell_texts(tables), installation.settings.max_search_characters),
    }
    return SearchEntry(
        {weight: text for weight, text in texts.items() if text},
        tuple(_list_values(record, catalog, renderings)),
    )


def fill_search_index(installation: Installation) -> int:
    """Index all that is rendered and was not indexed yet, as an older release left it; return how many.

    A batch at a time, each with one commit, so that memory is bounded and other writers get their turn.
    """
    filled = last = 0
    with installation.database.hold(SEARCH_LOCK, wait=True):
        while missing := _list_missing(installation, last):
            filled += _index_batch(installation, last)
            last = missing[-1].record_id
    return filled


def _list_missing(installation: Installation, after: int) -> list[Unindexed]:
    with installation.database.reading() as session:
        return list_unindexed(session, after=after, limit=BATCH)


def _index_batch(installation: Installation, after: int) -> int:
    with installation.database.hold(KEEPING_LOCK, wait=True):  # what a withdrawal deletes, it deletes later
        entries = {
            one.record_id: _make_entry(installation, one) for one in _list_missing(installation, after)
        }
        with installation.database.writing() as session:
            still = {one.record_id for one in list_unindexed(session, after=after, limit=BATCH)}
            kept = {record_id: entry for record_id, entry in entries.items() if record_id in still}
            keep_search_entries(session, kept)
    return len(kept)  # not those that were withdrawn meanwhile


def _make_entry(installation: Installation, missing: Unindexed) -> SearchEntry:
    with installation.database.reading() as session:
        stored = get_version(session, missing.dataset, missing.version_id, missing.record_id)
        made = list_renderings(session, stored)
    if stored.revision is None:
        raise ValueError(
            f"version {missing.version_id} of {missing.dataset} has no record {missing.record_id}"
        )
    record = Record.model_validate_json(stored.revision.body)
    return make_search_entry(installation, stored, record, made)


def _open_tables(installation: Installation, stored: StoredVersion, record: Record) -> Iterator[Table]:
    described = {table.name: table for table in record.tables}
    for entity in stored.tables:
        table = described[entity.name]
        schema = installation.schemas.get_schema(table.schema_name, table.schema_version)
        yield open_table(table, schema, entity.row_count, partial(installation.blobs.open, entity.sha256))


def _list_column_texts(record: Record, tables: Iterable[Table], catalog: Catalog) -> Iterator[str]:
    yield catalog.get_organization(record.publisher).title
    municipality = catalog.find_municipality(record.local_government_code)
    if municipality:
        yield municipality.title
    for table in tables:
        yield table.title
        yield table.description
        yield from table.schema.field_names


def _list_cell_texts(tables: Iterable[Table]) -> Iterator[str]:
    for table in tables:
        for row in table.rows():
            for value in row:
                if isinstance(value, str):
                    yield value
                elif isinstance(value, tuple):
                    yield from value


def _list_values(
    record: Record, catalog: Catalog, renderings: Iterable[RenderingEntity]
) -> Iterator[tuple[str, str]]:
    publisher = catalog.get_organization(record.publisher)
    yield "organization", publisher.name
    yield "owner_org", publisher.id
    yield "author", publisher.title
    yield "maintainer", record.contact.name
    yield "title_string", record.title
    yield "license_id", record.license
    yield "local_government_code", record.local_government_code
    for tag in clean_tags(record.keywords):
        yield "tags", tag
    for code in record.themes:
        theme = catalog.find_theme(code)
        if theme:
            yield "groups", theme.name
    for rendering in renderings:
        format_ = find_format(rendering.format, TABLE_FORMATS + DATASET_FORMATS)
        if format_ and format_.listed:
            yield "res_format", format_.label


def _join(texts: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(filter(None, map(normalize_words, texts))))


def _join_within(texts: Iterable[str], max_characters: int) -> str:
    seen: set[str] = set()
    kept: dict[str, None] = {}
    for text in texts:
        if text in seen:
            continue
        words = normalize_words(text)
        if not words or words in kept:
            continue
        max_characters -= len(words)
        if max_characters < 0:
            break
        seen.add(text)
        kept[words] = None
    return "\n".join(kept)
