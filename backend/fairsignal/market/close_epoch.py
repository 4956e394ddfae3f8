"""Beginning an epoch: which uses it holds is fixed before anything is built of them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fairsignal.domain.errors import BadInput, Unavailable
from fairsignal.domain.log_index import MAX_CAMPAIGNS, seal_log_key
from fairsignal.domain.log_keys import KEY_BYTES, LogContext
from fairsignal.ports import BlockRef, BlockTimes, ChainReader, EpochRow, UnitOfWorkFactory

__all__ = ["EpochCloser"]


@dataclass(frozen=True)
class EpochCloser:
    """Closes epochs of one operator, one after the other."""

    units: UnitOfWorkFactory
    reader: ChainReader
    times: BlockTimes
    market: str
    operator: str
    start_block: int
    """Where the contracts were deployed."""
    auditors: Sequence[bytes]
    """X25519 public keys that the log key is sealed to."""

    async def close(self, wait: timedelta) -> EpochRow | None:
        """Begin the epoch after the last, with all uses up to a final block; None when there are none.

        Args:
            wait: how old that block is at least, by the chain's time: longer than a token is valid, so that nobody
                comes too late.

        Raises:
            Conflict: another replica was first.
            Unavailable: the node does not answer.
        """
        async with self.units() as work:
            last = await work.epochs.last()
        from_block = last.to_block if last is not None else self.start_block
        newest = await self._newest(from_block, wait)
        if newest is None:
            return None
        async with self.units() as work:
            beyond = await work.use_log.block_beyond(from_block, newest.number, MAX_CAMPAIGNS)
            if beyond is None and not await work.use_log.campaigns(from_block, newest.number):
                return None
        to_block = newest.number if beyond is None else beyond - 1
        if to_block <= from_block:
            raise BadInput(
                f"More than {MAX_CAMPAIGNS} campaigns have uses of one block; one settlement cannot hold them.",
                remedy="Let decisions draw on fewer campaigns at a time.",
                code="epoch-too-large",
            )
        row = await self._row(last.epoch + 1 if last is not None else 1, from_block, to_block)
        async with self.units() as work:
            await work.epochs.close(row)
        return row

    async def _newest(self, from_block: int, wait: timedelta) -> BlockRef | None:
        """The newest final block that is old enough; None when no later one than ``from_block`` is."""
        head, final = await self.reader.head(), await self.reader.head("finalized")
        latest = head.timestamp - int(wait.total_seconds())
        low, high = from_block, final.number
        while low < high:
            middle = (low + high + 1) // 2
            if await self._time(middle) <= latest:
                low = middle
            else:
                high = middle - 1
        return None if low == from_block else BlockRef(low, await self._time(low))

    async def _time(self, block: int) -> int:
        times = await self.times.timestamps([block])
        if block not in times:
            raise Unavailable(f"The node does not have block {block}.", remedy="Let it synchronise.")
        return times[block]

    async def _row(self, epoch: int, from_block: int, to_block: int) -> EpochRow:
        context = LogContext(self.reader.chain_id, self.market, self.operator, epoch)
        log_key = secrets.token_bytes(KEY_BYTES)
        # Sealed here, once: a log that is built again after a crash must be the same to the byte.
        sealed = tuple((key.hex(), seal_log_key(log_key, key, context).hex()) for key in self.auditors)
        return EpochRow(epoch, from_block, to_block, await self._time(to_block), log_key, sealed)
