"""The doors for machines: files, records and feeds, rows, the CKAN action API, vocabularies, health."""

from __future__ import annotations

from fastapi import FastAPI

from app.api import (
    catalog,
    ckan,
    dataset,
    datastore,
    files,
    health,
    identifier,
    job,
    rows,
    upload,
    version,
    vocabulary,
)


def install(app: FastAPI) -> None:
    """Add every route for machines to the app."""
    for room in (
        health,
        ckan,
        datastore,
        catalog,
        identifier,
        files,
        dataset,
        rows,
        vocabulary,
        upload,
        version,
        job,
    ):
        app.include_router(room.router)
