"""frictionless as judge of a schema's types and constraints, cell by cell.

Its field readers are asked rather than `Resource.validate`: they are the part that decides, and they need no
second parsing of the file, no list of errors in memory and no order of columns. Keys are judged by
`app.checks.keys` and `app.checks.foreign_key`, because frictionless holds every key in full and twice.
"""

from __future__ import annotations

from frictionless import FrictionlessException, Schema

from app.errors import OperatorError
from app.model.table_schema import TableSchema


class ConstraintJudge:
    """Judges cells of one schema; raises OperatorError if frictionless doesn't take the schema."""

    def __init__(self, schema: TableSchema) -> None:
        try:
            fields = Schema.from_descriptor(schema.descriptor).fields
            self._readers = {field.name: field.create_cell_reader() for field in fields}
        except FrictionlessException as error:
            message = f"スキーマ「{schema.name} {schema.version}」が Table Schema に合いません（{error}）。"
            raise OperatorError(message) from error
        self._with_pattern = {field.name for field in schema.fields if field.pattern is not None}

    def find_faults(self, field_name: str, text: str) -> tuple[str, ...]:
        """Return the constraints that a cell breaks, by their names in Table Schema, or "type" alone."""
        _, notes = self._readers[field_name](text)
        if notes:
            return tuple(notes)
        # frictionless ends a pattern with `$`, which lets one line break pass
        return ("pattern",) if text.endswith("\n") and field_name in self._with_pattern else ()
