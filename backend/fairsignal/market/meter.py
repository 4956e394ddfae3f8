"""Recording a use on chain, once, whatever is retried or crashes in between."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from dataclasses import replace

from fairsignal.domain.decision import Rule
from fairsignal.domain.errors import Conflict, NotFound, Refused, Unavailable
from fairsignal.ports import ChainReader, ChainWriter, DayRoom, UnitOfWorkFactory, UseRow, VoucherRow

__all__ = ["Meter"]

_UNDECIDED = frozenset({"wrong-use-index", "transaction-overtaken", "reverted"})
"""Refusals that say nothing of the use itself: another attempt under the same key may be under way."""


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

    async def record(self, key: str, campaign_id: bytes, subject: str, category: int, room: DayRoom) -> UseRow:
        """Record and pay one use.

        Args:
            key: idempotency key; the same key with the same use returns what happened the first time.
            category: bit of the category.
            room: what it takes of the subject's day: metered uses, which the contract does not know of, count as well.

        Raises:
            NotFound: no voucher for this campaign.
            Conflict: the key was used for another use.
            Refused: the contract said no; ``code`` is its error's name. Nothing was paid.
        """
        async with self._units() as work:
            voucher = await work.vouchers.get(campaign_id)
        if voucher is None:
            raise NotFound(
                f"No voucher is known for campaign 0x{campaign_id.hex()}.",
                remedy="The advertiser hands one in with POST /v1/campaigns.",
                code="no-such-campaign",
            )
        async with self._locks[campaign_id]:
            async with self._units() as work:
                row = await work.uses.get(key)
                profile = await work.profiles.get(subject)
            if row is None and (profile is None or not profile.attested or not profile.categories >> category & 1):
                raise Refused(
                    "This subject has no attested signal in this category: there is nothing to use.",
                    remedy="Ask for a decision first.",
                    code="no-signal",
                )
            if row is None:
                row = await self._reserve(key, voucher, subject, category, room)
            elif (row.campaign, row.subject, row.category) != (campaign_id, subject, category):
                raise Conflict(
                    "This idempotency key was used for another use.", remedy="Use a new key.", code="key-reused"
                )
            if row.tx_hash:
                return row
            return await self._send(row, voucher, room)

    async def _finish_earlier(self, voucher: VoucherRow) -> None:
        """Indexes are recorded without gaps: a use that a crash left in the air goes first."""
        async with self._units() as work:
            rows = await work.uses.unfinished(voucher.terms.id)
        for row in rows:
            with contextlib.suppress(Refused):
                await self._send(row, voucher, None)

    async def _reserve(self, key: str, voucher: VoucherRow, subject: str, category: int, room: DayRoom) -> UseRow:
        campaign = await self._reader.campaign(voucher.terms)
        recorded = 0 if campaign is None else campaign.uses
        async with self._units() as work:
            # A reorg may have taken uses back: what we noted beyond the chain's count is in the air again.
            await work.uses.reopen(voucher.terms.id, recorded)
        await self._finish_earlier(voucher)
        async with self._units() as work:
            if not await work.confirmations.take_room(room):
                raise Refused(
                    "The person allows no more uses today.", remedy="Try tomorrow.", code=str(Rule.DAILY_CAP_REACHED)
                )
            index = await work.uses.next_index(voucher.terms.id, recorded)
            row = UseRow(key=key, campaign=voucher.terms.id, subject=subject, category=category, use_index=index)
            await work.uses.save(row)
        return row

    async def _send(self, row: UseRow, voucher: VoucherRow, room: DayRoom | None) -> UseRow:
        done = await self._recorded_already(row, voucher)
        if done is None:
            try:
                mined = await self._writer.record_use(
                    voucher.terms, row.subject, row.category, row.use_index, voucher.ceiling, voucher.signature
                )
            except Refused as error:
                done = await self._recorded_already(row, voucher)
                if done is None:
                    await self._give_up(row, room, error)
                    raise
            else:
                done = replace(row, tx_hash=mined.tx_hash, block=mined.block)
        async with self._units() as work:
            await work.uses.save(done)
        return done

    async def _give_up(self, row: UseRow, room: DayRoom | None, error: Refused) -> None:
        """Free the index of a use that a rule refused; keep it where an earlier attempt may still be mined.

        Raises:
            Unavailable: it is not known yet whether the use was recorded; ask again under the same key.
        """
        if error.code in _UNDECIDED:
            raise Unavailable(
                "The use is on its way to the chain and not settled yet.",
                remedy="Ask again with the same Idempotency-Key.",
                code="use-in-flight",
            ) from error
        async with self._units() as work:
            if room is not None:
                await work.confirmations.give_room(room)
            await work.uses.forget(row.key)

    async def _recorded_already(self, row: UseRow, voucher: VoucherRow) -> UseRow | None:
        """After a crash between sending and noting: what the chain has under this index, if it is this use."""
        campaign = await self._reader.campaign(voucher.terms)
        # The chain's count is one word, its log grows with every use: the log is read only where the answer is in it.
        if campaign is None or campaign.uses <= row.use_index:
            return None
        for use in await self._reader.uses(row.campaign, row.subject):
            if use.use_index == row.use_index and use.category == row.category:
                return replace(row, tx_hash=use.tx_hash, block=use.block)
        return None
