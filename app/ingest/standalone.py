"""identify, for tables without a package: one CSV as it comes, or the sheets of a workbook."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from app.checks.workbook import check_sheet, tell_skipped_sheet
from app.errors import RefusedUpload
from app.ingest.check import UploadedTable
from app.ingest.identified import Identified
from app.ingest.receive import Received
from app.ingest.recognise import HEAD_ROWS, Recogniser, Recognition, find_header_row
from app.model.report import ReportBuilder
from app.model.table_schema import TableSchema
from app.settings import Settings
from app.tables.delimited import guess_delimiter, read_head
from app.tables.encoding import ENCODING_TITLES, find_decoding_fault, recognise_codec
from app.tables.workbook import Sheet, UnreadableWorkbook, Workbook
from app.vocabulary.columns import ColumnNames
from app.vocabulary.schemas import SchemaRegistry

_DELIMITER_TITLES = {",": "", "\t": "、タブ区切り", ";": "、セミコロン区切り"}


def identify_csv(
    received: Received, settings: Settings, schemas: SchemaRegistry, schema_name: str | None
) -> Identified:
    """Tell a CSV's encoding, delimiter, header row and schema.

    `schema_name` is `name` or `name/version`; without it, a standard dataset is recognised by its header.
    Raises RefusedUpload if it is none, SchemaNotFound.
    """
    codec = recognise_codec(received.path) or "utf-8-sig"  # if none fits, the check says where UTF-8 breaks
    max_characters = settings.max_columns * settings.max_cell_characters
    head: list[list[str]] = []
    delimiter = ","
    if find_decoding_fault(received.path, codec) is None:
        delimiter = guess_delimiter(received.path, codec, max_characters)
        head = read_head(received.path, codec, delimiter, max_characters, HEAD_ROWS)
    found = _Finder(settings, schemas, schema_name).find(head)
    if found is None:
        raise _make_unrecognised(received)
    table = _make_table(found, received.path, received.name, codec, delimiter)
    form = "" if codec == "utf-8-sig" else f"、{ENCODING_TITLES[codec]}"
    taken = f"CSV「{received.name}」{form}{_DELIMITER_TITLES[delimiter]}（{_say_schema(found)}）"
    return Identified(taken, None, (table,))


def identify_workbook(
    received: Received,
    scratch: Path,
    settings: Settings,
    schemas: SchemaRegistry,
    findings: ReportBuilder,
    schema_name: str | None,
) -> Identified:
    """Tell which sheets of a workbook are tables, and write each to scratch as CSV, row by row.

    Every other sheet, and what is merged, hidden or commented, becomes a finding. Raises RefusedUpload if no
    sheet is a table, if the workbook can't be read, or if a sheet breaks a bound; SchemaNotFound.
    """
    try:
        book = Workbook(received.path)
    except UnreadableWorkbook as error:
        raise _make_unreadable(received, error) from error
    try:
        reader = _SheetReader(book, received, scratch, settings, _Finder(settings, schemas, schema_name))
        tables = tuple(reader.read(findings))
    except UnreadableWorkbook as error:
        raise _make_unreadable(received, error) from error
    finally:
        book.close()
    if not tables:
        raise _make_unrecognised(received)
    said = "、".join(f"シート「{name}」は{_say_schema(found)}" for name, found in reader.taken)
    return Identified(f"Excelブック「{received.name}」（{said}）", None, tables)


class _Finder:
    """Finds the schema of a table by its first rows, or how to read it as the schema that was named."""

    def __init__(self, settings: Settings, schemas: SchemaRegistry, schema_name: str | None) -> None:
        self._names = ColumnNames(settings.vocab_dir / "standards" / "aliases.csv")
        self._recogniser = Recogniser(schemas, self._names)
        self._named: TableSchema | None = None
        if schema_name is not None:
            name, _, version = schema_name.partition("/")
            self._named = schemas.get_schema(name, version or None)

    def find(self, head: list[list[str]]) -> Recognition | None:
        """Return how to read the table; a complete schema wants its header just so."""
        if self._named is None:
            return self._recogniser.recognise(head)
        if not self._named.is_partial or not head:
            return Recognition(self._named, 1, {}, 1.0, None)
        row = find_header_row(head, self._named, self._names)
        return Recognition(self._named, row, self._names.match_header(head[row - 1], self._named), 1.0, None)


class _SheetReader:
    """Reads the sheets of one workbook; `taken` has the names of tables, each with what it was taken for."""

    def __init__(
        self, book: Workbook, received: Received, scratch: Path, settings: Settings, finder: _Finder
    ) -> None:
        self._book = book
        self._file_name = received.name
        self._scratch = scratch
        self._settings = settings
        self._finder = finder
        self.taken: list[tuple[str, Recognition]] = []

    def read(self, findings: ReportBuilder) -> Iterator[UploadedTable]:
        """Yield the tables; tell why any other sheet is none."""
        for number, sheet in enumerate(self._book.sheets()):
            source = f"{self._file_name}［{sheet.name}］"
            why, found = self._judge(sheet, source)
            if found is None:
                findings.add(tell_skipped_sheet(source, why))
                continue
            findings.extend(check_sheet(source, sheet, self._book.merged_ranges(sheet)))
            self.taken.append((sheet.name, found))
            path = self._scratch / f"sheet-{number}.csv"
            self._write(sheet, path)
            yield _make_table(found, path, source, "utf-8", ",")

    def _judge(self, sheet: Sheet, source: str) -> tuple[str, Recognition | None]:
        if sheet.is_hidden:
            return "表示されていないシートです。", None
        if sheet.rows == 0:
            return "空のシートです。", None
        self._require_size(sheet, source)
        found = self._finder.find(list(islice(self._book.rows(sheet), HEAD_ROWS)))
        if found is None:
            return "見出しから、どのスキーマの表かが分かりませんでした。", None
        same = next((name for name, other in self.taken if other.schema.name == found.schema.name), None)
        return ("", found) if same is None else (f"シート「{same}」と同じ種類の表です。", None)

    def _require_size(self, sheet: Sheet, source: str) -> None:
        cells = sheet.rows * sheet.columns
        if cells > self._settings.max_workbook_cells:
            raise RefusedUpload(
                "workbook-too-large",
                f"{source} は{sheet.rows:,}行{sheet.columns:,}列の広さがあり、"
                f"上限（{self._settings.max_workbook_cells:,}セル）を超えています。",
                "表の外の、遠くのセルに残った値や書式を消すか、CSVで送ってください。",
            )

    def _write(self, sheet: Sheet, path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            for row in self._book.rows(sheet):
                writer.writerow(row if any(row) else [])


def _make_table(found: Recognition, path: Path, source: str, encoding: str, delimiter: str) -> UploadedTable:
    return UploadedTable(
        name=found.schema.name.removeprefix("plan-"),
        title=found.schema.title,
        description="",
        path=path,
        source=source,
        schema=found.schema,
        encoding=encoding,
        delimiter=delimiter,
        header_row=found.header_row,
        columns=found.columns,
    )


def _say_schema(found: Recognition) -> str:
    said = f"スキーマ {found.schema.name} {found.schema.version}"
    if found.next_best is None:
        return said
    sure = f"確かさ {found.confidence:.0%}、次に近いのは「{found.next_best.title}」"
    return f"{said}。見出しから「{found.schema.title}」と見分けました（{sure}）"


def _make_unrecognised(received: Received) -> RefusedUpload:
    return RefusedUpload(
        "schema-missing",
        f"「{received.name}」の見出しからは、どのスキーマの表かが分かりませんでした。",
        "スキーマの名前（例: --schema plan-measures）を付けてください。一覧は /schemas/ にあります。",
    )


def _make_unreadable(received: Received, error: UnreadableWorkbook) -> RefusedUpload:
    return RefusedUpload(
        "workbook-damaged",
        f"Excelブック「{received.name}」を読み取れません。壊れているか、特殊なものです（{error}）。",
        "Excelで開けるか確かめ、［名前を付けて保存］で新しいブックに保存して、もう一度送ってください。",
    )
