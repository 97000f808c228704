"""What search compares: folded words, their character bigrams, and how much a find counts.

Japanese has no blanks between words, so a text is cut into overlapping pairs of characters; these are what an
index finds. Longer words are looked for by all their pairs, and then in the text itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from app.model.folding import fold_text

_APART = re.compile(r"[\W_]+")


class Weight(IntEnum):
    """Where a word was found, and what that counts."""

    TITLE = 16
    KEYWORDS = 8
    DESCRIPTION = 4
    COLUMNS = 2
    ROWS = 1


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """What one release can be found by.

    `texts` hold words, as `normalize_words` gives them; `values` are whole values by the field that a query
    names.
    """

    texts: dict[Weight, str]
    values: tuple[tuple[str, str], ...]


def normalize_words(text: str) -> str:
    """Return what search compares of a text: its letters and digits, folded; one blank for all between."""
    return _APART.sub(" ", fold_text(text)).strip()


def list_tokens(normalized: str) -> set[str]:
    """Return the index tokens of normalized text: each run's bigrams, and its last character.

    So each character of a run begins a token, and one character is found by prefix.
    """
    return {run[place : place + 2] for run in normalized.split() for place in range(len(run))}


def list_query_tokens(normalized: str) -> tuple[set[str], set[str]]:
    """Return the bigrams and the single characters that a text which holds these words must have."""
    runs = normalized.split()
    pairs = {run[place : place + 2] for run in runs for place in range(len(run) - 1)}
    return pairs, {run for run in runs if len(run) == 1}


def is_decided_by_tokens(normalized: str) -> bool:
    """Tell whether a text that has the tokens is sure to hold the words: one run of one or two characters."""
    return len(normalized) <= 2  # a bigram
