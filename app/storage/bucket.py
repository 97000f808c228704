"""Blobs in a bucket of an S3-compatible store, read through a cache on the local disk."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.errors import OperatorError, StoreUnavailable
from app.settings import Settings
from app.storage.blob_cache import BlobCache
from app.storage.blobs import Blob, BlobStore, ListedBlob, LocalBlobs, blob_name, copy_pieces, hash_file
from app.storage.data_folder import DataFolder

if TYPE_CHECKING:
    from obstore.store import S3Config  # only a type: not there when the program runs

_LONGEST_REQUEST = timedelta(hours=1)
_LONGEST_SILENCE = timedelta(seconds=60)
_LIST_SIZE = 1000
_log = logging.getLogger(__name__)


class BucketBlobs:
    """Blobs in a bucket under `ab/abcdef…`; the store keeps an object whole and durably, or not at all."""

    def __init__(self, store: S3Store, cache: BlobCache, folder: DataFolder) -> None:
        self._store = store
        self._cache = cache
        self._folder = folder

    def adopt(self, path: Path) -> Blob:
        """Send a finished file; the bucket has it when this returns. The cache takes the file over.

        It is sent even if it is there: that makes it as young as any other that somebody is about to name.
        """
        blob = hash_file(path)
        with _translated(blob.sha256):
            obstore.put(self._store, blob_name(blob.sha256), path)
        self._cache.keep(path, blob.sha256).close()
        return blob

    def find(self, sha256: str) -> ListedBlob | None:
        """Ask the bucket for the blob's size and age; return None if it is missing."""
        try:
            with _translated(sha256):
                found = obstore.head(self._store, blob_name(sha256))
        except FileNotFoundError:
            return None
        return ListedBlob(sha256, found["size"], found["last_modified"])

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        """Give the blob's path in the cache, fetching it if need be; it stays there while this is open."""
        with self.open(sha256):
            yield self._cache.path(sha256)

    def open(self, sha256: str) -> BinaryIO:
        """Open a blob in the cache, fetching it if need be."""
        return self._cache.find(sha256) or self._fetch(sha256)

    def read_pieces(self, sha256: str) -> Iterator[bytes]:
        """Yield a blob's bytes from the bucket."""
        with _translated(sha256):
            for piece in obstore.get(self._store, blob_name(sha256)):
                yield bytes(piece)

    def delete(self, sha256: str) -> bool:
        """Delete a blob from the bucket and from this machine's cache; return whether it was there."""
        was_there = self.find(sha256) is not None
        with _translated(sha256):
            obstore.delete(self._store, blob_name(sha256))
        self._cache.drop(sha256)
        return was_there

    def list_blobs(self) -> Iterator[ListedBlob]:
        """Yield every blob in the bucket."""
        with _translated("list"):
            for page in obstore.list(self._store, chunk_size=_LIST_SIZE):
                for entry in page:
                    sha256 = entry["path"].rpartition("/")[2]
                    yield ListedBlob(sha256, entry["size"], entry["last_modified"])

    def forget_deleted(self) -> int:
        """Drop from the cache what the bucket no longer has."""
        deleted = set(self._cache.names()) - {blob.sha256 for blob in self.list_blobs()}
        for sha256 in deleted:
            self._cache.drop(sha256)
        return len(deleted)

    def _fetch(self, sha256: str) -> BinaryIO:
        with self._folder.scratch() as scratch:
            path = scratch / sha256
            if copy_pieces(self.read_pieces(sha256), path).sha256 != sha256:
                _log.error("the bucket gives other bytes for %s", sha256)
                raise StoreUnavailable
            return self._cache.keep(path, sha256)


def open_blobs(settings: Settings, folder: DataFolder) -> BlobStore:
    """Return the store that the settings name; raises OperatorError if they name none that can be.

    The bucket is not asked for anything before a blob is.
    """
    if not settings.files_url:
        return LocalBlobs(folder.blobs)
    return BucketBlobs(_open_store(settings), BlobCache(folder, settings.max_blob_cache_bytes), folder)


def _open_store(settings: Settings) -> S3Store:
    parts = urlsplit(settings.files_url)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise OperatorError("SHISAKU_FILES_URL は s3://bucket/prefix のような形で指定してください。")
    given: S3Config = {
        "checksum_algorithm": "sha256",
        "endpoint": settings.s3_endpoint,
        "region": settings.s3_region,
        "access_key_id": settings.s3_access_key_id,
        "secret_access_key": settings.s3_secret_access_key,
    }
    try:
        return S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            client_options={
                "allow_http": settings.s3_endpoint.startswith("http://"),
                "timeout": _LONGEST_REQUEST,
                "read_timeout": _LONGEST_SILENCE,
            },
            config=cast("S3Config", {name: value for name, value in given.items() if value}),
        )
    except BaseError as error:
        raise OperatorError(f"ファイルの保管先を開けません（{error}）。") from error


@contextmanager
def _translated(sha256: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(sha256) from error
    except (BaseError, OSError) as error:
        _log.error("the bucket fails: %s", str(error).partition("\n")[0])  # one line says it all
        raise StoreUnavailable from error
