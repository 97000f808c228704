"""accept: what was checked becomes a draft with its report; the blobs first, then one commit."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.checks.metadata import dataset_name_fault
from app.checks.rules import make_finding
from app.errors import RefusedUpload
from app.ingest.check import CheckedTable, check_tables
from app.ingest.describe import describe_dataset
from app.ingest.earlier_plan import EarlierRows
from app.ingest.identify import DESCRIPTOR, identify_upload
from app.ingest.receive import Received
from app.model.actor import EVERY_ORGANIZATION, Action, Actor
from app.model.record import Record
from app.model.report import Report, ReportBuilder
from app.people.permission import require
from app.storage.blobs import Blob
from app.storage.deletion import require_blobs
from app.storage.entities import DatasetEntity, State, VersionEntity, VersionTableEntity
from app.storage.installation import Installation
from app.storage.journal import append_event
from app.storage.versions import (
    StoredVersion,
    add_dataset,
    add_record,
    find_dataset,
    find_newest_version,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """An upload that went through every check; nothing of it is kept yet.

    `name` is the dataset's and `publisher` its organization's, both empty if the upload doesn't say.
    `record` is None if the metadata are missing or have faults, `tables` are those without blocking findings.
    """

    name: str
    publisher: str
    report: Report
    record: Record | None
    tables: tuple[CheckedTable, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an upload led to: the version's key, and whether it was made by this very upload."""

    name: str
    version_id: int
    report: Report
    is_new: bool


def check_upload(
    installation: Installation,
    received: Received,
    scratch: Path,
    *,
    schema_name: str | None = None,
    dataset_name: str | None = None,
) -> Checked:
    """Run identify, check and describe on an upload; `scratch` then holds the canonical tables.

    Raises RefusedUpload if it cannot be read at all, SchemaNotFound if `schema_name` is unknown.
    """
    settings = installation.settings
    findings = ReportBuilder(settings.max_findings_per_rule)
    identified = identify_upload(
        received, scratch, settings, installation.schemas, findings, schema_name=schema_name
    )
    descriptor = identified.descriptor
    earlier = EarlierRows(installation, dataset_name or str((descriptor or {}).get("name", "")))
    tables = check_tables(identified.tables, scratch, settings, findings, earlier.find_ward)
    if descriptor is None:
        name = dataset_name or ""
        record = _find_record(installation, name, tables)
        publisher = record.publisher if record else ""
    else:
        name = _read_name(dataset_name or descriptor.get("name", ""), findings)
        record = describe_dataset(descriptor, identified.tables, installation.catalog, findings)
        publisher = _read_publisher(installation, descriptor)
    return Checked(name, publisher, findings.build(identified.taken_for), record, tables)


def accept_upload(
    installation: Installation,
    actor: Actor,
    received: Received,
    scratch: Path,
    now: dt.datetime,
    *,
    schema_name: str | None = None,
    dataset_name: str | None = None,
) -> Accepted:
    """Check an upload and keep it as a draft, with its report, whatever the report says.

    The same bytes with the same outcome, sent again before anything else, lead to the version they made.
    Raises RefusedUpload if it cannot be read or if no usable dataset name is known, and NotAllowedError.
    """
    checked = check_upload(
        installation, received, scratch, schema_name=schema_name, dataset_name=dataset_name
    )
    fault = dataset_name_fault(checked.name)
    if fault:
        raise RefusedUpload("dataset-name", fault, "名前を直してから、もう一度送ってください。")
    with installation.database.reading() as session:
        _require_reach(installation, actor, find_dataset(session, checked.name), checked)
    original = installation.blobs.adopt(received.path)
    blobs = [installation.blobs.adopt(table.path) for table in checked.tables]
    return _commit(installation, actor, received, original, checked, blobs, now)


def _require_reach(
    installation: Installation, actor: Actor, dataset: DatasetEntity | None, checked: Checked
) -> None:
    """Raise NotAllowedError unless the actor may upload for the dataset's publisher and for the record's."""
    organizations = {_organization(installation, actor, checked)}
    if dataset is not None:
        organizations = {dataset.organization} | ({checked.record.publisher} if checked.record else set())
    for organization in sorted(organizations):
        require(actor, Action.UPLOAD, organization, installation.catalog)


def _organization(installation: Installation, actor: Actor, checked: Checked) -> str:
    """Return the publisher of a new dataset: as its metadata say, or else the one its sender works for."""
    if checked.publisher:
        return checked.publisher
    own = (grant.organization for grant in actor.grants if grant.organization != EVERY_ORGANIZATION)
    return next(own, installation.catalog.operator.name)


def _commit(
    installation: Installation,
    actor: Actor,
    received: Received,
    original: Blob,
    checked: Checked,
    blobs: Sequence[Blob],
    now: dt.datetime,
) -> Accepted:
    with installation.database.writing() as session:
        _require_reach(installation, actor, find_dataset(session, checked.name), checked)
        newest = find_newest_version(session, checked.name)
        if newest is not None and _is_outcome(newest, original, checked, blobs):
            return Accepted(checked.name, newest.version_id, checked.report, is_new=False)
        require_blobs(installation, [original.sha256, *(blob.sha256 for blob in blobs)])
        dataset = add_dataset(session, checked.name, _organization(installation, actor, checked), actor, now)
        version = VersionEntity(
            dataset_id=dataset.id,
            state=State.DRAFT,
            created_at=now,
            created_by=actor.name,
            upload_sha256=original.sha256,
            upload_name=received.name,
            upload_size=original.size,
            report=json.dumps(checked.report.as_json(), ensure_ascii=False),
        )
        session.add(version)
        session.flush()
        if version.id is None:
            raise ValueError("the database gave the version no key")
        for position, (table, blob) in enumerate(zip(checked.tables, blobs, strict=True)):
            session.add(
                VersionTableEntity(
                    version_id=version.id,
                    position=position,
                    name=table.name,
                    row_count=table.row_count,
                    sha256=blob.sha256,
                    size=blob.size,
                )
            )
        if checked.record is not None:
            add_record(session, dataset, version.id, checked.record, actor, now)
        append_event(
            session,
            at=now,
            actor=actor,
            action="version:accept",
            dataset=checked.name,
            version_id=version.id,
            details={"upload": original.sha256, "file": received.name, "counts": checked.report.counts},
        )
        return Accepted(checked.name, version.id, checked.report, is_new=True)


def _is_outcome(version: StoredVersion, original: Blob, checked: Checked, blobs: Sequence[Blob]) -> bool:
    """Tell whether a dataset's newest version is what this upload would make once more.

    Only the newest can still be submitted; of one that was withdrawn the bytes are gone.
    """
    tables = [(table.name, blob.sha256) for table, blob in zip(checked.tables, blobs, strict=True)]
    return (
        version.version.state != State.WITHDRAWN
        and version.version.upload_sha256 == original.sha256
        and json.loads(version.version.report) == checked.report.as_json()
        and [(table.name, table.sha256) for table in version.tables] == tables
        and _list_schemas(_record_of(version)) == _list_schemas(checked.record)
    )


def _record_of(stored: StoredVersion) -> Record | None:
    return None if stored.revision is None else Record.model_validate_json(stored.revision.body)


def _list_schemas(record: Record | None) -> list[tuple[str, str, str]] | None:
    """Return each table of a record with its schema, or None for no record, which is another outcome."""
    if record is None:
        return None
    return [(table.name, table.schema_name, table.schema_version) for table in record.tables]


def _find_record(installation: Installation, name: str, tables: Sequence[CheckedTable]) -> Record | None:
    """Take the record of the dataset's newest version, if it describes just these tables."""
    with installation.database.reading() as session:
        newest = None if dataset_name_fault(name) else find_newest_version(session, name)
    record = None if newest is None else _record_of(newest)
    if record is None:
        return None
    described = {(table.name, table.schema_name) for table in record.tables}
    return record if described == {(table.name, table.schema.name) for table in tables} else None


def _read_name(name: object, findings: ReportBuilder) -> str:
    """Return the dataset's name; one that cannot be used is a finding, and empty if it is no text."""
    if fault := dataset_name_fault(name):
        mend = "名前を直してください。"
        findings.add(make_finding("metadata", fault, mend, DESCRIPTOR, column="name", value=str(name)))
    return name if isinstance(name, str) else ""


def _read_publisher(installation: Installation, descriptor: dict[str, Any]) -> str:
    publisher = str(descriptor.get("publisher", "")).strip()
    return publisher if publisher in installation.catalog.organizations else ""
