from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from app.settings import HOUSE

START_SECONDS = 90


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `shisaku serve` at its first start, with the bundled packages, as its own process."""
    folder = tmp_path_factory.mktemp("served")
    address = f"http://127.0.0.1:{_free_port()}"
    environment = {name: text for name, text in os.environ.items() if not name.startswith("SHISAKU_")}
    environment["SHISAKU_DATA_DIR"] = str(folder / "data")
    command = [sys.executable, "-m", "app", "serve", "--port", address.rpartition(":")[2]]
    with (folder / "log").open("w+b") as log:
        process = subprocess.Popen(command, cwd=HOUSE, env=environment, stdout=log, stderr=log)
        try:
            _wait_until_ready(process, address)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return
        except urllib.error.URLError:
            try:
                status = process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"the server ended with {status}") from None
    raise AssertionError("the server did not answer in time")
