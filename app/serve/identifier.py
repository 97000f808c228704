"""Identifiers of rows and departments: each leads to a release that tells of it."""

from __future__ import annotations

from app.errors import DatasetNotFound, DistributionNotFound, GoneError
from app.formats.plan import list_department_fields
from app.model.release import Release, ReleasedTable
from app.serve.catalogue import Reader, get_release, list_releases
from app.serve.rows import list_rows

MAX_PARTS = 20
_PAGE = 20


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


def get_department_release(reader: Reader, code: str, name: str) -> Release:
    """Return the plan, of those that a municipality's department is named in, that changed last.

    `code` is the municipality's six-digit code, `name` the department's as printed. Raises
    DistributionNotFound.
    """
    offset = 0
    while name:
        page = list_releases(reader, municipality=code, offset=offset, limit=_PAGE)
        found = next((release for release in page.items if _names(reader, release, name)), None)
        if found is not None:
            return found
        offset += _PAGE
        if offset >= page.total:
            break
    raise DistributionNotFound(f"id/department/{code}/{name}")


def _names(reader: Reader, release: Release, department: str) -> bool:
    for table in release.tables:
        schema = reader.schemas.get_schema(table.record.schema_name, table.record.schema_version)
        for field in list_department_fields(schema):
            if field.delimiter in department or department != department.strip():  # no cell has such a name
                continue
            filters = {field.name: department}
            if list_rows(reader, release.name, table.record.name, filters=filters, limit=1).total:
                return True
    return False


def _possible_names(identifier: str) -> list[str]:
    parts = identifier.split("-")[:MAX_PARTS]
    return ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]
