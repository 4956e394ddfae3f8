"""Following transactions until they are final: sent again when dropped, offered more for when stuck, sent again after a
reorg, moved to another nonce when theirs was lost, and gaps before them filled."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog
from eth_utils.crypto import keccak

from fairsignal.adapters.chain.attempts import Attempts, FeeMarket
from fairsignal.adapters.chain.outbox import FILL, Intent, Outbox, OutboxEntry, OutboxStatus
from fairsignal.adapters.chain.rpc import Call, Rpc
from fairsignal.ports import Clock, Lease

__all__ = ["Follower", "log_outcome", "outcome_of"]

log = structlog.get_logger(__name__)

_BATCH = 100
"""Requests in one round trip."""
_STUCK_BLOCKS = 2
"""A transaction is not stuck before this many blocks did without it."""
_KEEP = timedelta(days=30)
"""How long entries are kept once they are final."""
_PRUNE_SECONDS = 3600
_FILL_GAS = 21_000


@dataclass(frozen=True, slots=True)
class _Chain:
    """What one round trip says of the sender."""

    mined: int
    """Transactions in the chain."""
    pooled: int
    """The same with those that wait in the node's pool without a gap."""
    final: int
    """Those that no reorg takes back."""
    final_block: int
    market: FeeMarket
    due: Sequence[OutboxEntry]
    """Entries that may have changed."""
    receipts: Mapping[str, dict[str, Any]]
    """Of the attempts of these."""
    pool: Mapping[str, dict[str, Any]]
    """Of those without a receipt, the newest attempts that the node knows."""


class Follower:
    """Follows up one sender; as many processes as like may do so at the same time."""

    def __init__(
        self, rpc: Rpc, sender: str, outbox: Outbox, attempts: Attempts, clock: Clock, reprice_after: timedelta
    ) -> None:
        self._rpc = rpc
        self._sender = sender
        self._outbox = outbox
        self._attempts = attempts
        self._clock = clock
        self._patience = int(reprice_after.total_seconds())
        self._turn = asyncio.Lock()
        self._pruned_at = 0
        self._seen: dict[tuple[str, int], int] = {}
        self._looked_at = -math.inf

    async def in_turn(self, lease: Lease) -> int:
        """One pass, unless another process does it these days; -> how many entries changed."""
        now = self._clock.now()
        self._looked_at = time.monotonic()
        if not await lease.hold():
            return 0
        if now - self._pruned_at >= _PRUNE_SECONDS:
            await self._outbox.prune(self._sender, now - int(_KEEP.total_seconds()))
            self._pruned_at = now
        return await self.step()

    def idle(self, seconds: float) -> bool:
        """Nobody, as far as this process knows, has followed up for so long."""
        return time.monotonic() - self._looked_at > seconds

    async def step(self) -> int:
        """One pass; -> how many entries changed.

        Raises:
            Unavailable: the node does not answer.
        """
        self._looked_at = time.monotonic()
        async with self._turn:
            entries = await self._outbox.watched(self._sender)
            if not entries:
                return 0
            chain = await self._ask(entries)
            changed = 0
            for entry in chain.due:
                changed += await self._judge(entry, chain)
            return changed + await self._fill_gaps(entries, chain)

    async def _ask(self, entries: Sequence[OutboxEntry]) -> _Chain:
        counts = [Call("eth_getTransactionCount", [self._sender, tag]) for tag in ("latest", "pending", "finalized")]
        head = [*counts, Call("eth_getBlockByNumber", ["finalized", False]), *FeeMarket.CALLS]
        mined, pooled, final, final_block, block, tip = await self._rpc.batch(head)
        # Of a mined one no more is asked before its block is final, unless the chain got shorter.
        due = [
            entry
            for entry in entries
            if entry.status is OutboxStatus.PENDING
            or entry.nonce >= int(mined, 16)
            or entry.block <= int(final_block["number"], 16)
        ]
        # Asked after the counts: a receipt that is missing then of a nonce that was final before is missing for good.
        receipts = await self._each("eth_getTransactionReceipt", [a.tx_hash for entry in due for a in entry.attempts])
        waiting = [e.attempts[-1].tx_hash for e in due if e.attempts and _receipt_of(e, receipts) is None]
        return _Chain(
            mined=int(mined, 16),
            pooled=int(pooled, 16),
            final=int(final, 16),
            final_block=int(final_block["number"], 16),
            market=FeeMarket.of(block, tip),
            due=due,
            receipts=receipts,
            pool=await self._each("eth_getTransactionByHash", waiting),
        )

    async def _each(self, method: str, hashes: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Those that the node knows."""
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(hashes), _BATCH):
            part = hashes[start : start + _BATCH]
            answers = await self._rpc.batch([Call(method, [tx_hash]) for tx_hash in part])
            found |= {tx_hash: answer for tx_hash, answer in zip(part, answers, strict=True) if answer is not None}
        return found

    async def _judge(self, entry: OutboxEntry, chain: _Chain) -> bool:
        receipt = _receipt_of(entry, chain.receipts)
        if receipt is not None:
            found = outcome_of(entry, receipt)
            found = replace(found, final=found.block <= chain.final_block)
            if found == entry:
                return False
            await self._outbox.note(found)
            if found.status is not entry.status:
                log_outcome(found)
            return True
        if entry.nonce < chain.final:
            return await self._lost_nonce(entry, chain)
        back = entry.status is not OutboxStatus.PENDING
        if back:
            log.warning("transaction lost in a reorg", what=entry.intent.label, nonce=entry.nonce, tx=entry.tx_hash)
            entry = replace(entry, status=OutboxStatus.PENDING, tx_hash="", block=0, gas_used=0)
            await self._outbox.note(entry)
        if entry.nonce < chain.mined:
            # Another transaction has its nonce, but a reorg may still take that back.
            if self._is_new("nonce used", entry.nonce):
                log.warning("nonce used by another transaction", what=entry.intent.label, nonce=entry.nonce)
            return back
        return await self._push(entry, chain) or back

    async def _lost_nonce(self, entry: OutboxEntry, chain: _Chain) -> bool:
        if entry.intent.label == FILL:
            await self._outbox.note(replace(entry, status=OutboxStatus.MOVED, final=True))
            return True
        if not self._persists("lost nonce", entry.nonce):
            return False
        moved = await self._outbox.move(entry, least_nonce=chain.pooled, now=self._clock.now())
        log.warning("transaction moved", what=entry.intent.label, nonce=entry.nonce, to=moved.nonce)
        if not moved.attempts:
            await self._attempts.first(moved, chain.market)
        return True

    async def _push(self, entry: OutboxEntry, chain: _Chain) -> bool:
        if not entry.attempts:
            await self._attempts.first(entry, chain.market)
            return True
        last = entry.attempts[-1]
        waited = self._clock.now() - last.signed_at >= self._patience
        passed_over = chain.market.block - last.signed_block >= _STUCK_BLOCKS
        in_the_way = entry.nonce == chain.mined or last.max_fee < chain.market.base_fee + last.priority_fee
        if waited and passed_over and in_the_way:
            if await self._attempts.again(entry, chain.market) is not None:
                return True
            if self._is_new("fee cap reached", entry.nonce):
                log.warning("fee cap reached", what=entry.intent.label, nonce=entry.nonce, max_fee=last.max_fee)
        if last.tx_hash not in chain.pool:
            await self._attempts.send(entry)
            return True
        return False

    async def _fill_gaps(self, entries: Sequence[OutboxEntry], chain: _Chain) -> int:
        """What was sent with this key from elsewhere and dropped by the node would hold up everything after it."""
        known = {entry.nonce for entry in entries}
        filled = 0
        for nonce in range(max(chain.mined, chain.pooled), max(known)):
            if nonce in known or not self._persists("gap", nonce):
                continue
            intent = Intent(self._sender, self._sender, b"", _FILL_GAS, FILL, keccak(text=f"{FILL} {nonce}"))
            entry = await self._outbox.fill(intent, nonce, self._clock.now())
            if not entry.attempts:
                log.warning("gap filled", nonce=nonce)
                await self._attempts.first(entry, chain.market)
                filled += 1
        return filled

    def _persists(self, what: str, nonce: int) -> bool:
        """Behind one address there may be many nodes, some of which lag: what would be worse is believed only later."""
        now = self._clock.now()
        return now - self._seen.setdefault((what, nonce), now) >= self._patience

    def _is_new(self, what: str, nonce: int) -> bool:
        """Said once."""
        new = (what, nonce) not in self._seen
        self._seen.setdefault((what, nonce), self._clock.now())
        return new


def _receipt_of(entry: OutboxEntry, receipts: Mapping[str, dict[str, Any]]) -> dict[str, Any] | None:
    return next((receipts[a.tx_hash] for a in entry.attempts if a.tx_hash in receipts), None)


def outcome_of(entry: OutboxEntry, receipt: Mapping[str, Any]) -> OutboxEntry:
    """The entry as a receipt of one of its attempts says."""
    succeeded = int(receipt["status"], 16) == 1
    return replace(
        entry,
        status=OutboxStatus.MINED if succeeded else OutboxStatus.REVERTED,
        tx_hash=receipt["transactionHash"],
        block=int(receipt["blockNumber"], 16),
        gas_used=int(receipt["gasUsed"], 16),
    )


def log_outcome(entry: OutboxEntry) -> None:
    """One line per transaction, without personal data."""
    log.info(
        "transaction",
        what=entry.intent.label,
        status=str(entry.status),
        tx=entry.tx_hash,
        block=entry.block,
        gas=entry.gas_used,
    )
