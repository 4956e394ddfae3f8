"""What the chain keeps of settlements, and what keepers are asked to sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

__all__ = ["OperatorBooks", "SettledEpoch", "SettlementReader", "SettlementRequest"]


@dataclass(frozen=True, slots=True)
class OperatorBooks:
    """An operator's settled books. Amounts in token base units."""

    root: bytes
    """The first 20 bytes of the newest root."""
    pool: int
    """Moved out of escrow for people and not claimed yet."""
    total: int
    """Of people's earnings, ever."""
    operator_share: int
    """Not paid out yet."""
    epoch: int
    """The last one settled; 0 for none."""


@dataclass(frozen=True, slots=True)
class SettledEpoch:
    """Where an epoch was settled."""

    log_digest: bytes
    tx_hash: str
    block: int


class SettlementReader(Protocol):
    """Facts at the head of the chain. Every method raises ``Unavailable`` when the node does not answer in time."""

    async def books(self, operator: str) -> OperatorBooks: ...

    async def escrows(self, operator: str, campaigns: Sequence[bytes]) -> list[int]:
        """What is left in escrow of an operator's campaigns, base units; 0 for those that were never opened."""

    async def claimed(self, operator: str, subject: str) -> int:
        """What a subject was paid out of an operator's settlements so far, base units."""

    async def settled(self, operator: str, epoch: int, from_block: int) -> SettledEpoch | None:
        """The transaction that settled an epoch, looked for from this block on."""


@dataclass(frozen=True, slots=True)
class SettlementRequest:
    """What an operator asks a keeper to check and sign."""

    operator: str
    log_digest: bytes
    """SHA-256 of the log's index, 32 bytes."""
    log_key: bytes = field(repr=False)
    """Sealed to the keeper's HPKE key, 80 bytes."""
    signature: bytes = field(repr=False)
    """EIP-712 ``SettlementRequest``, by the operator."""

    def as_json(self) -> dict[str, Any]:
        """As keepers take it."""
        return {
            "operator": self.operator,
            "log_digest": "0x" + self.log_digest.hex(),
            "log_key": "0x" + self.log_key.hex(),
            "signature": "0x" + self.signature.hex(),
        }
