"""The reader of a request: the catalogue as it is at its moment."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import Depends, Request

from app.serve.catalogue import Reader
from app.storage.installation import Installation


def get_installation(request: Request) -> Installation:
    """Return the installation that the app was made for."""
    installation: Installation = request.app.state.installation
    return installation


def get_now(request: Request) -> dt.datetime:
    """Return the request's moment."""
    now: dt.datetime = request.app.state.clock()
    return now


def get_reader(request: Request) -> Reader:
    """Return the catalogue as it is at this request's moment."""
    return Reader(get_installation(request), get_now(request), request.app.state.answers)


ReaderDep = Annotated[Reader, Depends(get_reader)]
NowDep = Annotated[dt.datetime, Depends(get_now)]
