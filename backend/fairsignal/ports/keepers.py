"""Keepers, over the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.release import ItemResult, ReleaseItem
from fairsignal.ports.settlements import SettlementRequest

__all__ = ["ErasedAnswer", "KeeperClient", "KeeperDirectory", "KeeperInfo", "ReleaseAnswer", "ReleaseRequest"]


@dataclass(frozen=True, slots=True)
class KeeperInfo:
    """A keeper as it introduces itself, signed by its chain key."""

    address: str
    url: str
    hpke_key: bytes
    """X25519 public key, 32 bytes."""
    expires_at: int
    """Unix seconds until which it takes shares that are sealed to this key."""
    signature: bytes = field(repr=False)
    """EIP-712 ``Introduction``, by ``address``."""


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """What an advertiser asks a keeper for, signed with the advertiser's chain key."""

    terms: CampaignTerms
    items: tuple[ReleaseItem, ...]
    """Paid uses of this campaign: one, or a cohort."""
    nonce: int
    expires_at: int
    """Unix seconds."""
    signature: bytes = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """As keepers and the backend take it."""
        return {
            "terms": self.terms.as_json(),
            "items": [item.as_json() for item in self.items],
            "nonce": str(self.nonce),
            "expires_at": self.expires_at,
            "signature": "0x" + self.signature.hex(),
        }


@dataclass(frozen=True, slots=True)
class ReleaseAnswer:
    """A keeper's answer to a ``ReleaseRequest``."""

    results: tuple[ItemResult, ...]
    """In the order of the request's items."""
    released_at: int
    """Unix seconds."""
    receipt: bytes = field(repr=False)
    """EIP-712 ``ReleaseReceipt`` over request and results, by the keeper's chain key."""


@dataclass(frozen=True, slots=True)
class ErasedAnswer:
    """A keeper's word that it holds nothing of a subject any more."""

    erased_at: int
    """Unix seconds."""
    receipt: bytes = field(repr=False)
    """EIP-712 ``Erased``, by the keeper's chain key."""


class KeeperClient(Protocol):
    """One keeper, over the network."""

    @property
    def url(self) -> str: ...

    async def info(self) -> KeeperInfo:
        """Who the keeper says it is; whoever seals to it checks the signature."""

    async def deposit(self, manifest: bytes, sealed_shares: bytes, keeper_index: int, signature: bytes) -> None:
        """Hand over this keeper's sealed shares; returns once they are on its disk."""

    async def release(self, request: ReleaseRequest) -> ReleaseAnswer:
        """Shares, sealed to the recipient key that the chain names, or the rules that refuse them."""

    async def sign_settlement(self, request: SettlementRequest) -> bytes:
        """Have an epoch's log checked, which may take minutes; -> the keeper's signature of the settlement, 65 bytes.

        Raises:
            Refused: the log breaks a rule, which ``code`` names.
        """

    async def erase(self, operator: str, subject: str, signature: bytes) -> ErasedAnswer:
        """Have everything about a subject deleted, by the operator's ``Erasure`` signature."""


class KeeperDirectory(Protocol):
    """The keeper set that shares are sealed to."""

    @property
    def clients(self) -> Sequence[KeeperClient]:
        """In share order."""

    @property
    def addresses(self) -> Sequence[str]:
        """As the chain names them, in share order."""

    async def introduced(self) -> list[KeeperInfo]:
        """Today's keys of all of them, proven, in share order.

        Raises:
            Unavailable: one of them never introduced itself.
        """
