"""Ready answers: bytes made on first need and kept while nothing that they depend on has changed.

Everything that changes state appends to the journal, and a version approved for later becomes effective at a
known time. So (number of the last event, next such time) stands for the set of effective versions: an answer
made under one epoch is never given under another.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.storage.installation import Installation
from app.storage.releases import next_change

_PIECE_BYTES = 200
Value = TypeVar("Value")

_ENTRY_BYTES = 1000  # about what an entry takes beside its content: headers, ETag, links


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole body with its media type, ETag (without quotes) and further headers."""

    content: bytes
    media_type: str
    etag: str
    headers: dict[str, str] = field(default_factory=dict)


def make_answer(content: bytes, media_type: str, headers: dict[str, str] | None = None) -> Answer:
    """Return an answer whose ETag is the hash of its content."""
    return Answer(content, media_type, hashlib.sha256(content).hexdigest(), headers or {})


@dataclass(frozen=True, slots=True)
class Epoch:
    """A span in which the same versions are effective: after event `head`, until `ends` (None: open)."""

    head: int
    ends: dt.datetime | None


class Pieces:
    """Parts of answers, each as true later as when it was kept; the least recently used go first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def find(self, key: Hashable) -> Any | None:  # noqa: ANN401  # what was kept under the key
        """Return what is kept under that key, or None."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def keep(self, key: Hashable, value: object, size: int) -> None:
        """Keep a value of about `size` bytes, unless it is larger than all together may be."""
        size += _PIECE_BYTES
        with self._lock:
            if key in self._kept or size > self._max_bytes:
                return
            self._kept[key] = (value, size)
            self._bytes += size
            while self._bytes > self._max_bytes:
                self._bytes -= self._kept.popitem(last=False)[1][1]


class Answers:
    """Answers of one process, bounded by `max_bytes`; the least recently used go first.

    `pieces` are what whole answers are joined from, in memory of their own.
    """

    def __init__(self, max_bytes: int, max_piece_bytes: int = 0) -> None:
        self.pieces = Pieces(max_piece_bytes)
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._epoch = Epoch(-1, None)
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._facts: dict[str, Any] = {}
        self._bytes = 0

    def epoch(self, installation: Installation, now: dt.datetime) -> Epoch:
        """Return the epoch of this moment, at the price of one small query."""
        head = installation.database.head()
        known = self._epoch
        if known.head == head and (known.ends is None or now < known.ends):
            return known
        with installation.database.reading() as session:
            fresh = Epoch(head, next_change(session, now))
        with self._lock:
            self._epoch = fresh
            self._kept.clear()
            self._facts = {}
            self._bytes = 0
        return fresh

    def recall(self, epoch: Epoch, name: str, make: Callable[[], Value]) -> Value:
        """Return a small fact of the whole catalogue, made at its first need in an epoch.

        A page must not pay for the other datasets, and yet it says how many there are.
        """
        facts = self._facts
        if epoch != self._epoch or name not in facts:
            made = make()
            with self._lock:
                if epoch == self._epoch:
                    self._facts[name] = made
            return made
        value: Value = facts[name]
        return value

    def holds(self, key: Hashable) -> bool:
        """Tell whether an answer is kept under that key, of this epoch or of one that ended."""
        with self._lock:
            return key in self._kept

    def find(self, epoch: Epoch, key: Hashable) -> Answer | None:
        """Return the answer kept under that key, or None."""
        with self._lock:
            if epoch != self._epoch or key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def keep(self, epoch: Epoch, key: Hashable, answer: Answer) -> None:
        """Keep an answer made under that epoch, if it is still this one."""
        size = _size(key, answer)
        with self._lock:
            if epoch != self._epoch or key in self._kept or size > self._max_bytes:
                return
            self._kept[key] = answer
            self._bytes += size
            while self._bytes > self._max_bytes:
                self._bytes -= _size(*self._kept.popitem(last=False))


def _size(key: Hashable, answer: Answer) -> int:
    return len(answer.content) + len(repr(key)) + _ENTRY_BYTES
