from __future__ import annotations

import io

from app.formats.csv import write_bom_csv, write_csv, write_csv_rows
from app.model.table import Table
from app.model.table_schema import TableSchema


def test_canonical_csv_has_lf_and_quotes_only_where_needed(table: Table) -> None:
    target = io.BytesIO()
    write_csv(table, target)
    assert target.getvalue().decode() == (
        "ID,名称,件数,率,有無,日付,時刻,日時,年月,状態,読取,施策_ID,上位_ID\n"
        "a-1,窓口のデジタル化,1200,12.50,true,2026-04-01,09:00,2026-04-01T09:00:05,2026-04,検討;実施,明示,m-1,\n"
        'a-2,"1行目,\n「2行目」",,,,,,,,,,,a-1\n'
    )


def test_rows_are_counted_and_the_target_stays_open(table: Table) -> None:
    target = io.BytesIO()
    assert write_csv_rows(table.schema, table.rows(), target) == 2
    assert not target.closed


def test_an_empty_cell_that_is_alone_in_its_row_is_not_a_blank_line() -> None:
    schema = TableSchema.from_descriptor(
        {"name": "one", "version": "1.0.0", "title": "一列", "fields": [{"name": "備考"}]}
    )
    target = io.BytesIO()
    write_csv_rows(schema, [(None,), ("x",)], target)
    assert target.getvalue().decode() == '備考\n""\nx\n'


def test_csv_for_excel_has_bom_and_crlf_and_keeps_line_breaks_in_cells(table: Table) -> None:
    target = io.BytesIO()
    write_bom_csv(table, target)
    text = target.getvalue().decode()
    assert text.startswith("\ufeffID,名称,")
    assert text.endswith('a-2,"1行目,\n「2行目」",,,,,,,,,,,a-1\r\n')
    assert text.count("\r\n") == 3
