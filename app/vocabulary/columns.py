"""Column names of the standard datasets as people write them: width, blanks, numbers in front, spellings.

Source of the spellings: headers of published files, collected in vocab/standards/aliases.csv; English and
physical names (`name_kana`) are those of the standard's definition sheets.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from app.errors import OperatorError
from app.model.table_schema import TableSchema

_NUMBERED = re.compile(r"^[0-9]{1,2}[.)．]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def fold_column(name: str) -> str:
    """Return a column name without width, case, blanks, quotes, kinds of bars and a number in front."""
    text = unicodedata.normalize("NFKC", name).replace("\ufeff", "")
    folded = "".join(text.split()).strip("\"'").replace("-", "_").casefold()
    return _NUMBERED.sub("", folded)


class ColumnNames:
    """Finds the column of a schema that a header cell means."""

    def __init__(self, aliases: Path) -> None:
        self._aliases: dict[str, list[str]] = defaultdict(list)
        try:
            with aliases.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    self._aliases[fold_column(row["alias"])].append(row["field"])
        except (OSError, KeyError) as error:
            raise OperatorError(f"「{aliases}」を読み取れません（{error}）。") from error

    def match_header(self, header: Sequence[str], schema: TableSchema) -> dict[str, str]:
        """Return the schema's column for each cell that names one: its own name, or another way to write it.

        No column is given twice; its own name comes before any other spelling.
        """
        known = _known_names(schema)
        matched = {cell: cell for cell in header if schema.find_field(cell)}
        taken = set(matched)
        for cell in header:
            if cell in matched or not cell.strip():
                continue
            folded = fold_column(cell)
            candidates = [known[folded]] if folded in known else self._aliases.get(folded, [])
            found = next((name for name in candidates if schema.find_field(name) and name not in taken), None)
            if found is not None:
                matched[cell] = found
                taken.add(found)
        return matched


def _known_names(schema: TableSchema) -> dict[str, str]:
    names = {
        fold_column(_CAMEL.sub("_", field.title_en)): field.name for field in schema.fields if field.title_en
    }
    names |= {fold_column(field.title_en): field.name for field in schema.fields if field.title_en}
    return names | {fold_column(field.name): field.name for field in schema.fields}
