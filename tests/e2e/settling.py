"""Metered uses for end-to-end tests: people who consent, a campaign, and the use log as confirmations leave it."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from unittest import mock

from fairsignal.adapters.db import open_engine, unit_of_work_factory
from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from fairsignal.config import Settings
from fairsignal.domain.campaign import CampaignTerms, split_price
from fairsignal.domain.categories import BY_SLUG
from fairsignal.ports import BlockRef, LoggedUse, UnitOfWorkFactory
from tests.e2e.actors import DAY, PRICE, Someone

SLUGS = ["travel", "outdoors"]


def settings_of(stack: Stack) -> Settings:
    """What ``fairsignal settle`` reads when it is started beside the backend."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FAIRSIGNAL_")}
    with mock.patch.dict(os.environ, kept | stack.backend_environment, clear=True):
        return Settings()


@dataclass
class Metering:
    """The operator's database, an advertiser and people."""

    stack: Stack
    api: ApiClient
    advertiser: Wallet
    units: UnitOfWorkFactory
    people: list[Someone] = field(default_factory=list)

    @property
    def operator(self) -> str:
        return self.stack.operator.address

    async def person(self, **grant: int) -> Someone:
        """Somebody whose consent is on chain."""
        someone = Someone(self.advertiser)
        await self.api.post("/v1/consents/relay", await someone.grant_body(self.operator, SLUGS, **grant))
        self.people.append(someone)
        return someone

    async def campaign(self, uses: int, *, price: int = PRICE, metered: bool = True) -> CampaignTerms:
        """A campaign with escrow for so many uses."""
        writer, reader = self.advertiser.writer, self.advertiser.reader
        now = (await reader.head()).timestamp
        mask = sum(1 << BY_SLUG[slug].bit for slug in SLUGS)
        terms = CampaignTerms(
            self.advertiser.address, self.operator, 1, mask, price, now + DAY, secrets.randbits(47), metered=metered
        )
        await writer.mint(self.advertiser.address, uses * price)
        await writer.approve(reader.deployment.signal_market, uses * price)
        await writer.open_campaign(terms, uses * price)
        return terms

    async def use(self, terms: CampaignTerms, person: Someone, *, slug: str = "travel", **changes: int) -> LoggedUse:
        """One confirmed use at the head."""
        (use,) = await self.uses(terms, [person], slug=slug, **changes)
        return use

    async def uses(
        self, terms: CampaignTerms, people: Sequence[Someone], *, slug: str = "travel", **changes: int
    ) -> list[LoggedUse]:
        """One confirmed use of each, all at the head."""
        head: BlockRef = await self.advertiser.reader.head()
        price = terms.price_per_use
        logged = [
            LoggedUse(
                use_id=secrets.token_bytes(16),
                campaign=terms.id,
                subject=person.address,
                category=BY_SLUG[slug].bit,
                block=head.number,
                block_time=head.timestamp,
                price=price,
                share=split_price(price).subject,
                consent_version=1,
                confirmed_at=head.timestamp,
            )
            for person in people
        ]
        logged = [replace(use, **changes) for use in logged]  # type: ignore[arg-type]
        async with self.units() as work:
            for use in logged:
                await work.use_log.add(use)
        return logged


@asynccontextmanager
async def metering(stack: Stack, api: ApiClient, advertiser: Wallet) -> AsyncIterator[Metering]:
    engine = open_engine(settings_of(stack).effective_database_url)
    try:
        yield Metering(stack, api, advertiser, unit_of_work_factory(engine))
    finally:
        await engine.dispose()
