"""The vocabularies of `vocab/`, as files to read."""

from __future__ import annotations

from typing import Any

from app.errors import DistributionNotFound
from app.formats.template import write_template_csv, write_template_xlsx
from app.model.distribution import find_format
from app.serve.catalogue import Reader

_MEDIA_TYPES = {".ttl": "text/turtle; charset=utf-8", ".csv": "text/csv; charset=utf-8"}


def read_vocabulary(reader: Reader, file_name: str, folder_name: str = "") -> tuple[bytes, str]:
    """Return a file of `vocab/`, or of a folder in it, and its media type; raises DistributionNotFound."""
    folder = reader.installation.settings.vocab_dir / folder_name
    found = next((path for path in folder.iterdir() if path.is_file() and path.name == file_name), None)
    if found is None or found.suffix not in _MEDIA_TYPES:
        raise DistributionNotFound(f"vocab/{file_name}")
    return found.read_bytes(), _MEDIA_TYPES[found.suffix]


def make_template(reader: Reader, name: str, version: str, suffix: str) -> tuple[bytes, str]:
    """Return an empty file of a schema to fill in, `csv` or `xlsx`, and its media type.

    Raises SchemaNotFound; DistributionNotFound for another suffix.
    """
    schema = reader.schemas.get_schema(name, version)
    writers = {"csv": write_template_csv, "xlsx": write_template_xlsx}
    form = find_format(suffix)
    if form is None or suffix not in writers:
        raise DistributionNotFound(f"schemas/{name}/{version}/template.{suffix}")
    return writers[suffix](schema), form.media_type


def list_schemas(reader: Reader) -> list[dict[str, Any]]:
    """Return every Table Schema: its name, title, and the address of each version, oldest first."""
    return [
        {
            "name": name,
            "title": reader.schemas.get_schema(name).title,
            "versions": {version: f"{reader.base}/schemas/{name}/{version}.json" for version in versions},
        }
        for name, versions in reader.schemas.versions.items()
    ]
