"""CSV in Shift_JIS as Windows understands it (code page 932), with CRLF.

A character that code page 932 cannot hold becomes 〓, the printers' mark for a missing character, and is
reported. Seven characters have two Unicode code points for one Shift_JIS character, one in the table of
JIS X 0208 and one in that of Windows: 〜 U+301C and ～ U+FF5E, − U+2212 and － U+FF0D, ‖ U+2016 and ∥ U+2225,
— U+2014 and ― U+2015, ¢ £ ¬ and their full-width forms. Either is written as that one character: a reader on
Windows sees the same sign and gets the second code point back, which is no loss. ¥ U+00A5 and ‾ U+203E are
not such a pair: their Shift_JIS bytes read back as a backslash and a tilde, so they are lost.
"""

from __future__ import annotations

import csv
from typing import BinaryIO

from app.formats.csv import list_cells, open_text
from app.formats.losses import LossBuilder, Losses
from app.model.table import Table

ENCODING = "cp932"
MISSING = "〓"
SIBLINGS = str.maketrans("〜−‖—¢£¬", "～－∥―￠￡￢")
"""The code points of JIS X 0208's table to those of Windows' for the same characters."""


def write_sjis_csv(table: Table, target: BinaryIO) -> Losses:
    """Write a table as CSV in code page 932 and return what it could not hold.

    A loss names each lost character of its cell once, in order of appearance.
    """
    losses = LossBuilder()
    names = table.schema.field_names
    with open_text(target, ENCODING) as text:
        writer = csv.writer(text, lineterminator="\r\n")
        for number, cells in enumerate(list_cells(table), start=1):
            writer.writerow(
                [_fit(cell, number, name, losses) for cell, name in zip(cells, names, strict=True)]
            )
    return losses.build()


def _fit(cell: str, row: int, column: str, losses: LossBuilder) -> str:
    text = cell.translate(SIBLINGS)
    if _fits(text):
        return text
    lost = dict.fromkeys(character for character in text if not _fits(character))
    losses.add(row, column, "".join(lost))
    return text.translate(dict.fromkeys(map(ord, lost), MISSING))


def _fits(text: str) -> bool:
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True
