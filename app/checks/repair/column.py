"""Which rules repair a column, and the text that they propose for a cell of it.

A cell that is valid is never touched, and what is proposed is valid: so repairing twice changes nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from app.checks.cell import check_cell
from app.checks.place import Cell
from app.checks.repair.date import propose_date, propose_month, propose_year
from app.checks.repair.digits import count_digits, propose_digits, propose_identifier
from app.checks.repair.flag import propose_flag
from app.checks.repair.local_government_code import propose_code
from app.checks.repair.number import propose_list, propose_number
from app.checks.repair.phone import PHONES, propose_phone
from app.checks.repair.postal_code import propose_postal_code
from app.checks.repair.text import propose_tidied, propose_tidy
from app.checks.repair.time import propose_time
from app.checks.repair.web_address import EMAIL, URL, propose_web_address
from app.checks.repair.width import propose_half_width
from app.model.code import is_local_government_code
from app.model.edit import Proposal
from app.model.table_schema import Field, FieldType
from app.tables.constraints import ConstraintJudge

Rule = Callable[[Field, str], Iterator[Proposal]]

CODE = re.compile(r".*全国地方公共団体コード|市区町村コード|都道府県コード又は市区町村コード")
"""Names of columns that hold a code of a prefecture or municipality."""

_SIMPLE: tuple[Rule, ...] = (propose_tidied, propose_half_width)
_BY_TYPE: dict[FieldType, tuple[Rule, ...]] = {
    FieldType.DATE: (propose_date,),
    FieldType.YEARMONTH: (propose_month,),
    FieldType.TIME: (propose_time,),
    FieldType.INTEGER: (propose_number,),
    FieldType.NUMBER: (propose_number,),
    FieldType.BOOLEAN: (propose_flag,),
    FieldType.LIST: (propose_list,),
}
_YEAR = re.compile(".*年度?")
_ID = re.compile("(.*[^A-Z])?ID|.*コード|.+(?<!対象)番号")
_PHONE = re.compile(".*(電話|FAX)番号")
_IN_FORM = re.compile("[!-~]+")
_LOST_DIGITS = re.compile(r"[0-9]\.[0-9]+E\+?[0-9]+", re.IGNORECASE)


class Column:
    """Proposes repairs for the cells of one column; `judge` is that of its schema."""

    def __init__(self, field: Field, judge: ConstraintJudge, max_characters: int) -> None:
        self._field = field
        self._judge = judge
        self._max_characters = max_characters
        self._form = _find_form(field)
        self._has_form = not _is_free(field) or self._form is not None
        self._rules = (*_SIMPLE, *_choose_rules(field))

    def propose(self, text: str) -> Proposal | None:
        """Return what should be written instead of a cell's text, or None to leave it."""
        if not text or len(text) > self._max_characters:
            return None
        if self._has_form:
            if self.is_valid(text):
                return None
            for rule in self._rules:
                for proposal in rule(self._field, text):
                    if proposal.after != text and self.is_valid(proposal.after):
                        return proposal
        return propose_tidy(text) if _is_free(self._field) else None

    def is_valid(self, text: str) -> bool:
        """Tell whether the check finds nothing in such a cell, and it has its column's form."""
        is_in_form = self._form is None or not text or self._form(text)
        return is_in_form and not check_cell(
            Cell("", 0, self._field, text), self._judge, self._max_characters
        )


def _is_free(field: Field) -> bool:
    """Whether a column takes any text as far as its schema says."""
    return field.type is FieldType.STRING and not (field.pattern or field.enum)


def _find_form(field: Field) -> Callable[[str], bool] | None:
    """Return the test of a form that the schema does not name, or None if there is none."""
    if not _is_free(field):
        return None
    if _PHONE.fullmatch(field.name):
        return lambda text: bool(PHONES.fullmatch(text))
    if "URL" in field.name:
        return lambda text: bool(URL.fullmatch(text))
    if "メールアドレス" in field.name:
        return lambda text: bool(EMAIL.fullmatch(text))
    if CODE.fullmatch(field.name):
        return is_local_government_code
    if _ID.fullmatch(field.name):
        return lambda text: bool(_IN_FORM.fullmatch(text) and not _LOST_DIGITS.fullmatch(text))
    return None


def _choose_rules(field: Field) -> tuple[Rule, ...]:
    if field.type is not FieldType.STRING:
        is_year = field.type is FieldType.INTEGER and _YEAR.fullmatch(field.name)
        return (propose_year,) if is_year else _BY_TYPE.get(field.type, ())
    if CODE.fullmatch(field.name):
        return (propose_code,)
    if field.enum:
        return (propose_flag,)
    if field.name.endswith("郵便番号"):
        return (propose_postal_code, propose_digits)
    if count_digits(field):
        return (propose_digits,)
    return _choose_by_name(field)


def _choose_by_name(field: Field) -> tuple[Rule, ...]:
    if _PHONE.fullmatch(field.name):
        return (propose_phone,)
    if "URL" in field.name or "メールアドレス" in field.name:
        return (propose_web_address,)
    return (propose_identifier,) if _ID.fullmatch(field.name) else ()
