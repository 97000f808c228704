"""The first tables: dataset, version, version_table, record_revision, rendering, event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.entities import UtcDateTime, key_type

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "dataset",
        sa.Column("id", key_type(), primary_key=True),
        sa.Column("name", key_type(), nullable=False, unique=True),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
    )
    op.create_index("ix_dataset_organization", "dataset", ["organization"])
    _create_versions()
    _create_records()
    _create_renderings()
    op.create_table(
        "token",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("secret_sha256", sa.String(), nullable=False, unique=True),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("actions", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime()),
    )
    op.create_table("blob_deletion", sa.Column("sha256", sa.String(), primary_key=True))
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("version_id", sa.Integer()),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False, unique=True),
    )


def _create_versions() -> None:
    op.create_table(
        "version",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("dataset_id", key_type(), sa.ForeignKey("dataset.id"), nullable=False),
        sa.Column("number", sa.Integer()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("submitted_at", UtcDateTime()),
        sa.Column("submitted_by", sa.String()),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("approved_at", UtcDateTime()),
        sa.Column("approved_by", sa.String()),
        sa.Column("effective_at", UtcDateTime()),
        sa.Column("upload_sha256", sa.String(), nullable=False),
        sa.Column("upload_name", sa.String(), nullable=False),
        sa.Column("upload_size", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.String(), nullable=False),
        sa.UniqueConstraint("dataset_id", "number"),
    )
    op.create_index("ix_version_current", "version", ["dataset_id", "state", "effective_at"])
    op.create_table(
        "version_table",
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("version.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
    )


def _create_records() -> None:
    op.create_table(
        "record_revision",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("dataset_id", key_type(), sa.ForeignKey("dataset.id"), nullable=False),
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("version.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("publisher", sa.String(), nullable=False),
        sa.Column("local_government_code", sa.String(), nullable=False),
        sa.Column("themes", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("effective_at", UtcDateTime()),
        sa.Column("retire_at", UtcDateTime()),
        sa.UniqueConstraint("dataset_id", "number"),
    )
    op.create_index("ix_record_revision_current", "record_revision", ["dataset_id", "effective_at"])
    op.create_index("ix_record_revision_version_id", "record_revision", ["version_id"])
    op.create_index("ix_record_revision_publisher", "record_revision", ["publisher"])
    op.create_index("ix_record_revision_local_government_code", "record_revision", ["local_government_code"])


def _create_renderings() -> None:
    op.create_table(
        "rendering",
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("version.id"), primary_key=True),
        sa.Column("record_id", sa.Integer(), sa.ForeignKey("record_revision.id"), primary_key=True),
        sa.Column("table_name", sa.String(), primary_key=True),
        sa.Column("format", sa.String(), primary_key=True),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("renderer", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("losses", sa.String(), nullable=False),
        sa.Column("loss_count", sa.Integer(), nullable=False),
    )
    op.create_index("ix_rendering_resource_id", "rendering", ["resource_id"])
    op.create_index("ix_rendering_sha256", "rendering", ["sha256"])
