"""What an audit asks the chain beyond its events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fairsignal.domain.settlement import Settlement

__all__ = ["AuditFacts", "SettleCall"]


@dataclass(frozen=True, slots=True)
class SettleCall:
    """The arguments of a ``settle`` that a transaction made directly."""

    settlement: Settlement
    quorum: bytes = field(repr=False)
    """Signatures of 64 bytes each (EIP-2098), by ascending signer."""


class AuditFacts(Protocol):
    """Every method raises ``Unavailable`` when the node does not answer. None stands for what it does not have: nodes
    that keep no old state answer for recent blocks only.
    """

    async def settle_call(self, tx_hash: bytes) -> SettleCall | None:
        """None when the transaction went to another contract, which called the market."""

    async def escrows(self, operator: str, campaigns: Sequence[bytes], block: int) -> list[int] | None:
        """What campaigns (ids, 32 bytes) of an operator hold after a block, base units."""

    async def credits(self, accounts: Sequence[tuple[bytes, int]], block: int) -> list[int] | None:
        """What (subject, lane) accounts had earned by uses recorded at once, ever, after a block; base units."""
