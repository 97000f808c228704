"""The life of a version by token: submit, send back, approve, cancel, retire, withdraw, edit the record."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import AwareDatetime

from app.dependencies.actor import ActorDep
from app.dependencies.reader import InstallationDep, NowDep
from app.model.record import Record
from app.publish.approve import Approved, approve_version, cancel_approval
from app.publish.drafts import list_unreleased
from app.publish.record import edit_record, retire_dataset
from app.publish.restore import restore_version
from app.publish.submit import send_back_version, submit_version
from app.publish.withdraw import withdraw_version

router = APIRouter(prefix="/api/v1/datasets/{name}", tags=["承認と公開"])

Sentences = Annotated[str, Body(embed=True, max_length=2000, pattern=r"^[^\x00]*$")]
Number = Annotated[int, Body(embed=True, ge=1)]


@router.get("/unreleased", summary="公開前の版")
def get_unreleased(
    installation: InstallationDep, actor: ActorDep, now: NowDep, name: str
) -> list[dict[str, Any]]:
    """List the versions that are not effective yet, newest first, with their reports."""
    return list_unreleased(installation, actor, name, now)


@router.post("/submit", summary="承認を求める")
def post_submit(installation: InstallationDep, actor: ActorDep, now: NowDep, name: str) -> dict[str, Any]:
    """Send the newest draft to the approver."""
    return {"dataset": name, "version_id": submit_version(installation, actor, name, now)}


@router.post("/send-back", summary="差し戻す")
def post_send_back(
    installation: InstallationDep, actor: ActorDep, now: NowDep, name: str, comment: Sentences
) -> dict[str, Any]:
    """Make the submitted version a draft again, with a comment."""
    return {"dataset": name, "version_id": send_back_version(installation, actor, name, comment, now)}


@router.post("/approve", summary="承認する")
def post_approve(
    installation: InstallationDep,
    actor: ActorDep,
    now: NowDep,
    name: str,
    effective_at: Annotated[AwareDatetime | None, Body(embed=True)] = None,
) -> dict[str, Any]:
    """Approve the submitted version: effective as soon as its files are made, or from a time on."""
    approved = approve_version(installation, actor, name, now, effective_at=effective_at)
    return _begun(approved)


@router.post("/cancel", summary="承認を取り消す")
def post_cancel(
    installation: InstallationDep, actor: ActorDep, now: NowDep, name: str, number: Number
) -> dict[str, Any]:
    """Take back an approval whose time has not come."""
    cancel_approval(installation, actor, name, number, now)
    return {"dataset": name}


@router.post("/restore", summary="前の版を公開しなおす")
def post_restore(
    installation: InstallationDep, actor: ActorDep, now: NowDep, name: str, number: Number
) -> dict[str, Any]:
    """Release an older version once more, under the next number."""
    approved = restore_version(installation, actor, name, number, now)
    return _begun(approved)


@router.put("/record", summary="説明を直す")
def put_record(
    installation: InstallationDep, actor: ActorDep, now: NowDep, name: str, record: Record
) -> dict[str, Any]:
    """Give the effective version a new record."""
    return {"dataset": name, "is_changed": edit_record(installation, actor, name, record, now)}


@router.post("/retire", summary="公開を終了する")
def post_retire(
    installation: InstallationDep,
    actor: ActorDep,
    now: NowDep,
    name: str,
    notice: Sentences,
) -> dict[str, Any]:
    """Announce the end of the dataset."""
    return {
        "dataset": name,
        "retire_at": retire_dataset(installation, actor, name, notice, now).isoformat(),
    }


@router.post("/withdraw", summary="取り下げる")
def post_withdraw(
    installation: InstallationDep,
    actor: ActorDep,
    now: NowDep,
    name: str,
    number: Number,
    reason: Sentences,
) -> dict[str, Any]:
    """Withdraw a version at once, bytes and all."""
    withdraw_version(installation, actor, name, number, reason, now)
    return {"dataset": name, "number": number}


def _begun(approved: Approved) -> dict[str, Any]:
    return {
        "dataset": approved.name,
        "number": approved.number,
        "effective_at": approved.effective_at.isoformat(),
        "job": approved.job_id,
    }
