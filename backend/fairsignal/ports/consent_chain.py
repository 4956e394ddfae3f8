"""Single consents as the chain records them, for receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fairsignal.domain.consent import SubjectState
from fairsignal.ports.chain import BlockRef

__all__ = ["ConsentChain", "StoredConsent"]


@dataclass(frozen=True, slots=True)
class StoredConsent:
    """An event of a ConsentRegistry that stored a consent word."""

    event: str
    """``Granted``, ``Approved`` or ``Revoked``."""
    subject: str
    """Checksummed."""
    lane: int
    word: int
    tx_hash: str
    block: BlockRef


class ConsentChain(Protocol):
    """Every method raises ``Unavailable`` when the node does not answer in time."""

    async def chain_id(self) -> int: ...

    async def in_transaction(self, registry: str, tx_hash: str) -> Sequence[StoredConsent]:
        """What a transaction stored; nothing when the canonical chain does not have it."""

    async def in_block(self, registry: str, subject: str, block: int) -> Sequence[StoredConsent]:
        """What one block stored of a subject, in order."""

    async def now(self, registry: str, subject: str, lane: int) -> tuple[BlockRef, int, SubjectState]:
        """(head, consent word, what concerns all consents of the subject)"""
