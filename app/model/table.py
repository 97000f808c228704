"""A canonical table: typed rows under a schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.model.table_schema import TableSchema
from app.model.value import Row


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a version.

    `name` is the address part ([a-z0-9_-]+), `title` the Japanese name. `rows()` starts a fresh pass over the
    typed rows, each a tuple in the order of `schema.fields`.
    """

    name: str
    title: str
    description: str
    schema: TableSchema
    row_count: int
    rows: Callable[[], Iterator[Row]]
