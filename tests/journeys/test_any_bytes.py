from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from app.errors import RefusedUpload
from app.ingest.accept import Checked, check_upload
from app.ingest.receive import receive_path
from app.storage.installation import Installation
from tests.journeys.bad_files import JAPANESE_ROWS, with_bytes, with_descriptor, with_resource
from tests.journeys.conftest import package_files, zip_files


def _check(site: Installation, path: Path) -> Checked | None:
    with site.folder.scratch() as scratch:
        try:
            checked = check_upload(site, receive_path(path, scratch, site.settings), scratch)
        except RefusedUpload as refused:
            assert refused.mend
            return None
    json.dumps(checked.report.as_json(), ensure_ascii=False).encode()
    return checked


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
    ),
    max_leaves=8,
)
PROPERTIES = st.sampled_from(
    ["name", "title", "title_en", "description", "publisher", "local_government_code", "keywords", "themes"]
) | st.sampled_from(["temporal", "frequency", "contact", "licenses", "sources", "unofficial", "resources"])
UNHURRIED = run_with(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def test_a_list_as_deep_as_can_be_read_is_reported(site: Installation, tmp_path: Path) -> None:
    for depth in range(820, 1000, 3):
        nested = b'{"resources": [1], "title": ' + b"[" * depth + b"]" * depth + b"}"
        checked = _check(site, zip_files(tmp_path / f"{depth}.zip", with_descriptor(nested)))
        assert checked is None or checked.report.is_blocked


@UNHURRIED
@given(st.dictionaries(PROPERTIES, JSON, min_size=1, max_size=3))
def test_whatever_a_descriptor_says_is_reported_and_nothing_breaks(
    site: Installation, tmp_path: Path, properties: dict[str, Any]
) -> None:
    _check(site, zip_files(tmp_path / "upload.zip", package_files(**properties)))


@UNHURRIED
@given(
    st.sampled_from(["name", "path", "title", "description", "schema", "encoding"]),
    JSON,
)
def test_whatever_a_resource_says_is_reported_and_nothing_breaks(
    site: Installation, tmp_path: Path, key: str, value: object
) -> None:
    checked = _check(site, zip_files(tmp_path / "upload.zip", with_resource(**{key: value})))
    assert checked is not None


GOOD_ZIP = io.BytesIO()
with zipfile.ZipFile(GOOD_ZIP, "w", zipfile.ZIP_DEFLATED) as _archive:
    for _name, _content in package_files().items():
        _archive.writestr(zipfile.ZipInfo(_name), _content, zipfile.ZIP_DEFLATED)


@UNHURRIED
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD_ZIP.getvalue()) - 1), st.integers(0, 255)), min_size=1, max_size=4
    )
)
def test_a_zip_with_wrong_bytes_is_refused_or_reported_and_nothing_breaks(
    site: Installation, tmp_path: Path, spots: list[tuple[int, int]]
) -> None:
    content = bytearray(GOOD_ZIP.getvalue())
    for place, value in spots:
        content[place] = value
    path = tmp_path / "upload.zip"
    path.write_bytes(bytes(content))
    with site.folder.scratch() as scratch:
        try:
            received = receive_path(path, scratch, site.settings)
            check_upload(site, received, scratch, schema_name="plan-plans")
        except RefusedUpload as refused:
            assert refused.mend


@UNHURRIED
@given(st.binary(max_size=60), st.integers(0, len(JAPANESE_ROWS.encode())))
def test_a_csv_with_any_bytes_in_it_is_reported_and_nothing_breaks(
    site: Installation, tmp_path: Path, data: bytes, place: int
) -> None:
    rows = JAPANESE_ROWS.encode()
    files = with_bytes("plans.csv", rows[:place] + data + rows[place:])
    assert _check(site, zip_files(tmp_path / "upload.zip", files)) is not None
