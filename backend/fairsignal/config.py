"""Settings: environment variables with the prefix ``FAIRSIGNAL_``, durations as ``timedelta``, money in base units."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["LOCAL_CHAIN_IDS", "KeeperSettings", "Settings"]

LOCAL_CHAIN_IDS = frozenset({31337, 1337})
"""Chains on which keys may come in clear from the environment: they guard no money."""


class _Chain(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FAIRSIGNAL_", extra="ignore")

    rpc_url: str = "http://127.0.0.1:8545"
    deployment: Path = Path("deployments/31337.json")
    """The file that scripts/deploy.py wrote for the chain."""
    data_dir: Path = Path("var")
    """Where databases, blobs and keys are kept."""
    key: SecretStr | None = None
    """Private key in hex: local chains only."""
    keystore: Path | None = None
    """Encrypted key file (Web3 Secret Storage v3), for every other chain."""
    passphrase_file: Path | None = None
    """File that holds the keystore's passphrase."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)


class Settings(_Chain):
    """The backend of one operator."""

    database_url: str = ""
    """SQLAlchemy URL; empty: SQLite in ``data_dir``."""
    ipfs_api: str = ""
    """Multiaddr or URL of a Kubo RPC API; empty: the embedded blob store in ``data_dir``."""
    keeper_urls: list[str] = []
    """Keepers to deposit with, in share order."""
    keeper_threshold: int = Field(default=2, ge=1)
    """Shares that are needed to open a category."""
    request_timeout: timedelta = timedelta(seconds=10)
    """For every call to a node, a keeper or a store."""
    max_body_bytes: int = 64 * 1024 * 1024
    api_key_hashes: list[str] = []
    """SHA-256 in hex of the API keys of the operator's own servers; empty: no key is asked for, on loopback only."""

    @model_validator(mode="after")
    def _keyless_only_on_loopback(self) -> Self:
        if not self.api_key_hashes and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("without FAIRSIGNAL_API_KEY_HASHES the backend listens on loopback only")
        return self

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'backend.db'}"

    @field_validator("keeper_urls")
    @classmethod
    def _no_slash(cls, urls: list[str]) -> list[str]:
        return [url.rstrip("/") for url in urls]


class KeeperSettings(_Chain):
    """One keeper process; prefix ``FAIRSIGNAL_KEEPER_``."""

    model_config = SettingsConfigDict(env_prefix="FAIRSIGNAL_KEEPER_", extra="ignore")

    data_dir: Path = Path("var/keeper")
    port: int = Field(default=8101, ge=0, le=65535)
