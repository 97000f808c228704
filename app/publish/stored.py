"""Finding the version that an act is about."""

from __future__ import annotations

from app.errors import ConflictError, DatasetNotFound
from app.storage.entities import State
from app.storage.installation import Installation
from app.storage.versions import StoredVersion, find_dataset, find_newest_in


def get_newest_in(installation: Installation, name: str, what: str, *states: State) -> StoredVersion:
    """Return a dataset's newest version in one of these states.

    Raises DatasetNotFound, or ConflictError saying that there is no `what` (Japanese).
    """
    with installation.database.reading() as session:
        if find_dataset(session, name) is None:
            raise DatasetNotFound(name)
        found = find_newest_in(session, name, *states)
    if found is None:
        raise ConflictError(f"「{name}」には{what}がありません。")
    return found
