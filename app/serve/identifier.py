"""Identifiers of rows: `/id/{kind}/{ID}` leads to the table that holds the row of that ID."""

from __future__ import annotations

from app.errors import DatasetNotFound, DistributionNotFound, GoneError
from app.model.release import Release, ReleasedTable
from app.serve.catalogue import Reader, get_release
from app.serve.rows import list_rows

MAX_PARTS = 20


def get_row_table(reader: Reader, kind: str, identifier: str) -> tuple[Release, ReleasedTable]:
    """Return the release and table that hold a row, by the kind of thing (`idPath`) and the row's ID.

    The IDs of a package begin with its dataset's name, up to a hyphen. Raises DistributionNotFound.
    """
    for name in _possible_names(identifier):
        try:
            release = get_release(reader, name)
        except (DatasetNotFound, GoneError):
            continue
        for table in release.tables:
            schema = reader.schemas.get_schema(table.record.schema_name, table.record.schema_version)
            if schema.id_path != kind:
                continue
            page = list_rows(reader, name, table.record.name, filters={"ID": identifier}, limit=1)
            if page.total:
                return release, table
    raise DistributionNotFound(f"id/{kind}/{identifier}")


def _possible_names(identifier: str) -> list[str]:
    parts = identifier.split("-")[:MAX_PARTS]
    return ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]
