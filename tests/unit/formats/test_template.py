from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from app.formats.template import mark_label, write_template_csv, write_template_xlsx
from app.settings import HOUSE
from app.vocabulary.schemas import SchemaRegistry

REGISTRY = SchemaRegistry(HOUSE / "vocab")
TOILETS = REGISTRY.get_schema("public-toilet")


def test_the_csv_is_the_header_and_an_example_as_excel_opens_it() -> None:
    content = write_template_csv(TOILETS)
    assert content.startswith(b"\xef\xbb\xbf")
    header, example = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert tuple(header) == TOILETS.field_names
    assert example == [field.example for field in TOILETS.fields]


def test_the_workbook_offers_what_may_be_chosen_and_explains_the_rest() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_template_xlsx(TOILETS)))
    data, rules = book.worksheets
    assert [cell.value for cell in data[1]] == list(TOILETS.field_names)
    choices = {
        next(iter(rule.sqref.ranges)).min_col: rule.formula1 for rule in data.data_validations.dataValidation
    }
    wanted = {
        column: f'"{",".join(field.enum)}"'
        for column, field in enumerate(TOILETS.fields, start=1)
        if field.enum
    }
    assert choices == wanted
    assert wanted
    explained = [[cell.value or "" for cell in row] for row in rules.iter_rows(min_row=2)]
    assert [row[0] for row in explained] == list(TOILETS.field_names)
    assert [row[2] for row in explained] == [mark_label(field) for field in TOILETS.fields]


@pytest.mark.parametrize("name", REGISTRY.versions)
def test_an_example_stays_text_in_the_workbook(name: str) -> None:
    schema = REGISTRY.get_schema(name)
    data = openpyxl.load_workbook(io.BytesIO(write_template_xlsx(schema))).worksheets[0]
    assert [cell.value or "" for cell in data[2]] == [field.example for field in schema.fields]
