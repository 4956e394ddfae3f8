"""Recording a use on chain, once, whatever is retried or crashes in between."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from dataclasses import replace

from fairsignal.domain.errors import Conflict, NotFound, Refused
from fairsignal.ports import ChainReader, ChainWriter, UnitOfWorkFactory, UseRow, VoucherRow

__all__ = ["Meter"]


class Meter:
    """Records uses through the advertiser's voucher, in index order per campaign.

    The index is committed under the idempotency key before anything is sent. The contract takes each index once, so
    that a use which was sent twice is paid once.
    """

    def __init__(self, reader: ChainReader, writer: ChainWriter, units: UnitOfWorkFactory) -> None:
        self._reader = reader
        self._writer = writer
        self._units = units
        self._locks: defaultdict[bytes, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def record(self, key: str, campaign_id: bytes, subject: str, category: int) -> UseRow:
        """Record and pay one use.

        Args:
            key: idempotency key; the same key with the same use returns what happened the first time.
            category: bit of the category.

        Raises:
            NotFound: no voucher for this campaign.
            Conflict: the key was used for another use.
            Refused: the contract said no; ``code`` is its error's name. Nothing was paid.
        """
        async with self._locks[campaign_id]:
            async with self._units() as work:
                voucher = await work.vouchers.get(campaign_id)
                row = await work.uses.get(key)
            if voucher is None:
                raise NotFound(
                    f"No voucher is known for campaign 0x{campaign_id.hex()}.",
                    remedy="The advertiser hands one in with POST /v1/campaigns.",
                    code="no-such-campaign",
                )
            if row is None:
                row = await self._reserve(key, voucher, subject, category)
            elif (row.campaign, row.subject, row.category) != (campaign_id, subject, category):
                raise Conflict(
                    "This idempotency key was used for another use.", remedy="Use a new key.", code="key-reused"
                )
            if row.tx_hash:
                return row
            return await self._send(row, voucher)

    async def _finish_earlier(self, voucher: VoucherRow) -> None:
        """Indexes are recorded without gaps: a use that a crash left in the air goes first."""
        async with self._units() as work:
            rows = await work.uses.unfinished(voucher.terms.id)
        for row in rows:
            with contextlib.suppress(Refused):
                await self._send(row, voucher)

    async def _reserve(self, key: str, voucher: VoucherRow, subject: str, category: int) -> UseRow:
        await self._finish_earlier(voucher)
        campaign = await self._reader.campaign(voucher.terms)
        async with self._units() as work:
            index = await work.uses.next_index(voucher.terms.id, campaign.uses if campaign else 0)
            row = UseRow(key=key, campaign=voucher.terms.id, subject=subject, category=category, use_index=index)
            await work.uses.save(row)
        return row

    async def _send(self, row: UseRow, voucher: VoucherRow) -> UseRow:
        done = await self._recorded_already(row)
        if done is None:
            try:
                mined = await self._writer.record_use(
                    voucher.terms, row.subject, row.category, row.use_index, voucher.ceiling, voucher.signature
                )
            except Refused:
                # Any other error leaves the row: whether it was sent is found out under the same key.
                async with self._units() as work:
                    await work.uses.forget(row.key)
                raise
            done = replace(row, tx_hash=mined.tx_hash, block=mined.block)
        async with self._units() as work:
            await work.uses.save(done)
        return done

    async def _recorded_already(self, row: UseRow) -> UseRow | None:
        """After a crash between sending and noting: what the chain has under this index, if it is this use."""
        for use in await self._reader.uses(campaign=row.campaign, subject=row.subject):
            if use.use_index == row.use_index and use.category == row.category:
                return replace(row, tx_hash=use.tx_hash, block=use.block)
        return None
