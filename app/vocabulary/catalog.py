"""Who we are: reads the folder catalog/ (catalog.toml, organizations.csv, licenses.csv, themes.csv)."""

from __future__ import annotations

import csv
import datetime as dt
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.errors import OperatorError, OrganizationNotFound
from app.model.organization import License, Organization, Theme

Entry = TypeVar("Entry", Organization, License, Theme)


@dataclass(frozen=True, slots=True)
class Catalog:
    """The catalogue itself: titles, operator, contact, and its three closed lists."""

    title: str
    title_en: str
    description: str
    description_en: str
    operator: Organization
    license: License
    contact_name: str
    contact_email: str
    contact_url: str
    issued: dt.date
    organizations: dict[str, Organization]
    licenses: dict[str, License]
    themes: dict[str, Theme]

    def get_organization(self, name: str) -> Organization:
        """Return the organization of that name or id; raises OrganizationNotFound."""
        found = self.organizations.get(name)
        found = found or next((entry for entry in self.organizations.values() if entry.id == name), None)
        if found is None:
            raise OrganizationNotFound(name)
        return found

    def find_municipality(self, code: str) -> Organization | None:
        """Return the municipality of a six-digit 全国地方公共団体コード, or None."""
        return self.organizations.get(f"t{code}")

    def find_theme(self, eu_code: str) -> Theme | None:
        """Return the theme of a code of the EU table data-theme, or None."""
        return next((theme for theme in self.themes.values() if theme.eu_code == eu_code), None)


def read_catalog(folder: Path) -> Catalog:
    """Read the catalogue's folder; raises OperatorError with the file's name if it is not complete."""
    try:
        return _build(folder)
    except (OSError, KeyError, TypeError, ValueError, tomllib.TOMLDecodeError) as error:
        message = f"カタログの設定フォルダー「{folder}」を読み取れません（{error}）。"
        raise OperatorError(message) from error


def _build(folder: Path) -> Catalog:
    facts = tomllib.loads((folder / "catalog.toml").read_text(encoding="utf-8"))
    organizations = _read_list(folder / "organizations.csv", Organization, lambda entry: entry.name)
    licenses = _read_list(folder / "licenses.csv", License, lambda entry: entry.id)
    themes = _read_list(folder / "themes.csv", Theme, lambda entry: entry.name)
    facts["operator"] = organizations[facts["operator"]]
    facts["license"] = licenses[facts["license"]]
    return Catalog(**facts, organizations=organizations, licenses=licenses, themes=themes)


def _read_list(path: Path, kind: type[Entry], key: Callable[[Entry], str]) -> dict[str, Entry]:
    with path.open(encoding="utf-8", newline="") as file:
        entries = [kind(**row) for row in csv.DictReader(file)]
    return {key(entry): entry for entry in entries}
