"""What decisions are made from, in memory: brought up to date as the database changes."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import structlog

from fairsignal.domain.campaign import Campaign
from fairsignal.domain.decision import Offer
from fairsignal.domain.decision_index import DecisionIndex
from fairsignal.domain.errors import FairsignalError, NotFound
from fairsignal.ports import BlockRef, Changes, Clock, DecisionFeed, FeedPosition, ServedCampaign

__all__ = ["Desk"]

log = structlog.get_logger(__name__)

_GLANCE = 0.02
"""Seconds between two looks while somebody waits for a block."""


class Desk:
    """One operator's people and campaigns, as of one block."""

    def __init__(
        self, feed: DecisionFeed, clock: Clock, *, decimals: int, audience: int, max_lag: timedelta, poll: timedelta
    ) -> None:
        """
        Args:
            decimals: of the market's token.
            audience: people that a category needs before anything in it is used.
            max_lag: how old the newest block may be.
            poll: how often the database is looked at, when nobody says that something changed.
        """
        self._feed = feed
        self._clock = clock
        self._decimals = decimals
        self._audience = audience
        self._max_lag = max_lag.total_seconds()
        self._poll = poll.total_seconds()
        self._position: FeedPosition | None = None
        self._campaigns: dict[bytes, ServedCampaign] = {}
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._news = 0
        self._known = 0
        """How much of the news is taken in."""
        self.index = DecisionIndex(decimals=decimals, audience=audience)
        self.block = BlockRef(0, 0)
        """The block that all of it is current to; 0 before the chain was read."""

    @property
    def lag(self) -> int:
        """Seconds since the newest block that we know of."""
        return max(self._clock.now() - self.block.timestamp, 0)

    @property
    def is_stale(self) -> bool:
        """Nothing may be decided: consents may have been revoked that we do not know of."""
        return self.lag > self._max_lag

    def offer(self, campaign_id: bytes) -> Offer:
        """
        Raises:
            NotFound: as ``served``.
        """
        served = self.served(campaign_id)
        left = max(served.bought - served.uses, 0)
        campaign = Campaign(
            terms=served.terms,
            recipient_key=b"",
            escrow=left * served.terms.price_per_use,
            uses=served.uses,
            closes_at=served.closes_at,
        )
        return Offer(campaign, served.ceiling, served.pace)

    def served(self, campaign_id: bytes) -> ServedCampaign:
        """
        Raises:
            NotFound: no campaign of this id is open on chain, or nobody handed it in.
        """
        served = self._campaigns.get(campaign_id)
        if served is None:
            raise NotFound(
                f"No voucher is known for campaign 0x{campaign_id.hex()}.",
                remedy="The advertiser opens it on chain and hands it in with POST /v1/campaigns.",
                code="no-such-campaign",
            )
        return served

    def wake(self) -> None:
        """This process committed something: it is in the next answer. To be called from the event loop."""
        self._news += 1
        self._woken.set()

    async def run(self) -> None:
        """Keep up until cancelled."""
        while True:
            self._woken.clear()
            try:
                await self.catch_up()
            except FairsignalError as error:
                log.warning("decisions fall behind", code=error.code, lag=self.lag)
            except Exception as error:  # it must go on; without the error's text, which may hold data
                log.exception("decisions fall behind", code=type(error).__name__, exc_info=False)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._poll)

    async def current(self, block: int = 0, within: timedelta = timedelta(0)) -> None:
        """Take in what this process committed, and wait so long for a block that the caller knows of."""
        if self._known < self._news:
            await self.catch_up()
        deadline = asyncio.get_running_loop().time() + within.total_seconds()
        while self.block.number < block and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(_GLANCE)
            await self.catch_up()

    async def catch_up(self) -> None:
        """Take in everything that is committed by now."""
        async with self._turn:
            news = self._news
            changes = None if self._position is None else await self._feed.since(self._position)
            if changes is None:
                await self._start_anew()
            else:
                _apply(self.index, changes)
                self._settle_at(changes)
            self._known = news

    async def _start_anew(self) -> None:
        index = DecisionIndex(decimals=self._decimals, audience=self._audience)
        last: Changes | None = None
        async for last in self._feed.everything():
            _apply(index, last)
            await asyncio.sleep(0)  # who is being answered meanwhile waits for one portion at most
        assert last is not None  # a feed has at least one portion
        self.index, self._campaigns = index, {}
        self._settle_at(last)

    def _settle_at(self, changes: Changes) -> None:
        for campaign_id, served in changes.campaigns.items():
            if served is None:
                self._campaigns.pop(campaign_id, None)
            else:
                self._campaigns[campaign_id] = served
        self.block = changes.block or BlockRef(0, 0)
        if self.index.now != self.block.timestamp:
            self.index.advance(self.block.timestamp)
        self._position = changes.position


def _apply(index: DecisionIndex, changes: Changes) -> None:
    if changes.states:
        index.put_states(changes.states)
    if changes.consents:
        index.put_consents(changes.consents)
    if changes.signals:
        index.put_signals(changes.signals)
    if changes.uses:
        index.put_uses((use.subject, use.purpose, use.day, use.count) for use in changes.uses)
