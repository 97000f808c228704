"""API tokens as stored: found by the hash of their secret."""

from __future__ import annotations

from sqlmodel import Session, col, select

from app.storage.entities import TokenEntity


def find_token(session: Session, name: str) -> TokenEntity | None:
    """Return the token of that name, revoked and expired ones too."""
    return session.exec(select(TokenEntity).where(TokenEntity.name == name)).first()


def find_token_by_secret(session: Session, secret_sha256: str) -> TokenEntity | None:
    """Return the token whose secret has that SHA-256."""
    return session.exec(select(TokenEntity).where(TokenEntity.secret_sha256 == secret_sha256)).first()


def list_tokens(session: Session) -> list[TokenEntity]:
    """Return every token by name."""
    return list(session.exec(select(TokenEntity).order_by(col(TokenEntity.name))))
