"""Transactions, and the keys that sign them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.consent import ConsentTerms

__all__ = ["ChainWriter", "Mined", "Signer"]


class Signer(Protocol):
    """Holds one secp256k1 key: a server's keystore, a KMS, or a person's wallet."""

    @property
    def address(self) -> str:
        """Checksummed."""

    def sign_typed(self, typed_data: Mapping[str, Any]) -> bytes:
        """65-byte signature of EIP-712 typed data."""

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Raw signed transaction."""


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction that succeeded."""

    tx_hash: str
    block: int
    gas_used: int


class ChainWriter(Protocol):
    """Sends transactions of one account; intent and nonce survive a crash, so nothing is sent twice.

    Raises:
        Refused: the contract reverted; ``code`` is the kebab-case name of its error.
        Unavailable: not mined in time; the transaction stays in the outbox and is followed up.
    """

    @property
    def sender(self) -> str: ...

    async def grant(self, terms: ConsentTerms) -> Mined: ...

    async def relay_grant(
        self, subject: str, terms: ConsentTerms, version: int, signed_at: int, signature: bytes
    ) -> Mined: ...

    async def revoke(self, lane: int) -> Mined: ...

    async def relay_revoke(self, subject: str, lane: int, signed_at: int, signature: bytes) -> Mined: ...

    async def revoke_all(self) -> Mined: ...

    async def attest(self, subject: str, digest: bytes) -> Mined: ...

    async def request_erasure(self, operator: str) -> Mined:
        """As a subject, ask an operator to erase everything."""

    async def relay_erasure(self, subject: str, operator: str, signed_at: int, signature: bytes) -> Mined:
        """The same by the subject's signature. While one transaction is on its way, asking again follows that one."""

    async def confirm_erasure(self, subject: str) -> Mined:
        """As an operator, say that everything is erased. While one is on its way, asking again follows that one."""

    async def set_recipient_key(self, key: bytes) -> Mined:
        """As an advertiser, name the X25519 public key (32 bytes) that keepers seal released shares to."""

    async def open_campaign(self, terms: CampaignTerms, amount: int) -> Mined:
        """As the terms' advertiser, put ``amount`` base units in escrow, which the market was allowed to pull."""

    async def record_use(
        self, terms: CampaignTerms, subject: str, category: int, use_index: int, ceiling: int, voucher: bytes
    ) -> Mined: ...

    async def withdraw(self, lanes: Sequence[int], to: str) -> Mined:
        """Pay out the sender's credit on these lanes."""
