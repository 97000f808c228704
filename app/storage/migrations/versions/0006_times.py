"""Indexes on the times at which readers see a change: the last and the next are asked for after every act."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_version_effective_at", "version", ["effective_at"])
    op.create_index("ix_record_revision_effective_at", "record_revision", ["effective_at"])
    op.create_index("ix_record_revision_retire_at", "record_revision", ["retire_at"])
