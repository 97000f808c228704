"""What the tests of bad files share: how a good package is spoilt, and what an answer must show."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

from app.storage.installation import Installation
from tests.conftest import make_client, sample_tables
from tests.journeys.conftest import Files, package_files

COUNTS = re.compile(r"重大 [0-9,]+件、注意 [0-9,]+件、参考 [0-9,]+件")
JAPANESE = re.compile(r"[ぁ-ん]")
PUBLIC = (
    "/dataset/sample-plan.json",
    "/dataset/sample-plan/measures.csv",
    "/dataset/sample-plan.zip",
    "/catalog.nt",
    "/api/3/action/package_list",
    "/api/3/action/package_search?q=",
    "/",
)

Make = Callable[[Path], Path]

PLANS = sample_tables("sample-plan")["plans"]
JAPANESE_ROWS = "".join(f"{row}\n" for row in PLANS)


async def public_state(site: Installation) -> dict[str, str]:
    async with make_client(site) as client:
        answers = {path: await client.get(path) for path in PUBLIC}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {path: hashlib.sha256(answer.content).hexdigest() for path, answer in answers.items()}


def with_bytes(name: str, content: bytes) -> Files:
    return {**package_files(), name: content}


def with_descriptor(content: bytes) -> Files:
    return with_bytes("datapackage.json", content)


def with_resource(**properties: object) -> Files:
    resources = json.loads(package_files()["datapackage.json"])["resources"]
    resources[1] |= properties
    return package_files(resources=resources)
