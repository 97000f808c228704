"""Table Schema (Frictionless Data Package 2.0) as frozen values.

A descriptor may carry properties of ours: `title_en`, `rdfType` and `idPath` on the schema (class of a row,
and the path part of its identifier `/id/{idPath}/{ID}`); `title_en`, `rdfProperty`, `mark` (必須, 推奨 or
任意, as the standard's sheet says) and `gifTerm` on a field.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


class FieldType(StrEnum):
    """Types that we publish; a subset of Table Schema's."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    YEARMONTH = "yearmonth"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, type and constraints; `mark` and `example` are empty where none is known."""

    name: str
    type: FieldType
    title: str
    title_en: str = ""
    description: str = ""
    required: bool = False
    unique: bool = False
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    delimiter: str = ";"
    rdf_property: str | None = None
    mark: str = ""
    example: str = ""
    gif_term: str = ""

    @classmethod
    def from_descriptor(cls, descriptor: dict[str, Any]) -> Self:
        """Read a field descriptor; raises KeyError or ValueError if it isn't one."""
        rules = descriptor.get("constraints", {})
        return cls(
            name=descriptor["name"],
            type=FieldType(descriptor.get("type", "string")),
            title=descriptor.get("title", descriptor["name"]),
            title_en=descriptor.get("title_en", ""),
            description=descriptor.get("description", ""),
            required=rules.get("required", False),
            unique=rules.get("unique", False),
            pattern=rules.get("pattern"),
            enum=tuple(str(value) for value in rules.get("enum", ())),
            minimum=None if "minimum" not in rules else str(rules["minimum"]),
            maximum=None if "maximum" not in rules else str(rules["maximum"]),
            min_length=rules.get("minLength"),
            max_length=rules.get("maxLength"),
            delimiter=descriptor.get("delimiter", ";"),
            rdf_property=descriptor.get("rdfProperty"),
            mark=descriptor.get("mark", ""),
            example=descriptor.get("example", ""),
            gif_term=descriptor.get("gifTerm", ""),
        )


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns that name rows of another table of the package; `table` is empty for the table itself."""

    fields: tuple[str, ...]
    table: str
    reference_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableSchema:
    """The columns and keys of a table, by name and version.

    `is_partial`: a file may lack columns and have others (Table Schema 2.0, `fieldsMatch: partial`).
    """

    name: str
    version: str
    title: str
    title_en: str
    description: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    unique_keys: tuple[tuple[str, ...], ...]
    foreign_keys: tuple[ForeignKey, ...]
    rdf_type: str | None
    id_path: str | None
    is_partial: bool
    descriptor: dict[str, Any]

    @property
    def field_names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(field.name for field in self.fields)

    def find_field(self, name: str) -> Field | None:
        """Return the field of that name, or None."""
        return next((field for field in self.fields if field.name == name), None)

    @classmethod
    def from_descriptor(cls, descriptor: dict[str, Any]) -> Self:
        """Read a Table Schema descriptor; raises KeyError or ValueError if it isn't one."""
        return cls(
            name=descriptor["name"],
            version=descriptor["version"],
            title=descriptor["title"],
            title_en=descriptor.get("title_en", ""),
            description=descriptor.get("description", ""),
            fields=tuple(Field.from_descriptor(field) for field in descriptor["fields"]),
            primary_key=_names(descriptor.get("primaryKey", ())),
            unique_keys=tuple(_names(key) for key in descriptor.get("uniqueKeys", ())),
            foreign_keys=tuple(_foreign_key(key) for key in descriptor.get("foreignKeys", ())),
            rdf_type=descriptor.get("rdfType"),
            id_path=descriptor.get("idPath"),
            is_partial=descriptor.get("fieldsMatch") == "partial",
            descriptor=descriptor,
        )


def _names(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _foreign_key(descriptor: dict[str, Any]) -> ForeignKey:
    reference = descriptor["reference"]
    return ForeignKey(
        fields=_names(descriptor["fields"]),
        table=reference.get("resource", ""),
        reference_fields=_names(reference["fields"]),
    )
