"""Settings: one environment variable each, prefix `SHISAKU_`, with default and help.

The list in docs/settings.md is compared with this class by a test.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import OperatorError

HOUSE = Path(__file__).resolve().parent.parent
"""The folder that holds app/, datasets/, vocab/ and catalog/."""


class Settings(BaseSettings):
    """All settings of one installation."""

    model_config = SettingsConfigDict(env_prefix="SHISAKU_", extra="ignore", frozen=True)

    data_dir: Path = Field(Path("var"), description="Folder that holds all state; delete it to start over.")
    database_url: str = Field(
        "", description="SQLAlchemy URL of a PostgreSQL database; empty means SQLite in the data folder."
    )
    files_url: str = Field(
        "", description="Bucket for all files, as `s3://bucket/prefix`; empty means the data folder."
    )
    s3_endpoint: str = Field("", description="Address of the S3-compatible store; empty means Amazon's.")
    s3_region: str = Field("", description="Region of the bucket.")
    s3_access_key_id: str = Field("", description="Name of the key to the bucket.")
    s3_secret_access_key: str = Field("", repr=False, description="The key to the bucket.")
    max_blob_cache_bytes: int = Field(
        10_000_000_000, gt=0, description="Local disk for copies of the bucket's files, in bytes."
    )
    public_url: str = Field(
        "",
        description="Base of all absolute addresses; fixed at the first start, changed by `shisaku rebase`.",
    )
    bundled: bool = Field(True, description="Load the bundled plan packages at first start (yes or no).")
    catalog_dir: Path = Field(HOUSE / "catalog", description="Who we are: catalog.toml, organizations.csv …")
    vocab_dir: Path = Field(HOUSE / "vocab", description="Vocabularies, code lists and Table Schemas.")
    datasets_dir: Path = Field(HOUSE / "datasets", description="The bundled packages, one folder each.")

    own_approval: bool = Field(
        False, description="Let people approve what they uploaded or submitted themselves (yes or no)."
    )
    retire_notice_days: int = Field(
        30, ge=0, description="Days for which a dataset stays listed, with its notice, before it is retired."
    )

    sweep_after_hours: int = Field(
        24,
        gt=0,
        description="Hours after which `shisaku sweep` removes what nothing names; longer than any upload.",
    )
    max_upload_bytes: int = Field(200_000_000, gt=0, description="Largest upload, in bytes.")
    max_archive_entries: int = Field(200, gt=0, description="Most files and folders inside one zip.")
    max_archive_bytes: int = Field(1_000_000_000, gt=0, description="Most bytes a zip may unpack to.")
    max_archive_ratio: int = Field(200, gt=0, description="Most unpacked bytes per packed byte in a zip.")
    max_workbook_cells: int = Field(
        10_000_000, gt=0, description="Most cells of one sheet, from A1 to its last cell."
    )
    max_metadata_bytes: int = Field(2_000_000, gt=0, description="Largest datapackage.json, in bytes.")
    max_tables: int = Field(50, gt=0, description="Most tables in one package.")
    max_rows: int = Field(2_000_000, gt=0, description="Most rows in one table.")
    max_columns: int = Field(500, gt=0, description="Most columns in one table.")
    max_cell_characters: int = Field(32_000, gt=0, description="Longest text in one cell, in characters.")
    max_findings_per_rule: int = Field(20, gt=0, description="Findings of one rule that a report lists.")
    max_edits: int = Field(200_000, gt=0, description="Edits that a repair proposes for one upload.")
    max_xlsx_rows: int = Field(
        1_048_575, gt=0, le=1_048_575, description="Data rows up to which an XLSX is made."
    )
    max_xlsx_cells: int = Field(20_000_000, gt=0, description="Cells up to which an XLSX is made.")
    max_search_characters: int = Field(
        50_000, ge=0, description="Characters of a dataset's rows by which it can be found."
    )
    max_request_bytes: int = Field(1_000_000, gt=0, description="Largest body of an API request, in bytes.")
    max_cached_file_bytes: int = Field(
        262_144, ge=0, description="Files up to this size are answered from memory, in bytes."
    )
    max_cache_bytes: int = Field(
        64_000_000, ge=0, description="Memory of one process for ready answers, in bytes."
    )
    max_piece_bytes: int = Field(
        100_000_000,
        ge=0,
        description="Memory of one process for parts of lists (orders, packages), in bytes.",
    )


def read_settings() -> Settings:
    """Return the settings of this process, from its environment; raises OperatorError naming a wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors()[0]
        variable = f"SHISAKU_{str(wrong['loc'][0]).upper()}"
        raise OperatorError(f"{variable} の値「{wrong['input']}」は使えません（{wrong['msg']}）。") from error
