"""Addresses: what no path may hold."""

from __future__ import annotations

from fastapi import HTTPException, Request


async def require_text(request: Request) -> None:
    """Raise a 404 for a path with NUL: no name has one, and PostgreSQL can't even be asked for it."""
    if "\0" in request.scope["path"]:
        raise HTTPException(404)
