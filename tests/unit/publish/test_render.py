from __future__ import annotations

from pathlib import Path

from app.model.record import Record
from app.publish.render import Edition, render_version
from app.settings import Settings
from app.storage.installation import Installation, open_installation
from app.storage.versions import find_newest_version
from tests.conftest import BASE, START, PackageMaker, load_folder

Key = tuple[str, str]


def _render(installation: Installation, *, number: int = 1) -> dict[Key, str]:
    """Render the newest version and return the hash of each rendering by table and format."""
    with installation.database.reading() as session:
        stored = find_newest_version(session, "sample-plan")
    assert stored is not None
    assert stored.revision is not None
    stored.version.approved_at = START
    record = Record.model_validate_json(stored.revision.body)
    edition = Edition(stored, record, number, effective_at=START, modified=START)
    return {
        (rendering.table_name, rendering.format): rendering.sha256
        for rendering in render_version(installation, edition)
    }


def test_rendering_twice_gives_the_same_bytes(installation: Installation, make_package: PackageMaker) -> None:
    load_folder(installation, make_package())
    assert _render(installation) == _render(installation)


def test_two_installations_render_the_same_upload_to_the_same_bytes(
    installation: Installation, make_package: PackageMaker, tmp_path: Path
) -> None:
    other = open_installation(
        Settings(data_dir=tmp_path / "other", public_url=BASE, bundled=False), served_at=BASE
    )
    for one in (installation, other):
        load_folder(one, make_package())
    assert _render(installation) == _render(other)
    other.close()


def test_another_number_changes_only_what_names_it(
    installation: Installation, make_package: PackageMaker
) -> None:
    load_folder(installation, make_package())
    first, second = _render(installation), _render(installation, number=2)
    data = {"csv", "bom.csv", "sjis.csv", "json", "jsonl"}
    assert {key for key in first if first[key] == second[key]} >= {key for key in first if key[1] in data}
    assert first["", "zip"] != second["", "zip"]
    assert first["", "nt"] != second["", "nt"]


def test_every_rendering_is_on_disk_when_it_is_reported_and_scratch_is_empty(
    installation: Installation, make_package: PackageMaker
) -> None:
    load_folder(installation, make_package())
    rendered = _render(installation)
    assert all(installation.blobs.find(sha256) for sha256 in rendered.values())
    assert not list((installation.folder.root / "scratch").iterdir())
    assert len(rendered) == 3 * 10 + 5
