"""Concept schemes: the SKOS files at the top of vocab/, read on need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph

from app.errors import OperatorError

_SKOS = "http://www.w3.org/2004/02/skos/core#"
_NOTATION = pyoxigraph.NamedNode(f"{_SKOS}notation")
_PREF_LABEL = pyoxigraph.NamedNode(f"{_SKOS}prefLabel")


@dataclass(frozen=True, slots=True)
class Scheme:
    """The IRIs of a scheme's concepts, by code (`skos:notation`) and by Japanese word (`skos:prefLabel`)."""

    by_code: Mapping[str, str] = field(default_factory=dict)
    by_word: Mapping[str, str] = field(default_factory=dict)


class SchemeRegistry:
    """All concept schemes of one vocab folder; each file is read once."""

    def __init__(self, vocab_dir: Path) -> None:
        self._folder = vocab_dir
        self._read: dict[str, Scheme] = {}

    def get_scheme(self, name: str) -> Scheme:
        """Return the scheme of `{name}.ttl`; raises OperatorError if it cannot be read."""
        if name not in self._read:
            self._read[name] = _read_scheme(self._folder / f"{name}.ttl")
        return self._read[name]


def _read_scheme(path: Path) -> Scheme:
    by_code: dict[str, str] = {}
    by_word: dict[str, str] = {}
    try:
        for quad in pyoxigraph.parse(path.read_bytes(), pyoxigraph.RdfFormat.TURTLE):
            concept, label = quad.subject, quad.object
            if not isinstance(concept, pyoxigraph.NamedNode) or not isinstance(label, pyoxigraph.Literal):
                continue
            if quad.predicate == _NOTATION:
                by_code[label.value] = concept.value
            elif quad.predicate == _PREF_LABEL and label.language == "ja":
                by_word[label.value] = concept.value
    except (OSError, SyntaxError) as error:
        raise OperatorError(f"語彙「{path}」を読み取れません（{error}）。") from error
    return Scheme(by_code, by_word)
