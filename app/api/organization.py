"""An organization's datasets as a list for other catalogues: `/organization/{name}/open_data_list.csv`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.api.catalog import read_page_number
from app.dependencies.answer import answer_ready
from app.serve.answers import Answer, make_answer
from app.serve.catalogue import Reader
from app.serve.open_data_list import organization_list

router = APIRouter(tags=["カタログのフィード"])


@router.get("/organization/{name}/open_data_list.csv", summary="オープンデータ一覧（CSV）")
async def get_open_data_list(
    request: Request, name: str, form: str = "standard", page: str = "1"
) -> Response:
    """Send the list in the 42 columns of the municipal standard, or `?form=recommended` in the older 15."""
    number = read_page_number(page)

    def make(reader: Reader) -> Answer:
        content, has_next = organization_list(reader, name, form, number)
        address = f"{reader.base}/organization/{name}/open_data_list.csv?form={form}&page={number + 1}"
        headers = {"Link": f'<{address}>; rel="next"'} if has_next else {}
        headers["Content-Disposition"] = f'attachment; filename="{name}_open_data_list.csv"'
        return make_answer(content, "text/csv; charset=utf-8", headers)

    return await answer_ready(request, make)
