"""The record: a dataset's metadata, in revisions.

Field names follow DCAT and the Data Package; catalog/mapping.csv says which property, key and column each
becomes elsewhere.
"""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Frozen):
    """Where the data were taken from (`dct:source`, Data Package `sources`)."""

    title: str
    publisher: str = ""
    url: str = ""


class Contact(_Frozen):
    """Who answers questions (`dcat:contactPoint`): name, and an e-mail address or a page."""

    name: str
    email: str = ""
    url: str = ""


class TableRecord(_Frozen):
    """What the record says of one table; `schema_name` and `schema_version` name its Table Schema."""

    name: str
    title: str
    description: str = ""
    schema_name: str
    schema_version: str


class Record(_Frozen):
    """One state of a dataset's metadata.

    `publisher` is an organization's name; `local_government_code` the six-digit code of the municipality that
    the data are about; `themes` and `frequency` are codes of the EU tables data-theme and frequency;
    `license` is an id of catalog/licenses.csv; `unofficial` says that the publisher is not the municipality;
    `retire_at` is the time from which the dataset is no longer listed, `notice` what readers are told of it.
    """

    title: str
    title_en: str = ""
    description: str
    description_en: str = ""
    publisher: str
    local_government_code: str
    keywords: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    period_start: dt.date | None = None
    period_end: dt.date | None = None
    frequency: str = "UNKNOWN"
    contact: Contact
    license: str = "CC-BY-4.0"
    sources: tuple[Source, ...] = ()
    unofficial: bool = False
    retire_at: dt.datetime | None = None
    notice: str = ""
    tables: tuple[TableRecord, ...]
