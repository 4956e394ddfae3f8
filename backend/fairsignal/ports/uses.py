"""Vouchers and recorded uses in the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from fairsignal.domain.campaign import CampaignTerms

__all__ = ["Pacing", "UseRow", "Uses", "VoucherRow", "Vouchers"]

Pacing = Literal["even", "asap"]


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """An advertiser's permission to record uses of its campaign below index ``ceiling``."""

    terms: CampaignTerms
    ceiling: int
    signature: bytes = field(repr=False)
    pacing: Pacing = "asap"
    """``even`` spreads the uses over the campaign's life."""
    accepted_at: int = 0
    """Unix seconds from which even pace is counted."""


class Vouchers(Protocol):
    async def get(self, campaign_id: bytes) -> VoucherRow | None: ...

    async def save(self, row: VoucherRow) -> None: ...


@dataclass(frozen=True, slots=True)
class UseRow:
    """One use that was asked for under an idempotency key, and what became of it."""

    key: str
    campaign: bytes
    subject: str
    category: int
    use_index: int
    tx_hash: str = ""
    block: int = 0


class Uses(Protocol):
    async def get(self, key: str) -> UseRow | None: ...

    async def save(self, row: UseRow) -> None: ...

    async def forget(self, key: str) -> None:
        """Drop a use that the chain refused; its index is free again."""

    async def unfinished(self, campaign: bytes) -> list[UseRow]:
        """Uses whose index is taken and whose outcome is not known yet, in index order."""

    async def reopen(self, campaign: bytes, on_chain: int) -> None:
        """Forget the transactions of uses at or past index ``on_chain``: the chain does not have them (any more)."""

    async def next_index(self, campaign: bytes, on_chain: int) -> int:
        """The index of the campaign's next use, past what the chain has and past what is on its way there."""
