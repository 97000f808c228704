"""The doors for machines: files, records and feeds, rows, the CKAN action API, vocabularies, health."""

from __future__ import annotations

from fastapi import FastAPI

from app.api import (
    catalog,
    ckan,
    dataset,
    files,
    health,
    identifier,
    organization,
    rows,
    series,
    upload,
    version,
    vocabulary,
)


def install(app: FastAPI) -> None:
    """Add every route for machines to the app."""
    reading = (health, ckan, catalog, identifier, files, dataset, series, organization, rows, vocabulary)
    for room in (*reading, upload, version):
        app.include_router(room.router)
