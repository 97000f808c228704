"""Nothing that is not effective can be told from what does not exist, by any GET route of the application.

The routes are read from the application itself, so a new one cannot be forgotten: a path parameter that is
not known here fails the test until it is given hidden values.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlmodel import select

from app.main import create_app
from app.model.actor import Action
from app.model.distribution import DATASET_FORMATS, TABLE_FORMATS
from app.people.token import add_token
from app.publish.approve import approve_version
from app.publish.jobs import finish_job
from app.publish.submit import submit_version
from app.serve.actions import ACTIONS
from app.storage.entities import DatasetEntity, JobEntity, RenderingEntity, VersionEntity, VersionTableEntity
from app.storage.installation import Installation
from tests.conftest import BASE, STAFF, START, PackageMaker, load_folder, publish_folder, sample_tables

SHOWN, DRAFT, COMING = "shown-plan", "draft-plan", "coming-plan"
WORD = ("水面下の見直し", "どこにもない言葉")
SECRET = WORD[0]
LATER = START + dt.timedelta(days=1)
RECORD_SUFFIXES = ("ttl", "rdf", "xml", "jsonld", "nt", "json")

SHOWN_PATHS = (
    "/dataset/{name}",
    "/dataset/{name}.zip",
    "/dataset/{name}/{stem}.{rest}",
    "/dataset/{name}/resource/{resource_id}",
    "/dataset/{name}/v/{number:int}/{stem}.{rest}",
    "/dataset/{stem}.{rest}",
    "/files/{sha256}/{file_name}",
    "/id/dataset/{name}",
    "/id/distribution/{resource_id}",
    "/id/{kind}/{identifier}",
    "/api/v1/datasets/{name}/tables/{table}/rows",
)
"""Routes that must find what was hidden once its time has come."""

pytestmark = pytest.mark.anyio


@dataclass
class Hidden:
    """Pairs of something hidden and something made up that looks just so, by path parameter."""

    pairs: dict[str, list[tuple[str, str]]]
    words: dict[str, str]

    def fill(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield addresses of hidden things, each with one of made-up things."""
        names = re.findall(r"{(\w+)(?::\w+)?}", path)
        unknown = set(names) - set(self.pairs)
        assert not unknown, f"{path}: give hidden values for {unknown}"
        for chosen in itertools.product(*(self.pairs[name] for name in names)):
            address = decoy = path
            for name, (hidden, made_up) in zip(names, chosen, strict=True):
                pattern = rf"{{{name}(:\w+)?}}"
                address = re.sub(pattern, quote(hidden), address, count=1)
                decoy = re.sub(pattern, quote(made_up), decoy, count=1)
            if address != decoy:
                yield address, decoy

    def ask_for(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield addresses of lists and actions with queries that name hidden things, or made-up ones."""
        if "{" in path.replace("{action}", ""):
            return
        names = [self.pairs["name"][0], self.pairs["name"][2], self.pairs["resource_id"][0], WORD]
        is_action = "{action}" in path
        keys = ("q", "id", "resource_id") if is_action else ("q", "after")
        for action, key, (hidden, made_up) in itertools.product(ACTIONS if is_action else [""], keys, names):
            address = path.replace("{action}", action)
            yield f"{address}?{key}={quote(hidden)}", f"{address}?{key}={quote(made_up)}"

    def disguise(self, text: str) -> str:
        """Return the text with each hidden word replaced by its made-up one."""
        for hidden, made_up in sorted(self.words.items(), key=lambda pair: -len(pair[0])):
            text = text.replace(hidden, made_up)
        return text


def hide(installation: Installation, make_package: PackageMaker) -> Hidden:
    """Add a draft, and versions for tomorrow of a new dataset and of the shown one."""
    words = {"measures": [line.replace("窓口の改善", SECRET) for line in sample_tables(SHOWN)["measures"]]}
    load_folder(installation, make_package(DRAFT, title=SECRET))
    for folder in (make_package(COMING, title=SECRET), make_package(SHOWN, words, title=SECRET)):
        name = load_folder(installation, folder).name
        submit_version(installation, STAFF, name, START)
        approved = approve_version(installation, STAFF, name, START, effective_at=LATER)
        finish_job(installation, approved.job_id, lambda: START)
    return describe_hidden(installation)


def describe_hidden(installation: Installation) -> Hidden:
    """Return what could name the hidden versions from outside, read from the database."""
    with installation.database.reading() as session:
        ids = session.exec(select(DatasetEntity.id).where(DatasetEntity.name != SHOWN)).all()
        versions = session.exec(select(VersionEntity)).all()
        tables = session.exec(select(VersionTableEntity)).all()
        renderings = session.exec(select(RenderingEntity)).all()
        jobs = session.exec(select(JobEntity.id).where(JobEntity.dataset != SHOWN)).all()
    shown = {entry.id for entry in versions if entry.effective_at is not None and entry.effective_at <= START}
    uploads = {entry.upload_sha256 for entry in versions if entry.id not in shown}
    blobs = uploads | {entry.sha256 for entry in tables if entry.version_id not in shown}
    blobs |= {entry.sha256 for entry in renderings if entry.version_id not in shown}
    hashes = blobs - {entry.sha256 for entry in renderings if entry.version_id in shown}
    resources = {entry.resource_id for entry in renderings if entry.version_id not in shown}
    resources -= {entry.resource_id for entry in renderings if entry.version_id in shown}
    names = [(DRAFT, "other-plan"), (COMING, "nobody-plan"), WORD]
    made_up = [(entry, hashlib.sha256(entry.encode()).hexdigest()) for entry in sorted(hashes)]
    uuids = [(entry, str(uuid.uuid5(uuid.NAMESPACE_URL, entry))) for entry in sorted({*ids, *resources})]
    suffixes = [entry.suffix for entry in (*TABLE_FORMATS, *DATASET_FORMATS)]
    pairs = {
        "name": [*names[:2], next(pair for pair in uuids if pair[0] in ids), (SHOWN, SHOWN)],
        "stem": [*names[:2], ("measures", "measures")],
        "table": [("measures", "measures")],
        "rest": [(suffix, suffix) for suffix in dict.fromkeys((*suffixes, *RECORD_SUFFIXES))],
        "suffix": [(suffix, suffix) for suffix in RECORD_SUFFIXES],
        "number": [("1", "1"), ("2", "9")],
        "version": [("1.0.0", "1.0.0")],
        "sha256": made_up,
        "file_name": [("measures.csv", "measures.csv"), (f"{COMING}.zip", "nobody-plan.zip")],
        "resource_id": [pair for pair in uuids if pair[0] in resources],
        "kind": [(kind, kind) for kind in ("plan", "goal", "measure")],
        "identifier": [
            (f"{name}{end}", f"{other}{end}") for name, other in names[:2] for end in ("", "-g1", "-m1")
        ],
        "action": [(action, action) for action in ACTIONS],
        "code": [("131156", "131156")],
        "id": [(str(job), "999") for job in jobs],
    }
    words = dict([*names, *made_up, *uuids])
    words |= {quote(word): quote(other) for word, other in names} | {"第2版": "第9版"}
    words |= {f"ジョブ {job} ": "ジョブ 999 " for job in jobs}
    return Hidden(pairs, words)


def list_get_paths(app: FastAPI) -> list[str]:
    """Return the path of each route that answers GET."""
    return [
        str(context.path)
        for context in iter_route_contexts(app.routes)
        if "GET" in (getattr(context, "methods", None) or ())
    ]


async def ask(client: httpx.AsyncClient, address: str, key: dict[str, str]) -> tuple[int, str]:
    answer = await client.get(address, headers=key)
    return answer.status_code, answer.text


async def test_every_get_route_answers_as_if_the_hidden_did_not_exist(
    installation: Installation, make_package: PackageMaker
) -> None:
    publish_folder(installation, make_package(SHOWN))
    app = create_app(installation, clock=lambda: START)
    secret = add_token(installation, STAFF, "neighbour", "t131202", tuple(Action), 30, START)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    paths = list_get_paths(app)
    plain = [path for path in paths if "{" not in path] + [f"/dataset/{SHOWN}", f"/dataset/{SHOWN}.json"]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        before = {path: await ask(client, path, {}) for path in plain}
        hidden = hide(installation, make_package)
        assert {path: await ask(client, path, {}) for path in plain} == before
        neighbour = {"Authorization": f"Bearer {secret}"}
        for path in paths:
            for address, decoy in [*hidden.fill(path), *hidden.ask_for(path)]:
                for key in ({}, neighbour) if path.startswith("/api/v1/") else ({},):
                    status, text = await ask(client, address, key)
                    assert (status, hidden.disguise(text)) == await ask(client, decoy, key), address
                    assert "?" in address or SECRET not in text, address


async def test_the_hidden_values_do_name_something_once_it_is_effective(
    installation: Installation, make_package: PackageMaker
) -> None:
    """So that the test above cannot pass because it asks for the wrong things."""
    publish_folder(installation, make_package(SHOWN))
    hidden = hide(installation, make_package)
    app = create_app(installation, clock=lambda: LATER)
    found: set[str] = set()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        for path in list_get_paths(app):
            for address, _ in hidden.fill(path):
                if (await ask(client, address, {}))[0] in (200, 303):
                    found.add(path)
    assert set(SHOWN_PATHS) <= found
