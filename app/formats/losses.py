"""What a format cannot hold: counted in full, listed up to a bound."""

from __future__ import annotations

from dataclasses import dataclass

from app.model.distribution import Loss

MAX_LISTED_LOSSES = 20
"""Losses of one rendering that are kept by cell."""


@dataclass(frozen=True, slots=True)
class Losses:
    """The first cells that a rendering could not hold whole, and how many there are."""

    losses: tuple[Loss, ...] = ()
    count: int = 0


class LossBuilder:
    """Takes losses one by one; counts all, keeps the first `MAX_LISTED_LOSSES`."""

    def __init__(self) -> None:
        self._kept: list[Loss] = []
        self._count = 0

    def add(self, row: int, column: str, characters: str) -> None:
        """Count the loss of these characters of a cell; `row` counts the header as row 1."""
        self._count += 1
        if len(self._kept) < MAX_LISTED_LOSSES:
            self._kept.append(Loss(row, column, characters))

    def build(self) -> Losses:
        """Return the losses of all that was added, in the order of adding."""
        return Losses(tuple(self._kept), self._count)
