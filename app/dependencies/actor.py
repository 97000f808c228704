"""Who asks: the actor behind `Authorization: Bearer …`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.dependencies.reader import get_installation, get_now
from app.errors import UnknownActorError
from app.model.actor import Actor
from app.people.token import get_actor

_bearer = HTTPBearer(auto_error=False, description="`shisaku token add` で作ったトークン")


def get_acting_person(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Actor:
    """Return who the request's token stands for; raises UnknownActorError."""
    if credentials is None:
        raise UnknownActorError("トークンを Authorization: Bearer の形で付けてください。")
    return get_actor(get_installation(request), credentials.credentials, get_now(request))


ActorDep = Annotated[Actor, Depends(get_acting_person)]
