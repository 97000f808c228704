from __future__ import annotations

import re
import subprocess
import sys

from app.settings import HOUSE


def test_every_bundled_dataset_has_all_points_of_the_european_quality_score(server: str) -> None:
    command = [sys.executable, str(HOUSE / "scripts" / "score_metadata"), server, "--limit", "2"]
    done = subprocess.run(command, cwd=HOUSE, env={"PYTHONPATH": str(HOUSE)}, capture_output=True, text=True)
    scores = re.findall(r"^ *(\d+) best", done.stdout, flags=re.MULTILINE)
    assert set(scores) == {"405"}, done.stdout + done.stderr
    assert done.returncode == 0
    lost = set(re.findall(r"^ +-(\d+) best, -[\d.]+ share +(.*?)(?: \(|$)", done.stdout, flags=re.MULTILINE))
    # Only by share, and only for files that are there beside an open, machine-readable one.
    assert lost == {
        ("0", "Interoperability / non-proprietary: XLSX is not on the list of open formats"),
        ("0", "Interoperability / machine-readable: ZIP is not on the list of machine-readable formats"),
    }
