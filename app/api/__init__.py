"""The doors for machines: files, records and feeds, rows, the CKAN action API, vocabularies, health."""

from __future__ import annotations

from fastapi import FastAPI

from app.api import (
    atom,
    catalog,
    ckan,
    dataset,
    datastore,
    files,
    health,
    identifier,
    job,
    organization,
    repair,
    rows,
    series,
    sitemap,
    standard,
    upload,
    version,
    vocabulary,
)


def install(app: FastAPI) -> None:
    """Add every route for machines to the app."""
    whole = (health, sitemap, atom, ckan, datastore, catalog, identifier)  # atom before files: the first wins
    parts = (files, dataset, series, organization, rows, standard, vocabulary)
    for room in (*whole, *parts, upload, repair, version, job):
        app.include_router(room.router)
