"""Request bodies, bounded."""

from __future__ import annotations

from fastapi import Request

from app.errors import RefusedUpload


async def read_body(request: Request) -> bytes:
    """Return the whole body; raises RefusedUpload when it passes `max_request_bytes`."""
    limit = request.app.state.installation.settings.max_request_bytes
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise RefusedUpload(
                "request-too-large",
                f"本文が大きすぎます（上限 {limit:,} バイト）。",
                "本文を短くしてください。",
            )
        parts.append(part)
    return b"".join(parts)
