from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import OperatorError
from app.settings import HOUSE
from app.vocabulary.schemes import SchemeRegistry


def test_a_scheme_names_its_concepts_by_code_and_by_japanese_word() -> None:
    scheme = SchemeRegistry(HOUSE / "vocab").get_scheme("measure-class")
    assert scheme.by_code["repeated"] == "https://w3id.org/shisaku/measure-class/repeated"
    assert scheme.by_word["再掲"] == scheme.by_code["repeated"]
    assert "Repeated" not in scheme.by_word
    assert len(scheme.by_code) == len(scheme.by_word) == 7


def test_a_file_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "colour.ttl"
    path.write_text('<https://example.org/red> <http://www.w3.org/2004/02/skos/core#notation> "red" .')
    registry = SchemeRegistry(tmp_path)
    first = registry.get_scheme("colour")
    path.unlink()
    assert registry.get_scheme("colour") is first


@pytest.mark.parametrize("content", [None, "no turtle"])
def test_a_file_that_cannot_be_read_is_the_operators_matter(tmp_path: Path, content: str | None) -> None:
    if content:
        (tmp_path / "colour.ttl").write_text(content)
    with pytest.raises(OperatorError, match=r"colour\.ttl"):
        SchemeRegistry(tmp_path).get_scheme("colour")
