"""Metered uses in the database: the append-only log, budgets and caps, and the epochs that settle it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

__all__ = ["EpochRow", "EpochState", "Epochs", "LoggedUse", "UseLog"]


@dataclass(frozen=True, slots=True)
class LoggedUse:
    """One confirmed use of a metered campaign. Amounts in token base units, times in Unix seconds."""

    use_id: bytes
    """16 random bytes, of the decision's token: what makes a confirmation that is repeated the same one."""
    campaign: bytes
    subject: str
    """Checksummed address."""
    category: int
    """Bit of the category."""
    block: int
    """The block that the decision was current to: it says in which epoch the use is settled."""
    block_time: int
    price: int
    share: int
    """The subject's part of the price."""
    consent_version: int
    """Of the consent that the decision drew on."""
    confirmed_at: int
    seq: int = 0
    """Position in the log, given by the database."""


class UseLog(Protocol):
    """All of a confirmation's calls belong into one unit of work: what one refuses, all are rolled back for."""

    async def by_id(self, use_id: bytes) -> LoggedUse | None: ...

    async def add(self, use: LoggedUse) -> None:
        """Append; ``seq`` is ignored.

        Raises:
            Refused: the use's block is in an epoch that was closed; ``code`` is ``epoch-closed``.
            Conflict: it is in the log already.
        """

    async def of(self, subject: str, *, before: int = 0, limit: int = 100) -> list[LoggedUse]:
        """A subject's newest uses, newest first; with ``before``, those with a lower ``seq``."""

    async def budget(self, campaign: bytes) -> tuple[int, int] | None:
        """(allowed, used), in uses; None when nothing was allowed yet."""

    async def unsettled(self) -> int:
        """Uses that belong to no epoch yet."""

    async def closed_to(self) -> int:
        """Newest block that was closed; -1 before the first epoch."""

    async def campaigns(self, after: int, to: int) -> dict[bytes, int]:
        """Campaigns with logged uses whose block is in (after, to], and how many; voided ones count."""

    async def block_beyond(self, after: int, to: int, campaigns: int) -> int | None:
        """The first block in (after, to] up to which more than so many campaigns have uses; None when there is none."""

    def stream(self, after: int, to: int) -> AsyncIterator[Sequence[LoggedUse]]:
        """Uses whose block is in (after, to], in portions; by ascending subject, block and use id."""

    async def newest(self, campaign: bytes, after: int, to: int, limit: int) -> list[bytes]:
        """Ids of a campaign's newest uses whose block is in (after, to], newest first."""

    async def void(self, epoch: int, rules: Mapping[bytes, str]) -> None:
        """Take uses (id -> name of the rule that they break) out of an epoch, and out of their campaigns' budgets.
        What was voided before stays as it is."""

    async def voided(self, epoch: int) -> dict[bytes, str]:
        """Use ids of an epoch's voided uses -> rules."""

    async def voided_among(self, use_ids: Sequence[bytes]) -> dict[bytes, str]:
        """Those of these uses that were voided -> rules."""


EpochState = Literal["closed", "built", "signed", "settled"]
"""``closed``: its uses are fixed; ``built``: its log is published; ``signed`` by a quorum of keepers; ``settled`` on
chain."""


@dataclass(frozen=True, slots=True)
class EpochRow:
    """A settlement period: uses with ``from_block < block <= to_block``. Amounts in token base units."""

    epoch: int
    """From 1."""
    from_block: int
    to_block: int
    to_time: int
    """Unix seconds of ``to_block``."""
    log_key: bytes = field(repr=False)
    """32 random bytes: who has them reads the log."""
    auditors: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """(X25519 public key, the log key sealed to it), both in hex."""
    state: EpochState = "closed"
    uses: int = 0
    """Settled ones, without those that were voided."""
    gross: int = 0
    total: int = 0
    """Of everybody's earnings so far."""
    root: bytes = bytes(32)
    log_digest: bytes = bytes(32)
    """SHA-256 of the log's index."""
    index: bytes = field(default=b"", repr=False)
    """The log's index."""
    debits: bytes = field(default=b"", repr=False)
    """As ``SignalMarket.settle`` takes them."""
    quorum: bytes = field(default=b"", repr=False)
    """Keepers' signatures, as ``SignalMarket.settle`` takes them."""
    tx_hash: str = ""
    block: int = 0


class Epochs(Protocol):
    async def get(self, epoch: int) -> EpochRow | None: ...

    async def last(self) -> EpochRow | None:
        """The newest one, settled or not."""

    async def last_settled(self) -> EpochRow | None: ...

    async def covering(self, blocks: Sequence[int]) -> dict[int, EpochRow]:
        """The epochs that these blocks fall into, by block; without blocks that no epoch covers yet."""

    async def close(self, row: EpochRow) -> None:
        """Begin an epoch: from here on nothing is added to the log at or below its ``to_block``.

        Raises:
            Conflict: another replica closed it first.
        """

    async def save(self, row: EpochRow) -> None: ...
