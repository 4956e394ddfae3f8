"""Transactions, and the keys that sign them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.consent import ConsentTerms
from fairsignal.domain.errors import Refused
from fairsignal.domain.settlement import Settlement

__all__ = ["Admission", "ChainWriter", "Mined", "OutboxFigures", "SignedClaim", "SignedGrant", "Signer", "WalletSigner"]

Admission = Callable[[int], Awaitable[None]]
"""Asked with the estimated gas when the contract would take a call, and before it is sent; raises ``Refused``."""


class Signer(Protocol):
    """Holds one secp256k1 key: a server's keystore, or a KMS."""

    @property
    def address(self) -> str:
        """Checksummed."""

    async def sign_digest(self, digest: bytes) -> bytes:
        """Sign 32 bytes as they are; -> 65 bytes: r, s (in the lower half, as contracts ask), and 27 or 28.

        Raises:
            Unavailable: the key's keeper does not answer in time.
        """


class WalletSigner(Protocol):
    """A person's or an advertiser's wallet: it shows what it signs, so it signs no bare digests."""

    @property
    def address(self) -> str:
        """Checksummed."""

    def sign_typed(self, typed_data: Mapping[str, Any]) -> bytes:
        """65-byte signature of EIP-712 typed data."""


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction that succeeded."""

    tx_hash: str
    block: int
    gas_used: int


@dataclass(frozen=True, slots=True)
class SignedGrant:
    """A subject's grant (EIP-712 ``Grant``)."""

    subject: str
    terms: ConsentTerms
    version: int
    """The one that it creates."""
    signed_at: int
    """Unix seconds."""
    signature: bytes

    @property
    def word(self) -> int:
        return self.terms.word(version=self.version, granted_at=self.signed_at)


@dataclass(frozen=True, slots=True)
class SignedClaim:
    """A subject's claim of its settled earnings (EIP-712 ``Claim``), with its proof."""

    subject: str
    operator: str
    total: int
    """Running total under the operator's newest root, base units."""
    to: str
    deadline: int
    """Unix seconds."""
    proof: tuple[bytes, ...]
    signature: bytes


@dataclass(frozen=True, slots=True)
class OutboxFigures:
    """What an operator watches of an account's transactions."""

    pending: int
    """Committed and not mined."""
    oldest_pending_seconds: int
    """Since the oldest of these was committed, 0 for none."""
    unfinal: int
    """Mined, in blocks that a reorg could still take back."""
    balance: int
    """What is left for gas, in wei."""


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
        self,
        subject: str,
        terms: ConsentTerms,
        version: int,
        signed_at: int,
        signature: bytes,
        *,
        admit: Admission | None = None,
    ) -> Mined:
        """Whatever is relayed: while it is on its way, asking again follows that transaction."""

    async def revoke(self, lane: int) -> Mined: ...

    async def relay_revoke(
        self, subject: str, lane: int, signed_at: int, signature: bytes, *, admit: Admission | None = None
    ) -> Mined:
        """Goes before everything that waits to be sent."""

    async def revoke_all(self) -> Mined: ...

    async def relay_revoke_all(
        self, subject: str, signed_at: int, signature: bytes, *, admit: Admission | None = None
    ) -> Mined:
        """As ``relay_revoke``, for all operators and purposes."""

    async def attest(self, subject: str, digest: bytes) -> Mined: ...

    async def request_erasure(self, operator: str) -> Mined:
        """As a subject, ask an operator to erase everything."""

    async def relay_erasure(
        self, subject: str, operator: str, signed_at: int, signature: bytes, *, admit: Admission | None = None
    ) -> Mined:
        """The same by the subject's signature."""

    async def confirm_erasure(self, subject: str) -> Mined:
        """As an operator, say that everything is erased. While one is on its way, asking again follows that one."""

    async def set_recipient_key(self, key: bytes) -> Mined:
        """As an advertiser, name the X25519 public key (32 bytes) that keepers seal released shares to."""

    async def open_campaign(self, terms: CampaignTerms, amount: int) -> Mined:
        """As the terms' advertiser, put ``amount`` base units in escrow, which the market was allowed to pull."""

    async def record_use(
        self, terms: CampaignTerms, subject: str, category: int, use_index: int, ceiling: int, voucher: bytes
    ) -> Mined: ...

    async def settle(self, settlement: Settlement, quorum: bytes) -> Mined:
        """Book an epoch of the sender's. While the very same call is on its way, asking again follows that one."""

    async def claim(self, operator: str, total: int, proof: Sequence[bytes], to: str) -> Mined:
        """Pay out what is new of the sender's settled earnings, to an address of its choosing."""

    async def withdraw(self, lanes: Sequence[int], to: str) -> Mined:
        """Pay out the sender's credit on these lanes."""

    async def relay_withdrawal(
        self,
        subject: str,
        lane: int,
        earned: int,
        to: str,
        deadline: int,
        signature: bytes,
        *,
        admit: Admission | None = None,
    ) -> Mined:
        """Pay out what a subject has earned on a lane up to ``earned``, by its signature."""

    async def relay_claim(self, claim: SignedClaim, *, admit: Admission | None = None) -> Mined:
        """Pay out what is new of a subject's settled earnings, by its signature."""

    async def relay_claims(self, claims: Sequence[SignedClaim], *, admit: Admission | None = None) -> Mined:
        """Many at once; one that fails is skipped and costs the others nothing."""

    async def relay_grants(self, grants: Sequence[SignedGrant], *, admit: Admission | None = None) -> Mined:
        """Many at once, for one operator and purpose, each signed with 65 bytes; one that came too late is skipped and
        costs the others nothing.
        """

    async def grant_faults(self, grants: Sequence[SignedGrant]) -> list[Refused | None]:
        """What the contract has against each grant now; None where it would take it."""

    async def claim_faults(self, claims: Sequence[SignedClaim]) -> list[Refused | None]:
        """What the contract has against each claim now; None where it would pay it."""

    async def figures(self) -> OutboxFigures: ...
