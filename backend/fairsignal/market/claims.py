"""What people can claim of settled epochs: their running totals, with proofs under the newest root."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fairsignal.domain.errors import Conflict, NotFound
from fairsignal.domain.log_index import parse_index
from fairsignal.domain.log_keys import LogContext, LogKeys
from fairsignal.domain.merkle import MerkleTree
from fairsignal.epochs.read import read_books
from fairsignal.ports import (
    BlobSource,
    EpochRow,
    SettlementReader,
    SignedClaim,
    UnitOfWorkFactory,
)

__all__ = ["ClaimBook", "Claimable"]


@dataclass(frozen=True, slots=True)
class Claimable:
    """A subject's settled earnings, token base units."""

    epoch: int
    """The newest that is settled; 0 for none yet."""
    root: bytes
    total: int
    """Running total, ever."""
    claimed: int
    """Of it, what was paid out."""
    proof: tuple[bytes, ...]
    """Siblings from the leaf up; empty when there is nothing."""


@dataclass
class ClaimBook:
    """The newest settled totals of one operator, in memory: 130 bytes per person."""

    units: UnitOfWorkFactory
    blobs: BlobSource
    settlements: SettlementReader
    chain_id: int
    market: str
    operator: str
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)
    _built: tuple[EpochRow, MerkleTree] | None = field(default=None, init=False, repr=False)

    async def of(self, subject: str) -> Claimable:
        """What a subject earned, and how it claims it.

        Raises:
            Unavailable, IntegrityError: node, database or the epoch's log do not answer, or not as they were.
        """
        claimed = await self.settlements.claimed(self.operator, subject)
        newest = await self._newest()
        if newest is None:
            return Claimable(0, bytes(32), 0, claimed, ())
        row, tree = newest
        try:
            total, proof = tree.claim_of(bytes.fromhex(subject[2:]))
        except NotFound:
            total, proof = 0, []
        return Claimable(row.epoch, row.root, total, claimed, tuple(proof))

    async def prove(self, claims: Sequence[SignedClaim]) -> list[SignedClaim]:
        """The same claims with their proofs under the newest root.

        Raises:
            Conflict: a signed total is not the newest one, or everything was paid out already.
        """
        return [await self._prove(claim) for claim in claims]

    async def _prove(self, claim: SignedClaim) -> SignedClaim:
        found = await self.of(claim.subject)
        if claim.operator != self.operator or found.total != claim.total:
            raise Conflict(
                f"The newest running total is {found.total}, the claim names {claim.total}.",
                remedy="Ask for GET /v1/claims, and sign that total.",
                code="other-total",
            )
        if found.claimed >= found.total:
            raise Conflict("Everything was paid out already.", code="nothing-to-claim")
        return replace(claim, proof=found.proof)

    async def _newest(self) -> tuple[EpochRow, MerkleTree] | None:
        async with self.units() as work:
            row = await work.epochs.last_settled()
        if row is None:
            return None
        async with self._turn:
            if self._built is None or self._built[0].log_digest != row.log_digest:
                context = LogContext(self.chain_id, self.market, self.operator, row.epoch)
                keys = LogKeys(row.log_key, context)
                books = await read_books(self.blobs, parse_index(row.index), keys.books)
                # A second per half a million people: others go on meanwhile.
                self._built = row, await asyncio.to_thread(MerkleTree.build, books.leaves)
            return self._built
