from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import re
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import frictionless
import httpx
import openpyxl
import pandas as pd
import pyarrow.parquet
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS

from app.model.distribution import PLAN_FORMATS, TABLE_FORMATS, find_format
from app.publish.record import edit_record
from app.serve.catalogue import Reader, get_release
from app.settings import HOUSE, Settings
from app.storage.installation import Installation, open_installation
from tests.conftest import (
    BASE,
    PLAN,
    STAFF,
    START,
    PackageMaker,
    load_folder,
    make_client,
    publish_folder,
)

PAGE = f"/dataset/{PLAN}"
TABLES = ("plans", "goals", "measures", "schedule", "glossary")
SUFFIXES = [entry.suffix for entry in TABLE_FORMATS]
FILES = [(table, suffix) for table in TABLES for suffix in SUFFIXES]
ETAG = re.compile(r'"[0-9a-f]{64}"')

pytestmark = [
    pytest.mark.anyio,
    # rdflib reads JSON-LD with a class that it deprecates itself
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]


def _address(table: str, suffix: str, version: str = "") -> str:
    return f"{PAGE}{version}/{table}.{suffix}" if table else f"{PAGE}{version}.{suffix}"


def _readable_name(response: httpx.Response) -> str:
    found = re.fullmatch(
        r"(?:attachment|inline); filename=\"([\x20-\x7e]+)\"; filename\*=UTF-8''([A-Za-z0-9%._~-]+)",
        response.headers["content-disposition"],
    )
    assert found is not None
    return unquote(found[2], errors="strict")


async def _rows(client: httpx.AsyncClient, table: str) -> list[list[str]]:
    """Return the canonical CSV's rows, header first."""
    return list(csv.reader(io.StringIO((await client.get(_address(table, "csv"))).text)))


@pytest.mark.parametrize(("table", "suffix"), [*FILES, ("", "zip")])
async def test_a_file_is_sent_with_everything_that_clients_read(
    client: httpx.AsyncClient, table: str, suffix: str
) -> None:
    path = _address(table, suffix)
    response = await client.get(path)
    entry = find_format(suffix)
    assert response.status_code == 200
    media_type = entry.media_type if entry else "application/zip"
    assert response.headers["content-type"] == media_type
    assert "charset=" in media_type or media_type.startswith("application/")
    sha256 = hashlib.sha256(response.content).hexdigest()
    assert response.headers["etag"] == f'"{sha256}"'
    assert response.headers["content-length"] == str(len(response.content))
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cache-control"] == "no-cache"
    assert parsedate_to_datetime(response.headers["last-modified"]) == START
    name = _readable_name(response)
    assert name.startswith("杉並区デジタル化推進計画（第1次）の施策")
    assert name.endswith(f".{suffix}")
    assert "set-cookie" not in response.headers

    head = await client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(response.headers)
    by_number = await client.get(_address(table, suffix, "/v/1"))
    assert by_number.content == response.content
    assert by_number.headers["etag"] == response.headers["etag"]
    stored = f"{table}.{suffix}" if table else f"{PLAN}.{suffix}"
    by_hash = await client.get(f"/files/{sha256}/{stored}")
    assert by_hash.content == response.content
    assert by_hash.headers["content-type"] == media_type
    assert (await client.get(f"/files/{sha256}/other.{suffix}")).status_code == 404


@pytest.mark.parametrize(
    "path", [_address("measures", "csv"), _address("", "zip"), f"{PAGE}.ttl", "/catalog.rdf"]
)
async def test_a_body_that_the_client_has_is_not_sent_again(client: httpx.AsyncClient, path: str) -> None:
    whole = await client.get(path)
    etag = whole.headers["etag"]
    other = '"' + "0" * 64 + '"'
    assert ETAG.fullmatch(etag)
    for named in (etag, f"W/{etag}", f"{other}, {etag}", f"{other},W/{etag}", "*", f" {etag} "):
        response = await client.get(path, headers={"If-None-Match": named})
        assert (response.status_code, response.content) == (304, b""), named
        assert response.headers["etag"] == etag
        assert response.headers["access-control-allow-origin"] == "*"
        head = await client.head(path, headers={"If-None-Match": named})
        assert head.status_code == 304
    for named in (other, etag.strip('"'), f'"{etag[1:-2]}"', ""):
        response = await client.get(path, headers={"If-None-Match": named})
        assert (response.status_code, response.content) == (200, whole.content), named


@pytest.mark.parametrize(
    "path", [_address("measures", "csv"), _address("schedule", "xlsx"), _address("", "zip")]
)
async def test_a_part_of_a_file_can_be_asked_for(client: httpx.AsyncClient, path: str) -> None:
    whole = (await client.get(path)).content
    etag = (await client.get(path)).headers["etag"]
    size = len(whole)
    for asked, first, last in (("0-9", 0, 9), ("10-", 10, size - 1), ("-7", size - 7, size - 1)):
        response = await client.get(path, headers={"Range": f"bytes={asked}"})
        assert response.status_code == 206
        assert response.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert response.content == whole[first : last + 1]
        assert response.headers["etag"] == etag
        assert response.headers["content-length"] == str(last - first + 1)
    past = await client.get(path, headers={"Range": f"bytes={size}-"})
    assert past.status_code == 416
    assert past.headers["content-range"] == f"bytes */{size}"
    part = {"Range": "bytes=0-9"}
    assert (await client.get(path, headers={**part, "If-Range": etag})).status_code == 206
    for stale in ('"' + "0" * 64 + '"', f"W/{etag}", "Mon, 01 Jan 2024 00:00:00 GMT"):
        response = await client.get(path, headers={**part, "If-Range": stale})
        assert (response.status_code, response.content) == (200, whole), stale
    seen = await client.get(path, headers={**part, "If-None-Match": etag})
    assert (seen.status_code, seen.content) == (304, b"")


async def test_a_range_that_is_not_understood_is_ignored(client: httpx.AsyncClient) -> None:
    """RFC 9110 §14.2: a range unit that the server does not understand must be ignored."""
    path = _address("measures", "csv")
    whole = await client.get(path)
    for text in ("rows=0-9", "bytes", "bytes=", "bytes=-", "bytes=x-9", "bytes=9-5", "bytes=0-9,x", "0-9"):
        response = await client.get(path, headers={"Range": text})
        assert (response.status_code, response.content) == (200, whole.content), text
    understood = await client.get(path, headers={"Range": "Bytes=0-9"})
    assert (understood.status_code, understood.content) == (206, whole.content[:10])


async def test_a_range_is_for_get_alone(client: httpx.AsyncClient) -> None:
    """RFC 9110 §14.2: range handling is defined for GET only."""
    for path in (_address("measures", "csv"), _address("schedule", "xlsx")):
        whole = await client.get(path)
        response = await client.head(path, headers={"Range": "bytes=0-9"})
        assert response.status_code == 200
        assert response.headers["content-length"] == str(len(whole.content))


@pytest.mark.parametrize("max_cached_file_bytes", [0, 10_000_000])
async def test_a_date_decides_where_no_etag_is_named(
    settings: Settings, make_package: PackageMaker, max_cached_file_bytes: int
) -> None:
    """RFC 9110 §13.1.3: If-Modified-Since is ignored beside If-None-Match, and when it is no date."""
    opened = open_installation(
        settings.model_copy(update={"max_cached_file_bytes": max_cached_file_bytes}), served_at=BASE
    )
    publish_folder(opened, make_package())
    path = "/dataset/sample-plan/measures.csv"
    before, after = (format_datetime(START + dt.timedelta(seconds=by), usegmt=True) for by in (-1, 1))
    same = format_datetime(START, usegmt=True)
    async with make_client(opened) as client:
        etag = (await client.get(path)).headers["etag"]
        for headers, status in (
            ({"If-Modified-Since": same}, 304),
            ({"If-Modified-Since": after}, 304),
            ({"If-Modified-Since": before}, 200),
            ({"If-Modified-Since": "yesterday"}, 200),
            ({"If-Modified-Since": "Mon, 01 Jan 99999 00:00:00 GMT"}, 200),
            ({"If-Modified-Since": after, "If-None-Match": '"other"'}, 200),
            ({"If-Modified-Since": before, "If-None-Match": etag}, 304),
        ):
            assert (await client.get(path, headers=headers)).status_code == status, headers
            assert (await client.head(path, headers=headers)).status_code == status, headers
        record = get_release(Reader(opened, START), "sample-plan").record
        edited = record.model_copy(update={"description": "直した説明です。"})
        edit_record(opened, STAFF, "sample-plan", edited, START + dt.timedelta(hours=1))
        changed = await client.get("/dataset/sample-plan.zip", headers={"If-Modified-Since": after})
        assert changed.status_code == 200
    opened.close()


@pytest.mark.parametrize(
    "path",
    [
        f"{PAGE}/",
        f"{PAGE}//measures.csv",
        f"{PAGE}/measures.csv/",
        f"{PAGE}/v/1/measures.csv/",
        f"{PAGE}/v/01/measures.csv/",
        f"{PAGE}/v/1",
        f"{PAGE}/v/1/",
        f"{PAGE}/v/1.zip/",
        f"{PAGE}.zip/",
        f"{PAGE}.ttl/",
        f"//dataset/{PLAN}.ttl",
        "/catalog.ttl/",
        "/api/3/",
        "/api/3/action/package_list/",
        f"{PAGE}/measures.CSV",
        f"{PAGE}/measures.csv.zip",
        f"{PAGE}/measures",
        f"{PAGE}/.csv",
        f"{PAGE}/v/0/measures.csv",
        f"{PAGE}/v/2/measures.csv",
        f"{PAGE}/v/-1/measures.csv",
        f"{PAGE}/v/{2**31}/measures.csv",
        f"{PAGE}/v/{10**20}/measures.csv",
        f"{PAGE}/v/{10**20}.zip",
        f"{PAGE}/measures.nt",
        f"{PAGE}/measures.sqlite3",
        f"{PAGE}/measures.rows",
        f"{PAGE}/../{PLAN}/measures.csv%00",
        f"/dataset/{PLAN.upper()}/measures.csv",
        "/dataset/%2e%2e/measures.csv",
        "/files/0000/measures.csv",
        "/vocab/../catalog/catalog.toml",
        "/vocab/..%2Fcatalog%2Fcatalog.toml",
        "/static/..%2Ftemplates%2Fbase.html",
        "/schemas/plan-plans/..%2F1.0.0.json",
    ],
)
async def test_a_wrong_address_is_not_found_and_leads_nowhere(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert response.status_code == 404
    assert "location" not in response.headers
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("table", TABLES)
async def test_every_format_holds_the_same_texts(client: httpx.AsyncClient, table: str) -> None:
    rows = await _rows(client, table)
    header, data = rows[0], rows[1:]
    assert "" not in header
    bom = (await client.get(_address(table, "bom.csv"))).content
    assert bom[:3] == b"\xef\xbb\xbf"
    assert list(csv.reader(io.StringIO(bom.decode("utf-8-sig"), newline=""))) == rows
    sjis = (await client.get(_address(table, "sjis.csv"))).content
    assert len(list(csv.reader(io.StringIO(sjis.decode("cp932"), newline="")))) == len(rows)
    objects = (await client.get(_address(table, "json"))).json()
    lines = (await client.get(_address(table, "jsonl"))).text.splitlines()
    assert [json.loads(line) for line in lines] == objects
    assert [list(entry) for entry in objects] == [header] * len(data)
    assert [[_text(value) for value in entry.values()] for entry in objects] == data
    parquet = pyarrow.parquet.read_table(io.BytesIO((await client.get(_address(table, "parquet"))).content))
    assert parquet.column_names == header
    assert [[_text(value) for value in row.values()] for row in parquet.to_pylist()] == data


def _text(value: Any) -> str:  # noqa: ANN401  # a value of any of the formats
    if isinstance(value, list):
        return ";".join(value)
    return "" if value is None else str(value)


@pytest.mark.parametrize("table", TABLES)
async def test_the_workbook_holds_the_csv_as_text(client: httpx.AsyncClient, table: str) -> None:
    rows = await _rows(client, table)
    content = (await client.get(_address(table, "xlsx"))).content
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    found = [[_text(cell.value) for cell in row] for row in sheet.iter_rows()]
    assert found == rows
    assert {
        cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None
    } <= {
        "s",
        "n",
    }
    code = rows[0].index("全国地方公共団体コード")
    assert all(isinstance(row[code].value, str) for row in sheet.iter_rows(min_row=2))


async def test_pandas_reads_56_measures(client: httpx.AsyncClient) -> None:
    content = (await client.get(_address("measures", "csv"))).content
    frame = pd.read_csv(io.BytesIO(content), dtype=str)
    assert len(frame) == 56
    assert frame["ID"].is_unique
    assert set(frame["全国地方公共団体コード"]) == {"131156"}


@pytest.mark.parametrize("table", TABLES)
async def test_json_ld_names_every_row_of_the_table(client: httpx.AsyncClient, table: str) -> None:
    rows = await _rows(client, table)
    identifiers = {row[rows[0].index("ID")] for row in rows[1:]}
    graph = Graph().parse(data=(await client.get(_address(table, "jsonld"))).content, format="json-ld")
    found = {str(value) for value in graph.objects(None, DCTERMS.identifier)}
    assert found == identifiers
    assert all(isinstance(subject, URIRef) for subject in graph.subjects(DCTERMS.identifier))
    assert all(str(subject).startswith(f"{BASE}/id/") for subject in graph.subjects(DCTERMS.identifier))


@pytest.mark.parametrize("table", TABLES)
async def test_csvw_describes_the_columns_of_the_csv(client: httpx.AsyncClient, table: str) -> None:
    rows = await _rows(client, table)
    document = (await client.get(_address(table, "csv-metadata.json"))).json()
    assert (
        document["@context"] == "http://www.w3.org/ns/csvw"
        or document["@context"][0] == "http://www.w3.org/ns/csvw"
    )
    columns = [column for column in document["tableSchema"]["columns"] if not column.get("virtual")]
    titles = [column["titles"] for column in columns]
    flat = [title if isinstance(title, str) else title["ja"] for title in titles]
    assert flat == rows[0]
    assert document["url"] in (f"{table}.csv", f"{BASE}{_address(table, 'csv')}")


async def test_the_package_is_valid_and_comes_in_again_as_the_same_bytes(
    client: httpx.AsyncClient, installation: Installation, tmp_path: Path
) -> None:
    path = tmp_path / f"{PLAN}.zip"
    path.write_bytes((await client.get(_address("", "zip"))).content)
    report = frictionless.Package(str(path)).validate()
    assert report.valid, report.flatten(["message"])
    publish_folder(installation, HOUSE / "datasets" / "131156-ict-action-plan-2017")  # it refers to that one
    accepted = load_folder(installation, path)
    assert accepted.report.total == 0
    assert accepted.name == PLAN
    publish_folder(installation, path, START + dt.timedelta(hours=1))
    async with make_client(installation) as again:
        for table in TABLES:
            csv_path = _address(table, "csv")
            assert (await again.get(csv_path)).content == (await client.get(csv_path)).content
        ours = (await again.get(f"{PAGE}.json")).json()
        theirs = (await client.get(f"{PAGE}.json")).json()
    beside = {"created", "effective_at", "modified", "package", "versions", "tables"}
    assert {key: ours[key] for key in ours.keys() - beside} == {
        key: theirs[key] for key in theirs.keys() - beside
    }
    described = ("name", "title", "description", "row_count", "schema")
    facts = [[[table[key] for key in described] for table in side["tables"]] for side in (ours, theirs)]
    assert facts[0] == facts[1]


async def test_what_the_record_says_of_a_file_is_true(client: httpx.AsyncClient) -> None:
    record = (await client.get(f"{PAGE}.json")).json()
    files = [file for table in record["tables"] for file in table["files"]] + record["package"]
    assert len(files) == len(TABLES) * len(SUFFIXES) + 1 + len(PLAN_FORMATS)
    for file in files:
        response = await client.get(file["url"])
        assert response.status_code == 200
        assert len(response.content) == file["size"]
        assert hashlib.sha256(response.content).hexdigest() == file["sha256"]
        assert response.headers["content-type"] == file["media_type"]
        assert (await client.get(file["url_by_hash"])).content == response.content
