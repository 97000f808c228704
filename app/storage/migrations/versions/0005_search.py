"""Search: the words and values that records are found by, in place of one text; the indexes that lists need.

Filled at the next start (`publish/search.py`), since the words of tables are in blobs.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from app.storage.entities import key_type

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and drop the column that they replace."""
    op.create_table(
        "search_text",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("record_id", sa.Integer(), sa.ForeignKey("record_revision.id"), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.UniqueConstraint("record_id", "weight"),
    )
    op.create_table(
        "search_value",
        sa.Column("record_id", sa.Integer(), sa.ForeignKey("record_revision.id"), primary_key=True),
        sa.Column("field", key_type(), primary_key=True),
        sa.Column("value", key_type(), primary_key=True),
    )
    op.create_index("ix_search_value_value", "search_value", ["field", "value", "record_id"])
    _create_index()
    op.drop_column("record_revision", "search_text")


def _create_index() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_index"
            " USING fts5(tokens, content = '', detail = none, tokenize = 'ascii')"
        )
        return
    op.create_table(
        "search_index",
        sa.Column("rowid", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("tokens", TSVECTOR(), nullable=False),
    )
    op.create_index("ix_search_index_tokens", "search_index", ["tokens"], postgresql_using="gin")
