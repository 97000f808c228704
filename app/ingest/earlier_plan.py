"""The rows of other datasets that an upload may name as those of an earlier plan."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import cached_property

from app.checks.keys import hash_key
from app.formats.iri import ID_FIELD
from app.model.record import Record, TableRecord
from app.storage.entities import State, VersionTableEntity
from app.storage.installation import Installation
from app.storage.versions import StoredVersion, find_newest_in, list_subjects
from app.tables.table import open_table

MAX_PARTS = 20
"""Parts of an ID, between hyphens, that are tried as a dataset's name."""
_MAX_KEPT = 64
_ON_ITS_WAY = (State.SUBMITTED, State.APPROVING)


class EarlierRows:
    """Finds rows in what is effective, approved or submitted of all datasets but one, `own`.

    The IDs of a dataset usually begin with its name, up to a hyphen, so those datasets are looked into, and
    all about the municipality. What was read once is kept: versions, and the hashed IDs of tables.
    """

    def __init__(self, installation: Installation, own: str) -> None:
        self._installation = installation
        self._own = own
        self._versions: dict[str, list[tuple[StoredVersion, Record]]] = {}
        self._hashes: OrderedDict[tuple[str, str], AbstractSet[bytes]] = OrderedDict()

    def find_ward(self, kind: str, identifier: str, ward: str) -> str | None:
        """Return the code of the municipality whose row it is, `ward` if one is its; None if none is."""
        wards = {
            record.local_government_code
            for name in self._list_names(identifier, ward)
            for version, record in self._list_versions(name)
            if self._has_row(version, record, kind, identifier)
        }
        return ward if ward in wards else min(wards, default=None)

    @cached_property
    def _subjects(self) -> dict[str, set[str]]:
        with self._installation.database.reading() as session:
            subjects: dict[str, set[str]] = {}
            for name, code in list_subjects(session):
                subjects.setdefault(name, set()).add(code)
        subjects.pop(self._own, None)
        return subjects

    def _list_names(self, identifier: str, ward: str) -> Iterator[str]:
        parts = identifier.split("-")[:MAX_PARTS]
        likely = {"-".join(parts[:count]) for count in range(len(parts), 0, -1)}
        return (name for name, codes in self._subjects.items() if name in likely or ward in codes)

    def _list_versions(self, name: str) -> list[tuple[StoredVersion, Record]]:
        if name not in self._versions:
            with self._installation.database.reading() as session:
                found = [
                    find_newest_in(session, name, *states) for states in (_ON_ITS_WAY, (State.APPROVED,))
                ]
            self._versions[name] = [
                (version, Record.model_validate_json(version.revision.body))
                for version in found
                if version and version.revision
            ]
        return self._versions[name]

    def _has_row(self, version: StoredVersion, record: Record, kind: str, identifier: str) -> bool:
        described, key = {table.name: table for table in record.tables}, hash_key([identifier])
        return any(
            key in self._read_hashes(entity, described[entity.name], kind) for entity in version.tables
        )

    def _read_hashes(
        self, entity: VersionTableEntity, described: TableRecord, kind: str
    ) -> AbstractSet[bytes]:
        schema = self._installation.schemas.get_schema(described.schema_name, described.schema_version)
        if schema.id_path != kind or schema.find_field(ID_FIELD) is None:
            return frozenset()
        key = (entity.sha256, kind)
        if key not in self._hashes:
            place, blobs = schema.field_names.index(ID_FIELD), self._installation.blobs
            table = open_table(described, schema, entity.row_count, lambda: blobs.open(entity.sha256))
            self._hashes[key] = {hash_key([str(row[place])]) for row in table.rows()}
            if len(self._hashes) > _MAX_KEPT:
                self._hashes.popitem(last=False)
        return self._hashes[key]
