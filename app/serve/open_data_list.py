"""オープンデータ一覧: the list of an organization's datasets, in the order of names."""

from __future__ import annotations

from app.errors import NotFoundError, RequestError
from app.formats.open_data_list import recommended_list, standard_list
from app.serve.catalogue import Reader, list_releases_of

PAGE_SIZE = 1000
"""Datasets of one list; few organizations have more, and the others' lists go on under the next number."""

_FORMS = {"standard": standard_list, "recommended": recommended_list}


def organization_list(reader: Reader, name: str, form: str, page: int) -> tuple[bytes, bool]:
    """Return an organization's list in CSV, and whether there is another page.

    `form` is `standard` or `recommended`. Raises OrganizationNotFound; RequestError for another form;
    NotFoundError past the end.
    """
    organization = reader.catalog.get_organization(name)
    if form not in _FORMS:
        raise RequestError("form", "form には standard か recommended を指定してください。")
    offset = (page - 1) * PAGE_SIZE
    found = list_releases_of(reader, organization, order="name", offset=offset, limit=PAGE_SIZE)
    if page > 1 and not found.items:
        raise NotFoundError(f"一覧の{page}ページ目はありません。")
    return _FORMS[form](found.items, reader.catalog, reader.base), found.total > offset + PAGE_SIZE
