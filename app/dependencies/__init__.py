"""What one request may ask for: a reader of the catalogue, and ready answers to give back."""

from __future__ import annotations

from app.dependencies.reader import ReaderDep, get_installation

__all__ = ["ReaderDep", "get_installation"]
