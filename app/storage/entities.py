"""The database's tables.

dataset           a name with a history
version           one state of its data; numbered when approved
version_table     a canonical table of a version
record_revision   one state of its metadata
rendering         the bytes of (version, table, format) as readers get them
token             API tokens of people and programs
blob_deletion     blobs of withdrawn versions that must go
event             the journal: who did what to what, chained by hash
search_text       words that a record is found by, folded, by weight; search_index has their bigrams
search_value      values that a record is found by, by field
job               work begun by an act, which goes on after a crash until it is finished
fact              what all machines agree on, such as the public address
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class UtcDateTime(sa.TypeDecorator[dt.datetime]):
    """Aware UTC times, in both databases; SQLite keeps them as text that sorts by time."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Give the database UTC."""
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Return an aware time."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def key_type() -> sa.types.TypeEngine[str]:
    """Return the type of names and hashes: compared byte by byte in both databases."""
    return sa.String().with_variant(sa.String(collation="C"), "postgresql")


DERIVED = {"is_derived": True}
"""Marks a table that is made anew from the others where it lacks something; it does not travel with them."""


class State(StrEnum):
    """Where a version stands.

    Approving: the act is recorded, the renderings are in the making. An approved one is effective from its
    `effective_at` on, until a later one is (superseded). A withdrawn one keeps its place in that order, so
    that nothing older comes back by itself.
    """

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVING = "approving"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class DatasetEntity(SQLModel, table=True):
    """A dataset; never renamed, never removed. `organization` is the name of its publisher."""

    __tablename__ = "dataset"

    id: str = Field(primary_key=True, sa_type=key_type())
    name: str = Field(unique=True, sa_type=key_type())
    organization: str = Field(index=True)
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    created_by: str


class VersionEntity(SQLModel, table=True):
    """A version: a draft until an approver's act gives it a number and a time.

    `comment` is the last word between its maker and the approver: why it was sent back, or withdrawn.
    """

    __tablename__ = "version"
    __table_args__ = (
        sa.UniqueConstraint("dataset_id", "number"),
        sa.Index("ix_version_current", "dataset_id", "state", "effective_at"),
        sa.Index("ix_version_effective_at", "effective_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    dataset_id: str = Field(foreign_key="dataset.id", sa_type=key_type())
    number: int | None = None
    state: str
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    created_by: str
    submitted_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    submitted_by: str | None = None
    comment: str = ""
    approved_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    approved_by: str | None = None
    effective_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    upload_sha256: str
    upload_name: str
    upload_size: int = Field(sa_type=sa.BigInteger)
    report: str


class VersionTableEntity(SQLModel, table=True):
    """A canonical table: its CSV's hash and the schema it was checked against."""

    __tablename__ = "version_table"

    version_id: int = Field(primary_key=True, foreign_key="version.id")
    position: int = Field(primary_key=True)
    name: str
    row_count: int
    sha256: str
    size: int = Field(sa_type=sa.BigInteger)


class RecordRevisionEntity(SQLModel, table=True):
    """A state of a dataset's metadata.

    `body` is the JSON of `model.record.Record`; the columns after it repeat what lists filter by: `themes` as
    `;GOVE;TECH;`.
    """

    __tablename__ = "record_revision"
    __table_args__ = (
        sa.UniqueConstraint("dataset_id", "number"),
        sa.Index("ix_record_revision_current", "dataset_id", "effective_at"),
        sa.Index("ix_record_revision_effective_at", "effective_at"),
        sa.Index("ix_record_revision_retire_at", "retire_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    dataset_id: str = Field(foreign_key="dataset.id", sa_type=key_type())
    version_id: int = Field(foreign_key="version.id", index=True)
    number: int
    body: str
    publisher: str = Field(index=True)
    local_government_code: str = Field(index=True)
    themes: str
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    created_by: str
    effective_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    retire_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


class RenderingEntity(SQLModel, table=True):
    """The bytes of one format.

    `table_name` is empty for formats of the whole dataset; `resource_id` is `Distribution.id`, the same in
    every version. An edit of the record makes new renderings beside those of the record before it.
    """

    __tablename__ = "rendering"

    version_id: int = Field(primary_key=True, foreign_key="version.id")
    record_id: int = Field(primary_key=True, foreign_key="record_revision.id")
    table_name: str = Field(primary_key=True)
    format: str = Field(primary_key=True)
    resource_id: str = Field(index=True)
    renderer: int
    sha256: str = Field(index=True)
    size: int = Field(sa_type=sa.BigInteger)
    losses: str
    loss_count: int


class SearchTextEntity(SQLModel, table=True):
    """Words of a record as `normalize_words` gives them, a line for each text; `weight` says from where."""

    __tablename__ = "search_text"
    __table_args__ = (sa.UniqueConstraint("record_id", "weight"), {"info": DERIVED})

    id: int | None = Field(default=None, primary_key=True)
    record_id: int = Field(foreign_key="record_revision.id")
    weight: int
    text: str


class SearchValueEntity(SQLModel, table=True):
    """A value of a record, as a search query names its field."""

    __tablename__ = "search_value"
    __table_args__ = (sa.Index("ix_search_value_value", "field", "value", "record_id"), {"info": DERIVED})

    record_id: int = Field(primary_key=True, foreign_key="record_revision.id")
    field: str = Field(primary_key=True, sa_type=key_type())
    value: str = Field(primary_key=True, sa_type=key_type())


class TokenEntity(SQLModel, table=True):
    """An API token; only the SHA-256 of its secret is kept. `actions` as `approve;upload`."""

    __tablename__ = "token"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    secret_sha256: str = Field(unique=True)
    organization: str
    actions: str
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    created_by: str
    expires_at: dt.datetime = Field(sa_type=UtcDateTime)
    revoked_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


class BlobDeletionEntity(SQLModel, table=True):
    """A blob that must be deleted as soon as nothing living refers to it."""

    __tablename__ = "blob_deletion"

    sha256: str = Field(primary_key=True)


class EventEntity(SQLModel, table=True):
    """One act; `hash` covers the act and the hash before it."""

    __tablename__ = "event"

    seq: int | None = Field(default=None, primary_key=True)
    at: dt.datetime = Field(sa_type=UtcDateTime)
    actor: str
    action: str
    dataset: str
    version_id: int | None = None
    details: str
    previous: str
    hash: str = Field(unique=True)


class JobKind(StrEnum):
    """What a job does."""

    RELEASE = "release"


class JobEntity(SQLModel, table=True):
    """Work begun by an act: `done` of `steps` steps are on disk, the next one may be tried from `due_at` on.

    `attempts` and `error` are of the step at hand; both are cleared when it succeeds. What remains to be done
    is never read from here but found by looking what is missing, so a step is safe to do twice.
    """

    __tablename__ = "job"
    __table_args__ = (sa.Index("ix_job_due", "finished_at", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    dataset: str
    version_id: int = Field(foreign_key="version.id", index=True)
    actor: str
    begun_at: dt.datetime = Field(sa_type=UtcDateTime)
    steps: int
    done: int = 0
    attempts: int = 0
    error: str = ""
    due_at: dt.datetime = Field(sa_type=UtcDateTime)
    finished_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


class FactEntity(SQLModel, table=True):
    """Something settled once for the whole installation."""

    __tablename__ = "fact"

    name: str = Field(primary_key=True)
    value: str
