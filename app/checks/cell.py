"""All rules of one cell, in order; the first that finds something has the word."""

from __future__ import annotations

from collections.abc import Iterator

from app.checks.bounds import check_cell_length
from app.checks.constraint import check_constraints
from app.checks.control_character import check_control_characters
from app.checks.formula_text import check_formula_text
from app.checks.lexical import check_lexical
from app.checks.local_government_code import check_local_government_code
from app.checks.place import Cell
from app.checks.surrounding_blank import check_surrounding_blanks
from app.model.report import Finding
from app.tables.constraints import ConstraintJudge


def check_cell(cell: Cell, judge: ConstraintJudge, max_characters: int) -> tuple[Finding, ...]:
    """Return the findings of the first rule that the cell breaks, so that one fault is told once."""
    checks: tuple[Iterator[Finding], ...] = (
        check_cell_length(cell, max_characters),
        check_control_characters(cell),
        check_lexical(cell),
        check_constraints(cell, judge),
        check_local_government_code(cell),
        check_surrounding_blanks(cell),
        check_formula_text(cell),
    )
    return next((findings for check in checks if (findings := tuple(check))), ())
