"""Table Schemas by name and version: reads vocab/schemas/{name}/{version}.json on need."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

from app.errors import OperatorError, SchemaNotFound
from app.model.table_schema import TableSchema


class SchemaRegistry:
    """All Table Schemas of one vocab folder; each file is read once."""

    def __init__(self, vocab_dir: Path) -> None:
        self._folder = vocab_dir / "schemas"
        self._read: dict[tuple[str, str], TableSchema] = {}

    @cached_property
    def versions(self) -> dict[str, tuple[str, ...]]:
        """Schema names, each with its versions, oldest first."""
        return {
            folder.name: tuple(sorted((path.stem for path in folder.glob("*.json")), key=_version_key))
            for folder in sorted(self._folder.iterdir())
            if folder.is_dir()
        }

    def get_schema(self, name: str, version: str | None = None) -> TableSchema:
        """Return a schema, the newest version unless one is named; raises SchemaNotFound."""
        versions = self.versions.get(name, ())
        wanted = version or (versions[-1] if versions else "")
        if wanted not in versions:
            raise SchemaNotFound(name, version)
        key = (name, wanted)
        if key not in self._read:
            self._read[key] = _read_schema(self._folder / name / f"{wanted}.json")
        return self._read[key]


def _read_schema(path: Path) -> TableSchema:
    try:
        return TableSchema.from_descriptor(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, KeyError, ValueError) as error:
        raise OperatorError(f"スキーマ「{path}」を読み取れません（{error}）。") from error


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
