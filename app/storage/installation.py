"""One installation: settings, data folder, database, blobs, and who we are, opened together."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from app.errors import OperatorError
from app.settings import Settings
from app.storage.blobs import BlobStore
from app.storage.bucket import open_blobs
from app.storage.data_folder import DataFolder
from app.storage.database import Database, open_database
from app.storage.facts import PUBLIC_URL, find_fact, record_fact
from app.storage.unions import UnionStore
from app.vocabulary.catalog import Catalog, read_catalog
from app.vocabulary.schemas import SchemaRegistry
from app.vocabulary.schemes import SchemeRegistry

_BASE = re.compile(
    r"https?://"
    r"([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?"
    r"(?P<path>(/([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)*)"
)

DEFAULT_BASE = "http://127.0.0.1:8000"
"""Where `shisaku serve` answers unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What every use case stands on. `base` is the public URL without a trailing slash."""

    settings: Settings
    folder: DataFolder
    database: Database
    blobs: BlobStore
    unions: UnionStore
    catalog: Catalog
    schemas: SchemaRegistry
    schemes: SchemeRegistry
    base: str

    def at_base(self, base: str) -> Installation:
        """Return the same installation as it would be at another base."""
        return replace(self, base=base)

    def close(self) -> None:
        """Let go of the database."""
        self.database.dispose()


def open_installation(settings: Settings, *, served_at: str | None = None) -> Installation:
    """Open the data folder, making it at the first start.

    `served_at` is recorded as the base at a first start without SHISAKU_PUBLIC_URL; where nothing is served
    or rendered it may be None. Raises OperatorError if a setting is wrong, or if SHISAKU_PUBLIC_URL is not
    the recorded base.
    """
    folder = DataFolder(settings.data_dir)
    blobs = open_blobs(settings, folder)
    database = open_database(settings.database_url, folder)
    try:
        base = _settle_base(database, folder, settings.public_url.rstrip("/"), served_at)
    except OperatorError:
        database.dispose()
        raise
    return Installation(
        settings=settings,
        folder=folder,
        database=database,
        blobs=blobs,
        unions=UnionStore(folder),
        catalog=read_catalog(settings.catalog_dir),
        schemas=SchemaRegistry(settings.vocab_dir),
        schemes=SchemeRegistry(settings.vocab_dir),
        base=base,
    )


def _settle_base(database: Database, folder: DataFolder, wanted: str, served_at: str | None) -> str:
    if wanted and not is_base(wanted):
        raise OperatorError("SHISAKU_PUBLIC_URL は https://data.example.jp のような形で指定してください。")
    with database.reading() as session:
        recorded = find_fact(session, PUBLIC_URL)
    if recorded is None and (first := folder.read_public_url() or (served_at and (wanted or served_at))):
        with database.writing() as session:
            recorded = record_fact(session, PUBLIC_URL, first)
    if recorded and wanted and wanted != recorded:
        message = (
            f"SHISAKU_PUBLIC_URL（{wanted}）が、記録されている公開アドレス（{recorded}）と違います。"
            f"変更するには `shisaku rebase {wanted}` を実行してください。"
        )
        raise OperatorError(message)
    return recorded or wanted or served_at or DEFAULT_BASE


def is_base(url: str) -> bool:
    """Tell whether a text can be the base: http or https, a host, maybe a port, a path without a last slash.

    Source: RFC 3986, appendix A; no user, query, fragment, empty or dot segments.
    """
    found = _BASE.fullmatch(url)
    if found is None or {".", ".."} & set(found["path"].split("/")):
        return False
    try:
        return urlsplit(url).port != 0
    except ValueError:  # no such port, or no such IPv6 address
        return False
