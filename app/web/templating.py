"""Pages from templates: the environment, and what every page is given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.model.value import write_value
from app.vocabulary.catalog import Catalog
from app.web import wording

FOLDER = Path(__file__).resolve().parent
"""Holds templates/ and static/."""

ATOM = "application/atom+xml"

_LINKS_IN_HEADER = 10
"""Proxies bound a header; the page's head has the other links."""

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


@dataclass(frozen=True, slots=True)
class MachineLink:
    """Another form of a page's information: its address from the root, media type and Japanese title."""

    path: str
    media_type: str
    title: str


def render(
    template: str,
    catalog: Catalog,
    base: str,
    *,
    status: int = 200,
    machine_links: Sequence[MachineLink] = (),
    **values: object,
) -> HTMLResponse:
    """Return a page.

    `template` is a file of templates/, `base` the public URL without trailing slash, `values` what that
    template names. Links inside the site start with the path of `base`, so that a page works under whatever
    host it was asked for. A value that a template names and isn't given raises jinja2.UndefinedError.
    `machine_links`, other forms of the page, are named in its head and in the Link header (RFC 8288).
    """
    page = _environment().get_template(template)
    root = urlsplit(base).path.rstrip("/")
    content = page.render(catalog=catalog, base=base, root=root, machine_links=machine_links, **values)
    named = [
        f'<{base}{link.path}>; rel="alternate"; type="{link.media_type}"'
        for link in machine_links[:_LINKS_IN_HEADER]
    ]
    headers = HEADERS | ({"Link": ", ".join(named)} if named else {})
    return HTMLResponse(content, status_code=status, headers=headers)


def script_json(value: object) -> Markup:
    """Return a value as JSON for a data block of a page: no text in it can end the script element."""
    text = json.dumps(value, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  # what could be markup was escaped above


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
        script_json=script_json,
        type_label=wording.type_label,
    )
    environment.globals.update(period=wording.period)
    return environment
