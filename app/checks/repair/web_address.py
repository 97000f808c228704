"""Repairs of URLs and e-mail addresses: half width; a URL without its scheme is doubtful."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.checks.repair.width import narrow
from app.model.edit import Certainty, Proposal
from app.model.table_schema import Field

URL = re.compile(r"https?://[!-~]+[^\s！-～]*")
"""An address of the web; what follows the host may be Japanese."""
EMAIL = re.compile(r"[!-?A-~]+@[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+")

_SCHEME = re.compile("^https?(?=://)", re.IGNORECASE)
_HOST = re.compile(r"www\.[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+(/[!-~]*)?")


def propose_web_address(_field: Field, text: str) -> Iterator[Proposal]:
    """Propose the address in half width, or with the scheme that it lacks."""
    said = narrow(text)
    yield Proposal("web-address", _SCHEME.sub(lambda found: found[0].lower(), said))
    if _HOST.fullmatch(said):
        yield Proposal("web-address", f"https://{said}", Certainty.DOUBTFUL)
