"""Standards: one table over all datasets whose tables follow the same Table Schema."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.model.record import Record, TableRecord
from app.model.table_schema import Field, FieldType, ForeignKey, TableSchema

WARD_FIELD = "全国地方公共団体コード"
"""The column that says which municipality a row is about."""

LEADING_FIELDS: tuple[Field, ...] = (
    Field(
        "出典_データセット_ID",
        FieldType.STRING,
        "出典_データセット_ID",
        "dataset",
        "行が載っているデータセットの名前",
        required=True,
        rdf_property="http://purl.org/dc/elements/1.1/source",
    ),
    Field(
        "出典_版番号",
        FieldType.INTEGER,
        "出典_版番号",
        "version",
        "データセットの版の番号",
        required=True,
        rdf_property="http://www.w3.org/ns/dcat#version",
    ),
    Field(
        "出典_行番号",
        FieldType.INTEGER,
        "出典_行番号",
        "row",
        "その版の表での行の番号（見出しを除いて1から）",
        required=True,
        rdf_property="https://schema.org/position",
    ),
)
"""The columns that say where a row is from, before those of its Table Schema."""

_WARD = Field(
    WARD_FIELD,
    FieldType.STRING,
    WARD_FIELD,
    "local government code",
    "データセットの対象の地方公共団体の6桁のコード",
    required=True,
    rdf_property="https://w3id.org/shisaku/plan#localGovernmentCode",
)


LOOKED_UP = frozenset(
    {
        "http://www.w3.org/2004/02/skos/core#prefLabel",
        "https://w3id.org/shisaku/plan#leadDepartment",
        "https://w3id.org/shisaku/plan#startYear",
        "https://w3id.org/shisaku/plan#endYear",
    }
)
"""Properties of the columns that are repeated from the row that an ID names, so that one table answers alone:
what it is called, who is in charge, and its period."""


@dataclass(frozen=True, slots=True)
class Source:
    """A table of an effective version that follows a standard: `record` is the dataset's.

    `sha256` is its canonical CSV's, `rows_sha256` its row file's, empty if it has none.
    """

    dataset: str
    number: int
    record: Record
    table: TableRecord
    row_count: int
    sha256: str
    rows_sha256: str


@dataclass(frozen=True, slots=True)
class LookUp:
    """Columns taken over from the row that `column` names by its ID, in the package's table `table`.

    `schema` is the Table Schema of that table, `fields` are the columns there.
    """

    column: str
    table: str
    schema: TableSchema
    fields: tuple[Field, ...]

    @property
    def columns(self) -> tuple[Field, ...]:
        """The columns as they are in the standard's table: 施策_ID gives 施策_名称, 施策_主管課."""
        stem = self.column.removesuffix("ID")
        return tuple(
            replace(
                field,
                name=f"{stem}{field.name}",
                title=f"{stem}{field.name}",
                title_en=f"{field.title_en} (by {self.column})",
                description=f"「{self.column}」が指す行の{field.name}",
                required=False,
                unique=False,
                rdf_property=None,
            )
            for field in self.fields
        )


def make_look_up(key: ForeignKey, schema: TableSchema) -> LookUp:
    """Return what is taken over by a foreign key to the ID of a table of that schema."""
    fields = tuple(field for field in schema.fields if field.rdf_property in LOOKED_UP)
    return LookUp(key.fields[0], key.table, schema, fields)


def standard_schema(schema: TableSchema, look_ups: tuple[LookUp, ...]) -> TableSchema:
    """Return the schema of a standard's table.

    First where a row is from and whose it is, then the schema's columns, then what was looked up.
    """
    ward = () if schema.find_field(WARD_FIELD) else (_WARD,)
    looked_up = (column for look_up in look_ups for column in look_up.columns)
    return replace(
        schema,
        fields=(*LEADING_FIELDS, *ward, *schema.fields, *looked_up),
        primary_key=tuple(field.name for field in LEADING_FIELDS),
        unique_keys=(),
    )


def list_places(schema: TableSchema, newest: TableSchema) -> list[int | None]:
    """Return, for each column of the newest schema, its place in another version; None where it lacks it.

    Raises ValueError, saying why in Japanese, if the other version has a column that the newest has not, or
    of another type.
    """
    for field in schema.fields:
        found = newest.find_field(field.name)
        if found is None:
            raise ValueError(f"列「{field.name}」が、スキーマの{newest.version}版にありません。")
        if (found.type, found.delimiter) != (field.type, field.delimiter):
            raise ValueError(f"列「{field.name}」の型が、スキーマの{newest.version}版と違います。")
    names = schema.field_names
    return [names.index(name) if name in names else None for name in newest.field_names]
