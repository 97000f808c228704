"""What only a dataset's own people see: versions that are not effective yet, with their reports."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from app.errors import DatasetNotFound
from app.model.actor import Action, Actor
from app.storage.installation import Installation
from app.storage.versions import find_dataset, list_unreleased_versions


def list_unreleased(
    installation: Installation, actor: Actor, name: str, now: dt.datetime
) -> list[dict[str, Any]]:
    """Return the versions of a dataset that are not effective yet as JSON values, newest first.

    To those without any role for its publisher the dataset is not there: raises DatasetNotFound.
    """
    with installation.database.reading() as session:
        dataset = find_dataset(session, name)
        if dataset is None or not any(actor.may(action, dataset.organization) for action in Action):
            raise DatasetNotFound(name)
        versions = list_unreleased_versions(session, dataset, now)
    return [
        {
            "version_id": version.id,
            "state": version.state,
            "created_at": version.created_at.isoformat(),
            "created_by": version.created_by,
            "file_name": version.upload_name,
            "comment": version.comment,
            "number": version.number,
            "effective_at": version.effective_at.isoformat() if version.effective_at else None,
            "report": json.loads(version.report),
        }
        for version in versions
    ]
