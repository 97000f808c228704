"""The DCAT record of a dataset in RDF, Croissant, and our own record as JSON: `/dataset/{name}.{suffix}`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.api.files import split_file_name
from app.dependencies.answer import answer_ready
from app.serve.answers import Answer, make_answer
from app.serve.catalogue import Reader
from app.serve.record import dataset_croissant, dataset_rdf, dataset_record

router = APIRouter(tags=["データセットの記録"])


@router.get("/dataset/{stem}.{rest}", summary="データセットの記録（DCAT、Croissant、JSON）")
async def get_dataset_record(request: Request, stem: str, rest: str) -> Response:
    """Send a record: `.ttl`, `.rdf`, `.xml`, `.jsonld`, `.nt` (DCAT), `.croissant.json`, `.json` (ours)."""
    name, suffix = split_file_name(f"{stem}.{rest}")

    def make(reader: Reader) -> Answer:
        if suffix == "json":
            return make_answer(dataset_record(reader, name), "application/json; charset=utf-8")
        if suffix == "croissant.json":
            return make_answer(dataset_croissant(reader, name), "application/ld+json; charset=utf-8")
        return make_answer(*dataset_rdf(reader, name, suffix))

    return await answer_ready(request, make)
