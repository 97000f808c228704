"""Pages from templates: the environment, and what every page is given."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.model.value import write_value
from app.vocabulary.catalog import Catalog
from app.web import wording

FOLDER = Path(__file__).resolve().parent
"""Holds templates/ and static/."""

HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Sent with every page: nothing from outside is loaded and no script runs."""


def render(
    template: str, catalog: Catalog, base: str, *, status: int = 200, **values: object
) -> HTMLResponse:
    """Return a page.

    `template` is a file of templates/, `base` the public URL without trailing slash, `values` what that
    template names. Links inside the site start with the path of `base`, so that a page works under whatever
    host it was asked for. A value that a template names and isn't given raises jinja2.UndefinedError.
    """
    page = _environment().get_template(template)
    root = urlsplit(base).path.rstrip("/")
    content = page.render(catalog=catalog, base=base, root=root, **values)
    return HTMLResponse(content, status_code=status, headers=HEADERS)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        cell=lambda value, field: write_value(field, value),
        commas=wording.with_commas,
        encoding=wording.encoding_label,
        file_size=wording.file_size,
        frequency=wording.frequency_label,
        hint=wording.format_hint,
        iso_date=wording.iso_date,
        japanese_date=wording.japanese_date,
        type_label=wording.type_label,
    )
    environment.globals.update(period=wording.period)
    return environment
