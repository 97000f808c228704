from __future__ import annotations

import io

import pytest

from app.formats.cp932 import write_sjis_csv
from app.formats.losses import MAX_LISTED_LOSSES, Losses
from app.model.distribution import Loss
from app.model.table import Table
from app.model.table_schema import TableSchema


def render(*cells: str, name: str = "名称") -> tuple[bytes, Losses]:
    schema = TableSchema.from_descriptor(
        {"name": "one", "version": "1.0.0", "title": "一列", "fields": [{"name": name}]}
    )
    table = Table("one", "一列", "", schema, len(cells), lambda: iter([(cell,) for cell in cells]))
    target = io.BytesIO()
    losses = write_sjis_csv(table, target)
    return target.getvalue(), losses


@pytest.mark.parametrize("text", ["髙橋", "①㍻㈱", "ｱｲｳﾞ", "—~\\", "ⅳ纊昻", "、。「」・"])
def test_what_windows_shift_jis_has_is_no_loss(text: str) -> None:
    content, losses = render(text)
    assert content.decode("cp932").replace("―", "—") == f"名称\r\n{text}\r\n"
    assert losses == Losses()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("〜～", b"\x81\x60"),
        ("−－", b"\x81\x7c"),
        ("‖∥", b"\x81\x61"),
        ("—―", b"\x81\x5c"),
        ("¢￠", b"\x81\x91"),
        ("£￡", b"\x81\x92"),
        ("¬￢", b"\x81\xca"),
    ],
)
def test_two_code_points_of_one_character_are_written_alike(text: str, code: bytes) -> None:
    content, losses = render(text)
    assert content.split(b"\r\n")[1] == code * 2
    assert losses == Losses()


def test_each_lost_character_becomes_a_geta_mark_and_is_named_once_per_cell() -> None:
    content, losses = render("吉野家", "𠮷野家の🍣と🍣", "¥100")
    assert content.decode("cp932") == "名称\r\n吉野家\r\n〓野家の〓と〓\r\n〓100\r\n"
    assert losses == Losses((Loss(3, "名称", "𠮷🍣"), Loss(4, "名称", "¥")), 2)


def test_a_loss_in_the_header_is_reported_as_row_1() -> None:
    content, losses = render("x", name="🍣の数")
    assert content.decode("cp932") == "〓の数\r\nx\r\n"
    assert losses == Losses((Loss(1, "🍣の数", "🍣"),), 1)


def test_all_losses_are_counted_and_the_first_listed() -> None:
    _, losses = render(*["🍣"] * (MAX_LISTED_LOSSES + 5))
    assert losses.count == MAX_LISTED_LOSSES + 5
    assert [loss.row for loss in losses.losses] == list(range(2, MAX_LISTED_LOSSES + 2))
