"""describe: the Data Package descriptor becomes the dataset's record; all faults become findings.

Standard properties (Data Package 2.0): name, title, description, keywords, licenses, sources. Ours beside
them: title_en, description_en, publisher, local_government_code, themes, temporal, frequency, contact,
unofficial.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from app.checks.metadata import check_record, text_fault
from app.checks.rules import make_finding
from app.ingest.check import UploadedTable
from app.ingest.identify import DESCRIPTOR
from app.model.record import Contact, Record, Source, TableRecord
from app.model.report import ReportBuilder
from app.model.table_schema import Field, FieldType
from app.model.value import read_value
from app.vocabulary.catalog import Catalog

_DATE = Field("temporal", FieldType.DATE, "対象期間")


def describe_dataset(
    descriptor: dict[str, Any], tables: Sequence[UploadedTable], catalog: Catalog, findings: ReportBuilder
) -> Record | None:
    """Return the record that the descriptor states, or None if a fault of it stops a release."""
    reader = _DescriptorReader(descriptor, findings)
    record = Record(
        title=reader.text("title"),
        title_en=reader.text("title_en"),
        description=reader.text("description"),
        description_en=reader.text("description_en"),
        publisher=reader.text("publisher"),
        local_government_code=reader.text("local_government_code"),
        keywords=tuple(reader.texts("keywords")),
        themes=tuple(dict.fromkeys(reader.texts("themes"))),
        period_start=reader.date("start"),
        period_end=reader.date("end"),
        frequency=reader.text("frequency") or "UNKNOWN",
        contact=_read_contact(reader),
        license=_read_license(reader),
        sources=_read_sources(reader),
        unofficial=reader.flag("unofficial"),
        tables=tuple(
            TableRecord(
                name=table.name,
                title=table.title,
                description=table.description,
                schema_name=table.schema.name,
                schema_version=table.schema.version,
            )
            for table in tables
        ),
    )
    for fault in check_record(record, catalog):
        reader.fault(fault.property, fault.value, fault.why, fault.mend)
    return None if reader.faulty else record


class _DescriptorReader:
    """Reads properties one by one; one of the wrong type is a finding, and an empty value is returned."""

    def __init__(self, descriptor: dict[str, Any], findings: ReportBuilder) -> None:
        self._descriptor = descriptor
        self._findings = findings
        self.faulty: set[str] = set()

    def fault(self, name: str, value: object, why: str, mend: str) -> None:
        """Report a property, unless it was reported for its type before."""
        if name in self.faulty and value == "":
            return
        self.faulty.add(name)
        shown = "" if value is None else str(value)
        self._findings.add(make_finding("metadata", why, mend, table=DESCRIPTOR, column=name, value=shown))

    def text(self, name: str) -> str:
        return self.string(name, self._descriptor.get(name, ""))

    def string(self, name: str, value: object) -> str:
        """Return the value of a property, or of a part of it, as text without blanks around it."""
        why = text_fault(value)
        if why is None:
            return str(value).strip()
        self.fault(name, value, f"「{name}」は、{why}", '文字列を「" "」の中に打ち直してください。')
        return ""

    def flag(self, name: str) -> bool:
        value = self._descriptor.get(name, False)
        if not isinstance(value, bool):
            self.fault(
                name,
                value,
                f"「{name}」が true か false ではありません。",
                "true か false で書いてください。",
            )
        return value is True

    def objects(self, name: str) -> list[dict[str, Any]]:
        value = self._descriptor.get(name, [])
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        self.fault(
            name, value, f"「{name}」が {{ }} の一覧ではありません。", "[ { … } ] の形で書いてください。"
        )
        return []

    def texts(self, name: str) -> list[str]:
        value = self._descriptor.get(name, [])
        if isinstance(value, list):
            return [self.string(name, item) for item in value]
        self.fault(
            name, value, f"「{name}」が文字列の一覧ではありません。", '["…", "…"] の形で書いてください。'
        )
        return []

    def part(self, name: str) -> dict[str, Any]:
        value = self._descriptor.get(name, {})
        if isinstance(value, dict):
            return value
        self.fault(name, value, f"「{name}」の書き方が違います。", "{ } の中に文字列で書いてください。")
        return {}

    def date(self, end: str) -> dt.date | None:
        temporal = self._descriptor.get("temporal", {})
        value = temporal.get(end) if isinstance(temporal, dict) else temporal
        try:
            date = None if value is None else read_value(_DATE, value)
        except (TypeError, ValueError):
            self.fault(f"temporal.{end}", value, "日付の形ではありません。", "YYYY-MM-DD で書いてください。")
            return None
        return date if isinstance(date, dt.date) else None


def _read_contact(reader: _DescriptorReader) -> Contact:
    part = reader.part("contact")
    name, email, url = (
        reader.string(f"contact.{key}", part.get(key, "")) for key in ("name", "email", "url")
    )
    return Contact(name=name, email=email, url=url)


def _read_license(reader: _DescriptorReader) -> str:
    names = [reader.string("licenses", entry.get("name", "")) for entry in reader.objects("licenses")]
    if len(names) > 1:
        why = "ライセンスは、決められた一覧から1つだけ選びます。"
        reader.fault("licenses", "、".join(names), why, "licenses を1つにしてください。")
    return names[0] if names else ""


def _read_sources(reader: _DescriptorReader) -> tuple[Source, ...]:
    return tuple(
        Source(
            title=reader.string("sources", entry.get("title", "")),
            publisher=reader.string("sources", entry.get("publisher", "")),
            url=reader.string("sources", entry.get("path", "")),
        )
        for entry in reader.objects("sources")
    )
