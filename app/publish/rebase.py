"""rebase: the catalogue moves to another base address; what holds the base is rendered again."""

from __future__ import annotations

import datetime as dt

from app.errors import RequestError
from app.model.actor import Actor
from app.model.record import Record
from app.publish.jobs import JOBS_LOCK
from app.publish.render import Edition, render_version
from app.storage.entities import RecordRevisionEntity, RenderingEntity
from app.storage.facts import PUBLIC_URL, change_fact
from app.storage.installation import Installation, is_base
from app.storage.journal import append_event
from app.storage.versions import (
    drop_renderings,
    get_version,
    list_approving,
    list_rendered,
    replace_renderings,
)


def rebase_catalogue(installation: Installation, actor: Actor, base: str, now: dt.datetime) -> int:
    """Render every approved version for a new base, and record the base; return how many versions.

    Broken off, it leaves the old base recorded and can be run again. Raises RequestError if `base` is not an
    address without a trailing slash.
    """
    if not is_base(base):
        raise RequestError(
            "base", "https://data.example.jp のような、最後に「/」のないアドレスを指定してください。"
        )
    with installation.database.hold(JOBS_LOCK, wait=True):
        rendered = _render_all(installation.at_base(base))
        with installation.database.writing() as session:
            for version_id, revision, renderings in rendered:
                replace_renderings(session, version_id, revision, renderings)
            for version in list_approving(session):
                drop_renderings(session, version)  # their jobs make them again, at the new base
            append_event(
                session,
                at=now,
                actor=actor,
                action="catalogue:rebase",
                dataset="",
                version_id=None,
                details={"from": installation.base, "to": base},
            )
            change_fact(session, PUBLIC_URL, base)
    return len(rendered)


def _render_all(
    installation: Installation,
) -> list[tuple[int, RecordRevisionEntity, list[RenderingEntity]]]:
    with installation.database.reading() as session:
        keys = list_rendered(session)
    rendered = []
    for name, version_id, record_id in keys:
        with installation.database.reading() as session:
            stored = get_version(session, name, version_id, record_id)
        version, revision = stored.version, stored.revision
        if (
            version.number is None
            or version.effective_at is None
            or revision is None
            or revision.effective_at is None
        ):
            raise ValueError(f"version {version_id} of {name} is approved and incomplete")
        edition = Edition(
            version=stored,
            record=Record.model_validate_json(revision.body),
            number=version.number,
            effective_at=version.effective_at,
            modified=max(version.effective_at, revision.effective_at),
        )
        rendered.append((version_id, revision, render_version(installation, edition)))
    return rendered
