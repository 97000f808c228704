"""API tokens: a name, a reach and an end; the secret is shown once and kept only as its hash.

The secret has 256 random bits, so a plain SHA-256 of it is as hard to reverse as any slow hash of a password.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Iterable

from app.errors import ConflictError, RequestError, UnknownActorError
from app.model.actor import BUNDLED, Action, Actor, Grant
from app.storage.entities import TokenEntity
from app.storage.installation import Installation
from app.storage.journal import append_event
from app.storage.tokens import find_token, find_token_by_secret

PREFIX = "shisaku_"
"""Begins every secret, so that scanners for leaked keys can know them."""

MAX_DAYS = 400
_NAME = re.compile(r"[0-9A-Za-z._@-]{2,100}")


def add_token(
    installation: Installation,
    actor: Actor,
    name: str,
    organization: str,
    actions: Iterable[Action],
    days: int,
    now: dt.datetime,
) -> str:
    """Make a token for an organization and some actions, good for so many days; return its secret.

    Raises OrganizationNotFound, RequestError for an unfit name, no action or too many days, ConflictError if
    the name is taken.
    """
    known = installation.catalog.get_organization(organization)
    granted = sorted({action.value for action in actions})
    if not _NAME.fullmatch(name) or name == BUNDLED.name:
        raise RequestError("name", "名前は、半角の英数字と「.」「_」「@」「-」で2〜100文字にしてください。")
    if not granted or not 0 < days <= MAX_DAYS:
        raise RequestError("days", f"権限を1つ以上、期限を1〜{MAX_DAYS}日で指定してください。")
    secret = PREFIX + secrets.token_urlsafe(32)
    with installation.database.writing() as session:
        if find_token(session, name) is not None:
            raise ConflictError(f"「{name}」という名前のトークンは、もうあります。")
        session.add(
            TokenEntity(
                name=name,
                secret_sha256=_hash(secret),
                organization=known.name,
                actions=";".join(granted),
                created_at=now,
                created_by=actor.name,
                expires_at=now + dt.timedelta(days=days),
            )
        )
        append_event(
            session,
            at=now,
            actor=actor,
            action="token:add",
            dataset="",
            version_id=None,
            details={"token": name, "organization": known.name, "actions": granted, "days": days},
        )
    return secret


def revoke_token(installation: Installation, actor: Actor, name: str, now: dt.datetime) -> None:
    """End a token at once; raises ConflictError if there is none of that name or it was revoked before."""
    with installation.database.writing() as session:
        token = find_token(session, name)
        if token is None or token.revoked_at is not None:
            raise ConflictError(f"「{name}」という有効なトークンはありません。")
        token.revoked_at = now
        append_event(
            session,
            at=now,
            actor=actor,
            action="token:revoke",
            dataset="",
            version_id=None,
            details={"token": name},
        )


def get_actor(installation: Installation, secret: str, now: dt.datetime) -> Actor:
    """Return who a secret stands for; raises UnknownActorError if it is unknown, expired or revoked."""
    with installation.database.reading() as session:
        token = find_token_by_secret(session, _hash(secret))
    if token is None or token.revoked_at is not None or token.expires_at <= now:
        raise UnknownActorError("トークンが正しくないか、期限が切れています。")
    actions = frozenset(Action(action) for action in token.actions.split(";"))
    return Actor(token.name, (Grant(token.organization, actions),))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
