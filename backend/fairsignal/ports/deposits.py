"""A keeper's own database and keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fairsignal.domain.release import ReleaseItem
from fairsignal.domain.use_receipt import Released

__all__ = ["Deposit", "DepositBox", "EpochKeys", "HeldShares", "RequestLog"]


@dataclass(frozen=True, slots=True)
class Deposit:
    """What a keeper holds of one sealed profile: its share of every category's secret."""

    operator: str
    subject: str
    version: int
    digest: bytes
    """SHA-256 of the manifest that the shares belong to."""
    index: int
    """The keeper's share index, 1..n."""
    shares: bytes = field(repr=False)
    """One 32-byte share per category slot, concatenated."""


@dataclass(frozen=True, slots=True)
class HeldShares:
    """What a keeper holds of one subject by one operator."""

    operator: str
    subject: str
    deposits: tuple[tuple[bytes, int, int], ...]
    """(manifest hash, profile version, timestamp of the chain's head when it came: Unix seconds)"""


class DepositBox(Protocol):
    """A keeper's own database. What returned is on disk; what was deleted is overwritten."""

    async def put(self, deposit: Deposit, came: int) -> None:
        """Keep shares; ``came`` is the timestamp of the chain's head, Unix seconds."""

    async def get(self, operator: str, subject: str, digest: bytes) -> Deposit | None: ...

    async def of(self, operator: str, subject: str) -> HeldShares:
        """What is kept of one subject."""

    async def held(self, after: tuple[str, str], limit: int) -> list[HeldShares]:
        """What is kept, ordered by operator and subject, from behind ``after`` on; for sweeping in portions."""

    async def delete(self, operator: str, subject: str, digests: Sequence[bytes]) -> int:
        """Remove a subject's shares of these manifests; -> how many deposits there were."""

    async def close(self) -> None: ...


class EpochKeys(Protocol):
    """A keeper's HPKE keys: a fresh one every epoch, and no more than the last two."""

    def current(self, now: int) -> tuple[bytes, int]:
        """(X25519 private key of this epoch, Unix seconds until which deposits sealed to it are opened)"""

    def usable(self, now: int) -> list[bytes]:
        """Private keys that open deposits now, oldest first; at least one."""

    def forget_expired(self, now: int) -> None:
        """Delete the keys of epochs before the last one, for good."""


class RequestLog(Protocol):
    """What a keeper answered: single use of requests, and evidence for whoever audits the advertiser's operator."""

    async def use_nonce(self, advertiser: str, nonce: int, expires_at: int, now: int) -> bool:
        """Remember a request's nonce until it expired; False when it was used before."""

    async def record(self, campaign: bytes, items: Sequence[tuple[ReleaseItem, bytes]], released_at: int) -> None:
        """Note released items with their manifests' hashes; ``released_at`` in Unix seconds."""

    async def released(self, after: Released | None, limit: int) -> list[Released]:
        """What was noted, in the order of ``Released``, from behind ``after`` on."""

    async def close(self) -> None: ...
