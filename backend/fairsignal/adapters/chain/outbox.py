"""What the outbox holds: intents with their nonces, and every signed attempt to carry one out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

__all__ = ["FILL", "Attempt", "Intent", "Outbox", "OutboxEntry", "OutboxStatus"]

FILL = "fill"
"""Label of a transaction that does nothing but use up a nonce that nobody else will."""


class OutboxStatus(StrEnum):
    """Where a transaction is.

    Everything but ``final`` entries is watched: a reorg makes a mined one pending again.
    """

    PENDING = "pending"
    """Committed, and perhaps signed and sent; not in the chain."""
    MINED = "mined"
    REVERTED = "reverted"
    """Mined, without effect."""
    MOVED = "moved"
    """Its nonce was used up by a transaction that is not ours: it goes on under another one."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to be sent. ``label`` says what it does, without personal data."""

    sender: str
    to: str
    data: bytes = field(repr=False)
    gas: int
    label: str
    key: bytes
    """32 bytes; two intents of one key say the same."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction of an intent; fees in wei per gas, times in Unix seconds."""

    number: int
    tx_hash: str
    raw: bytes = field(repr=False)
    max_fee: int
    priority_fee: int
    signed_at: int
    signed_block: int
    """The chain's head then."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An intent with the nonce that it alone has."""

    intent: Intent
    nonce: int
    created_at: int
    status: OutboxStatus = OutboxStatus.PENDING
    final: bool = False
    """No reorg can change it any more."""
    tx_hash: str = ""
    """Of the attempt that was mined."""
    block: int = 0
    gas_used: int = 0
    moved_to: int | None = None
    """The nonce under which it went on."""
    attempts: tuple[Attempt, ...] = ()


class Outbox(Protocol):
    """Where transactions are kept. Every method is one database transaction, durable on return, and takes turns with
    those of other processes: one key has one nonce sequence, whoever uses it.
    """

    async def commit(
        self, intent: Intent, *, least_nonce: int, room: int | None, once: bool, now: int
    ) -> OutboxEntry | None:
        """Give an intent the next nonce.

        Args:
            least_nonce: what the chain says is free; the next one is never below it.
            room: commit only while fewer than this are pending; None: always.
            once: an intent of the same key that is pending is returned instead.

        Returns:
            None when there is no room.
        """

    async def add_attempt(self, sender: str, nonce: int, attempt: Attempt) -> OutboxEntry:
        """Commit a signed attempt before it is sent; where another process was first with this number, its attempt
        counts and ours is forgotten."""

    async def get(self, sender: str, nonce: int) -> OutboxEntry: ...

    async def watched(self, sender: str) -> list[OutboxEntry]:
        """Those that are not final, by nonce."""

    async def on_its_way(self, sender: str, key: bytes) -> OutboxEntry | None:
        """A pending entry of this key."""

    async def note(self, entry: OutboxEntry) -> None:
        """Write status, hash, block, gas and finality; nothing when it is final already."""

    async def move(self, entry: OutboxEntry, *, least_nonce: int, now: int) -> OutboxEntry:
        """Give the intent another nonce, since its own is lost for good; -> the new entry."""

    async def fill(self, intent: Intent, nonce: int, now: int) -> OutboxEntry:
        """Put an intent at a nonce that has none; -> whatever is there then."""

    async def prune(self, sender: str, before: int) -> int:
        """Delete final entries that are older; -> how many."""
