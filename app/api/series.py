"""A series in RDF: `/dataset_series/{name}.{suffix}`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.dependencies.answer import answer_ready
from app.serve.answers import Answer, make_answer
from app.serve.catalogue import Reader
from app.serve.series import series_rdf

router = APIRouter(tags=["データセットの記録"])


@router.get("/dataset_series/{name}.{suffix}", summary="シリーズ（自治体の計画の並び）の記録（DCAT）")
async def get_series_record(request: Request, name: str, suffix: str) -> Response:
    """Send a series with the names of its datasets: `.ttl`, `.rdf`, `.xml`, `.jsonld`, `.nt`."""

    def make(reader: Reader) -> Answer:
        return make_answer(*series_rdf(reader, name, suffix))

    return await answer_ready(request, make)
