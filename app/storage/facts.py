"""Facts: what all machines of one installation must agree on, settled once and kept in its database."""

from __future__ import annotations

from sqlmodel import Session

from app.storage.entities import FactEntity

PUBLIC_URL = "public_url"
"""The base of all absolute addresses."""


def find_fact(session: Session, name: str) -> str | None:
    """Return what was settled, or None."""
    found = session.get(FactEntity, name)
    return None if found is None else found.value


def record_fact(session: Session, name: str, value: str) -> str:
    """Settle a fact in the writer's transaction; return it as it was settled first, maybe by another."""
    settled = find_fact(session, name)
    if settled is None:
        session.add(FactEntity(name=name, value=value))
    return settled or value


def change_fact(session: Session, name: str, value: str) -> None:
    """Settle a fact anew in the writer's transaction."""
    session.merge(FactEntity(name=name, value=value))
