from __future__ import annotations

import hashlib
import os
import random
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store
from starlette.types import Message

from app.dependencies.answer import StoredFile
from app.errors import OperatorError, StoreUnavailable
from app.settings import Settings
from app.storage.blobs import BlobStore
from app.storage.bucket import open_blobs
from app.storage.data_folder import DataFolder
from app.storage.installation import open_installation
from tests.conftest import BASE, PackageMaker, make_client, publish_folder

Opener = Callable[..., BlobStore]


@pytest.fixture
def open_bucket(bucket_settings: Settings) -> Opener:
    """Opens the bucket as a machine with a data folder of its own would."""

    def open_it(machine: str = "data", **changed: object) -> BlobStore:
        folder = bucket_settings.data_dir.with_name(machine)
        return open_blobs(bucket_settings.model_copy(update=changed), DataFolder(folder))

    return open_it


def put(store: BlobStore, folder: Path, content: bytes) -> str:
    path = folder / "upload"
    path.write_bytes(content)
    return store.adopt(path).sha256


def alter(settings: Settings, sha256: str) -> None:
    """Put other bytes where a blob is."""
    bucket = S3Store.from_url(
        settings.files_url,
        endpoint=settings.s3_endpoint,
        access_key_id="key",
        secret_access_key="secret",  # noqa: S106  # any will do here
        client_options={"allow_http": True},
    )
    obstore.put(bucket, f"{sha256[:2]}/{sha256}", b"wrong")


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def cached(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in (folder / "cache").iterdir()}


def test_what_one_machine_puts_the_other_reads(tmp_path: Path, open_bucket: Opener) -> None:
    content = os.urandom(11_000_000)  # sent in parts
    sha256 = put(open_bucket("first"), tmp_path, content)
    second = open_bucket("second")
    assert sha256 == sha256_of(content)
    assert second.find(sha256)
    with second.local(sha256) as path, second.open(sha256) as file:
        assert path.read_bytes() == file.read() == content
    assert b"".join(second.read_pieces(sha256)) == content
    assert [(blob.sha256, blob.size) for blob in second.list_blobs()] == [(sha256, len(content))]
    assert not (tmp_path / "second" / "blobs").exists()
    assert not any((tmp_path / "second" / "scratch").iterdir())


def test_a_deleted_blob_is_gone_also_from_the_cache(tmp_path: Path, open_bucket: Opener) -> None:
    store = open_bucket()
    sha256 = put(store, tmp_path, b"harm")
    assert (store.delete(sha256), store.delete(sha256), store.find(sha256)) == (True, False, None)
    assert cached(tmp_path / "data") == {}
    for read in (store.open, lambda name: list(store.read_pieces(name))):
        with pytest.raises(FileNotFoundError):
            read(sha256)


def test_a_copy_that_was_altered_is_fetched_anew(tmp_path: Path, open_bucket: Opener) -> None:
    store = open_bucket()
    sha256 = put(store, tmp_path, b"right")
    copy = tmp_path / "data" / "cache" / sha256
    for reader in (store, open_bucket()):  # one that has seen the copy, one that comes after a restart
        copy.write_bytes(b"wrong")
        with reader.open(sha256) as file:
            assert file.read() == b"right"
        assert copy.read_bytes() == b"right"


def test_the_cache_is_bounded_and_what_was_read_last_stays(tmp_path: Path, open_bucket: Opener) -> None:
    store = open_bucket(max_blob_cache_bytes=4000)
    names = [put(store, tmp_path, bytes([number]) * 1000) for number in range(3)]
    store.open(names[0]).close()
    more = [put(store, tmp_path, bytes([number]) * 1000) for number in range(3, 5)]
    assert set(cached(tmp_path / "data")) == {names[0], *more}
    with store.open(names[1]) as file:
        assert file.read() == b"\1" * 1000


def test_nobody_who_reads_is_disturbed_when_room_is_made(tmp_path: Path, open_bucket: Opener) -> None:
    """Ten readers in two processes' places, forty files, room for three: each reads what it asked for."""
    contents = {sha256_of(content): content for content in (bytes([n]) * 1000 for n in range(40))}
    for content in contents.values():
        put(open_bucket("writer"), tmp_path, content)
    stores = [open_bucket("reader", max_blob_cache_bytes=3000) for _ in range(2)]
    wrong: list[str] = []

    def read(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311  # the same at every run
        for sha256 in chance.choices(sorted(contents), k=30):
            with stores[seed % 2].local(sha256) as path:
                stores[(seed + 1) % 2].open(chance.choice(sorted(contents))).close()
                if path.read_bytes() != contents[sha256]:
                    wrong.append(sha256)

    readers = [threading.Thread(target=read, args=(seed,)) for seed in range(10)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert wrong == []
    absent = next(sha256 for sha256 in contents if sha256 not in cached(tmp_path / "reader"))
    stores[0].open(absent).close()  # what was being read when room was last made stayed until now
    assert sum(cached(tmp_path / "reader").values()) <= 3000


def test_what_is_held_stays_whatever_the_bound(tmp_path: Path, open_bucket: Opener) -> None:
    store = open_bucket(max_blob_cache_bytes=1)
    names = [put(store, tmp_path, bytes([number]) * 10) for number in range(3)]
    with ExitStack() as held:
        paths = [held.enter_context(store.local(name)) for name in names]
        assert [path.read_bytes() for path in paths] == [bytes([number]) * 10 for number in range(3)]
    put(store, tmp_path, b"last")
    assert not any(path.exists() for path in paths)


def test_a_bucket_that_gives_other_bytes_is_not_believed(
    tmp_path: Path, open_bucket: Opener, bucket_settings: Settings
) -> None:
    sha256 = put(open_bucket("first"), tmp_path, b"right")
    alter(bucket_settings, sha256)
    with pytest.raises(StoreUnavailable):
        open_bucket("second").open(sha256)
    assert cached(tmp_path / "second") == {}


@pytest.mark.parametrize("url", ["http://bucket", "s3://", "bucket", "s3://bucket/a?b=c"])
def test_what_names_no_bucket_is_refused_in_words(open_bucket: Opener, url: str) -> None:
    with pytest.raises(OperatorError, match="SHISAKU_FILES_URL"):
        open_bucket(files_url=url)


@pytest.mark.anyio
async def test_large_files_leave_through_a_cache_too_small_for_them(
    bucket_settings: Settings, make_package: PackageMaker
) -> None:
    """All of them as files from disk, whole and in parts, and HEAD; then the bucket gives other bytes."""
    settings = bucket_settings.model_copy(update={"max_blob_cache_bytes": 1, "max_cached_file_bytes": 0})
    installation = open_installation(settings, served_at=BASE)
    publish_folder(installation, make_package())
    async with make_client(installation) as client:
        record = (await client.get("/dataset/sample-plan.json")).json()
        files = [entry for table in record["tables"] for entry in table["files"]]
        for entry in files:
            answer = await client.get(entry["url"])
            assert sha256_of(answer.content) == entry["sha256"]
            part = await client.get(entry["url"], headers={"Range": "bytes=2-5"})
            assert (part.status_code, part.content) == (206, answer.content[2:6])
            head = await client.head(entry["url"])
            assert head.headers["content-length"] == str(entry["size"])
        assert len(cached(settings.data_dir)) <= 1
        for entry in files:
            alter(settings, entry["sha256"])
        answer = await client.get(files[0]["url"])
        assert (answer.status_code, answer.json()["title"]) == (503, StoreUnavailable.title)
    installation.close()


@pytest.mark.anyio
async def test_room_made_between_the_headers_and_the_bytes_takes_nothing_away(
    tmp_path: Path, open_bucket: Opener
) -> None:
    store = open_bucket(max_blob_cache_bytes=1)
    names = [put(store, tmp_path, content) for content in (b"first", b"other")]
    sent: list[Message] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            for name in names[1:] * 2:
                store.open(name).close()
                put(store, tmp_path, os.urandom(9))
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "asgi": {"spec_version": "2.4"}, "method": "GET", "path": "/", "headers": []}
    await StoredFile(store.local(names[0]), {})(scope, receive, send)
    assert b"".join(message.get("body", b"") for message in sent) == b"first"
    put(store, tmp_path, b"last")
    assert names[0] not in cached(tmp_path / "data")
