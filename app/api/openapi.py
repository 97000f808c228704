"""The OpenAPI document: FastAPI's, with the one shape in which our errors come."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

PROBLEM = {
    "description": "問題の説明（RFC 9457）",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "title": "Problem",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                },
            }
        }
    },
}


class DescribedApp(FastAPI):
    """An app whose document says of every operation that errors are problem details."""

    def openapi(self) -> dict[str, Any]:
        """Return the document; it is made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            for operations in document["paths"].values():
                for operation in operations.values():
                    operation["responses"].pop("422", None)
                    operation["responses"]["default"] = PROBLEM
        return super().openapi()
