from __future__ import annotations

from dataclasses import replace

import pytest

from app.model.standard import (
    LEADING_FIELDS,
    WARD_FIELD,
    list_places,
    make_look_up,
    standard_schema,
)
from app.model.table_schema import FieldType
from app.settings import HOUSE
from app.vocabulary.schemas import SchemaRegistry

SCHEMAS = SchemaRegistry(HOUSE / "vocab")
SCHEDULE, MEASURES = SCHEMAS.get_schema("plan-schedule"), SCHEMAS.get_schema("plan-measures")
LEADING = [field.name for field in LEADING_FIELDS]


def test_a_standards_table_says_where_a_row_is_from_then_all_it_has_then_what_it_names() -> None:
    (key,) = SCHEDULE.foreign_keys
    schema = standard_schema(SCHEDULE, (make_look_up(key, MEASURES),))
    names = list(schema.field_names)
    assert names == [*LEADING, *SCHEDULE.field_names, "施策_名称", "施策_主管課"]
    looked_up = schema.find_field("施策_主管課")
    assert looked_up is not None
    assert (looked_up.type, looked_up.required, looked_up.rdf_property) == (FieldType.LIST, False, None)


def test_a_schema_without_a_municipality_gets_one() -> None:
    bare = replace(SCHEDULE, fields=SCHEDULE.fields[1:])
    assert list(standard_schema(bare, ()).field_names[:4]) == [*LEADING, WARD_FIELD]


@pytest.mark.parametrize("name", SCHEMAS.versions)
def test_no_column_of_a_standards_table_is_there_twice(name: str) -> None:
    schema = SCHEMAS.get_schema(name)
    look_ups = tuple(
        make_look_up(key, SCHEMAS.get_schema(f"plan-{key.table}")) for key in schema.foreign_keys if key.table
    )
    names = standard_schema(schema, look_ups).field_names
    assert len(set(names)) == len(names)


def test_columns_of_an_older_schema_find_their_places_by_name() -> None:
    older = replace(SCHEDULE, version="0.9.0", fields=(*SCHEDULE.fields[5:0:-1], SCHEDULE.fields[0]))
    places = list_places(older, SCHEDULE)
    assert [None if place is None else older.field_names[place] for place in places] == [
        name if name in older.field_names else None for name in SCHEDULE.field_names
    ]


def test_a_schema_with_another_column_or_type_does_not_fit() -> None:
    renamed = replace(SCHEDULE.fields[4], name="別の列")
    with pytest.raises(ValueError, match="列「別の列」が"):
        list_places(replace(SCHEDULE, fields=(*SCHEDULE.fields, renamed)), SCHEDULE)
    retyped = replace(SCHEDULE.fields[4], type=FieldType.DATE)
    with pytest.raises(ValueError, match="の型が"):
        list_places(replace(SCHEDULE, fields=(retyped,)), SCHEDULE)
