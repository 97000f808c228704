"""Jobs by token: how far what an act began has come."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from app.dependencies.actor import ActorDep
from app.dependencies.reader import InstallationDep
from app.publish.jobs import get_visible_job, list_visible_jobs

router = APIRouter(prefix="/api/v1/jobs", tags=["承認と公開"])


@router.get("", summary="ジョブの一覧")
def get_jobs(
    installation: InstallationDep,
    actor: ActorDep,
    everything: Annotated[bool, Query(alias="all", description="終わったジョブも含める")] = False,
) -> list[dict[str, Any]]:
    """List the jobs of the token's organization that are under way, newest first, 100 at most."""
    return list_visible_jobs(installation, actor, finished=everything)


@router.get("/{id}", summary="ジョブの進み具合")
def get_job(
    installation: InstallationDep,
    actor: ActorDep,
    job_id: Annotated[int, Path(alias="id", ge=1, description="承認の答えにある job")],
) -> dict[str, Any]:
    """Tell how far a job of the token's organization has come."""
    return get_visible_job(installation, actor, job_id)
