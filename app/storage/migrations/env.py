"""Alembic runs this; the connection comes from app.storage.database, inside its lock and transaction."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from app.storage import entities  # noqa: F401  # registers the tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
)
context.run_migrations()
