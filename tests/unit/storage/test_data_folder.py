from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import OperatorError
from app.settings import Settings
from app.storage.data_folder import DataFolder
from app.storage.installation import DEFAULT_BASE, is_base, open_installation


def test_scratch_is_fresh_on_the_same_disk_and_removed_after_an_error(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    seen = []
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), folder.scratch() as scratch:
            assert scratch.stat().st_dev == folder.root.stat().st_dev
            assert not list(scratch.iterdir())
            (scratch / "upload").write_bytes(b"x")
            seen.append(scratch)
            raise ZeroDivisionError
    assert len(set(seen)) == 2
    assert not any(scratch.exists() for scratch in seen)


@pytest.mark.parametrize(
    ("wanted", "served_at", "base"),
    [
        ("", "http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("https://data.example.jp", "http://127.0.0.1:8123", "https://data.example.jp"),
        ("https://data.example.jp/", "http://127.0.0.1:8123", "https://data.example.jp"),
        ("https://example.jp/data", "http://127.0.0.1:8123", "https://example.jp/data"),
    ],
)
def test_the_base_is_recorded_at_the_first_start_and_stays(
    tmp_path: Path, wanted: str, served_at: str, base: str
) -> None:
    settings = Settings(data_dir=tmp_path / "data", public_url=wanted)
    first = open_installation(settings, served_at=served_at)
    first.close()
    assert first.base == base
    later = open_installation(settings, served_at="http://127.0.0.1:9999")
    later.close()
    assert later.base == base


def test_a_start_that_serves_nothing_records_no_base(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    opened = open_installation(settings)
    opened.close()
    assert opened.base == DEFAULT_BASE
    later = open_installation(settings, served_at="http://127.0.0.1:8123")
    later.close()
    assert later.base == "http://127.0.0.1:8123"


def test_a_base_that_the_data_folder_recorded_goes_into_the_database(tmp_path: Path) -> None:
    (tmp_path / "public_url").write_text("https://a.example.jp\n", encoding="utf-8")
    settings = Settings(data_dir=tmp_path)
    open_installation(settings).close()
    (tmp_path / "public_url").unlink()
    later = open_installation(settings, served_at="http://127.0.0.1:8123")
    later.close()
    assert later.base == "https://a.example.jp"


def test_two_machines_on_one_database_agree_on_the_base(settings: Settings, database_url: str) -> None:
    first = settings.model_copy(update={"database_url": database_url, "public_url": ""})
    folder = first.data_dir.with_name("other") if database_url else first.data_dir
    opened = [
        open_installation(first, served_at="http://127.0.0.1:8001"),
        open_installation(first.model_copy(update={"data_dir": folder}), served_at="http://127.0.0.1:8002"),
    ]
    assert [entry.base for entry in opened] == ["http://127.0.0.1:8001"] * 2
    for entry in opened:
        entry.close()


def test_another_base_than_the_recorded_one_is_refused_with_the_way_out(tmp_path: Path) -> None:
    open_installation(
        Settings(data_dir=tmp_path, public_url="https://a.example.jp"), served_at="http://x"
    ).close()
    with pytest.raises(OperatorError, match=r"shisaku rebase https://b\.example\.jp"):
        open_installation(Settings(data_dir=tmp_path, public_url="https://b.example.jp"))


@pytest.mark.parametrize(
    "url", ["https://data.example.jp", "http://127.0.0.1:8000", "http://[::1]:8000", "https://example.jp/a/b"]
)
def test_a_base_is_an_address_without_a_last_slash(url: str) -> None:
    assert is_base(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "data.example.jp",
        "ftp://data.example.jp",
        "https://",
        "https:///data",
        "https://data.example.jp/",
        "https://data.example.jp?a=1",
        "https://data.example.jp#a",
        "https://データ.example.jp",
        "https://data.example.jp/a b",
        "https://data.example.jp/<a>",
        'https://data.example.jp/"a"',
        "https://data.example.jp/a\\b",
        "https://data.example.jp:port",
        "https://data.example.jp:99999",
        "https://user:secret@data.example.jp",
        "https://data.example.jp/\u0001",
        "https://data.example.jp/a\nb",
    ],
)
def test_what_could_not_begin_an_address_is_no_base(url: str) -> None:
    assert not is_base(url)
