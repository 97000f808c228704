"""Parameters of an action: texts and lists, however a client of CKAN wrote them.

A list is a JSON list, a key given several times, or one text that is a JSON list; a boolean is one of
true/false, True/False, 1/0. Source: CKAN 2.11 API guide, and what its clients send.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from app.errors import RequestError

_TRUE = frozenset({"true", "1", "yes", "on"})
_MAX_DIGITS = 9


class Parameters:
    """What one call of an action was given."""

    def __init__(self, pairs: Iterable[tuple[str, object]] = ()) -> None:
        self._texts: dict[str, list[str]] = {}
        for key, value in pairs:
            for item in value if isinstance(value, list) else [value]:
                self._texts.setdefault(key, []).append(_as_text(item))

    def take(self, key: str) -> str:
        """Return the text of a parameter and forget it."""
        return (self._texts.pop(key, None) or [""])[-1]

    def text(self, key: str, default: str = "") -> str:
        """Return the last text given, without blanks around, or the default if it is empty."""
        return (self._texts.get(key) or [""])[-1].strip() or default

    def required(self, key: str) -> str:
        """Return a text; raises RequestError if there is none."""
        text = self.text(key)
        if not text:
            raise RequestError(key, "値がありません。")
        return text

    def texts(self, key: str) -> list[str]:
        """Return all texts of a list; what looks like a JSON list and is none is one text."""
        given = [text for text in self._texts.get(key, []) if text.strip()]
        if len(given) != 1 or not given[0].lstrip().startswith("["):
            return given
        try:
            items = json.loads(given[0])
        except (ValueError, RecursionError):
            return given
        return [_as_text(item) for item in items]

    def integer(self, key: str, default: int, minimum: int = 0) -> int:
        """Return a whole number; raises RequestError if it is none, or less than `minimum`."""
        text = self.text(key)
        if not text:
            return default
        digits = text.removeprefix("-")
        is_number = digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS
        if not is_number or int(text) < minimum:
            raise RequestError(key, f"{minimum}以上の整数を指定してください。")
        return int(text)

    def limit(self) -> int | None:
        """Return `limit`, None if it was not given."""
        return self.integer("limit", 0) if self.text("limit") else None

    def boolean(self, key: str, *, default: bool = False) -> bool:
        """Return whether a parameter is true."""
        text = self.text(key)
        return text.casefold() in _TRUE if text else default

    def json(self, key: str) -> Any:  # noqa: ANN401  # JSON values
        """Return the value of a JSON text, None if there is none; raises RequestError if it is no JSON."""
        text = self.text(key)
        try:
            return json.loads(text) if text else None
        except (ValueError, RecursionError) as error:
            raise RequestError(key, "JSONとして読み取れません。") from error


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
