"""move: a whole installation is copied to another database and bucket, and compared there."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import ConflictError, OperatorError
from app.publish.verify import Verified, verify_installation
from app.storage.blobs import BlobStore, copy_pieces
from app.storage.bucket import open_blobs
from app.storage.deletion import KEEPING_LOCK
from app.storage.installation import Installation, open_installation
from app.storage.inventory import NamedBlob, list_named_blobs, list_withdrawn_blobs
from app.storage.portable import copy_database, knows_history


@dataclass(frozen=True, slots=True)
class Moved:
    """What is at the new place: how many rows and blobs, and how many of the blobs this run had to copy."""

    rows: int
    blobs: int
    copied: int
    verified: Verified


def move_installation(installation: Installation, database_url: str, files_url: str) -> Moved:
    """Copy everything to an empty database and bucket; read all of it there and compare.

    The blobs come first, then all rows in one commit, so that it can be broken off anywhere and run again;
    what is there is not copied twice. Raises ConflictError if the target holds something else, or if
    something was changed here meanwhile; OperatorError if what arrived is not what was sent.
    """
    settings = installation.settings.model_copy(update={"database_url": database_url, "files_url": files_url})
    target = open_blobs(settings, installation.folder)
    database = installation.database
    with database.hold(KEEPING_LOCK, wait=True), database.reading() as session:
        head = database.head()
        named = list_named_blobs(session)
        if not knows_history(session, database_url, installation.folder):
            raise ConflictError(
                "移動先のデータベースには、別のデータがあります。空のものを指定してください。"
            )
        strange = {blob.sha256 for blob in target.list_blobs()} - set(named)
        known = {blob.sha256 for blob in installation.blobs.list_blobs()} | list_withdrawn_blobs(session)
        if strange - known:
            raise ConflictError("移動先の保管先には、別のファイルがあります。空の場所を指定してください。")
        copied = sum(_copy_blob(installation, target, blob) for blob in named.values())
        rows = copy_database(session, database_url, installation.folder, database.revision())
        for sha256 in strange:  # an earlier run brought them; nothing names them any more
            target.delete(sha256)
    verified = _verify_target(installation, settings.database_url, settings.files_url)
    if database.head() != head:
        raise ConflictError(
            "移動の間に、元のデータが変わりました。サービスを止めて、もう一度行ってください。"
        )
    return Moved(rows, len(named), copied, verified)


def _copy_blob(installation: Installation, target: BlobStore, blob: NamedBlob) -> bool:
    found = target.find(blob.sha256)
    if found is not None and found.size == blob.size:
        return False
    with installation.folder.scratch() as scratch:
        copy = copy_pieces(installation.blobs.read_pieces(blob.sha256), scratch / "blob")
        if copy.sha256 != blob.sha256:
            raise OperatorError(f"ファイル {blob.sha256}（{blob.owner}）の内容が変わっています。")
        target.adopt(scratch / "blob")
    return True


def _verify_target(installation: Installation, database_url: str, files_url: str) -> Verified:
    moved = open_installation(
        installation.settings.model_copy(update={"database_url": database_url, "files_url": files_url})
    )
    try:
        verified = verify_installation(moved)
    finally:
        moved.close()
    if verified.faults:
        first = verified.faults[0]
        raise OperatorError(f"移動先に誤りがあります（{first.subject}: {first.why}）。")
    return verified
