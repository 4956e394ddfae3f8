"""Deals on a running stack, what every keeper says about them, and opening them as the advertiser does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import aiohttp

from fairsignal.adapters.keepers import HttpKeeperClient
from fairsignal.bootstrap.wallets import Wallet, advertiser_client
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.release import ReleaseItem
from fairsignal.domain.sealing import Manifest, parse_manifest
from fairsignal.market.open_released import Released
from fairsignal.market.release import KeeperReply, ask
from fairsignal.ports import ReleaseRequest
from tests.e2e.actors import TRAVEL_CHATS, Buyer, Someone

KEEPERS = 5
RELEASED = ["released"] * KEEPERS


def refused(code: str) -> list[str]:
    """What it looks like when every keeper refuses by this rule."""
    return [code] * KEEPERS


@dataclass
class Deal:
    """One person's profile, and one advertiser's campaign."""

    person: Someone
    buyer: Buyer
    terms: CampaignTerms

    async def item(self) -> ReleaseItem:
        """The newest use, or one that never was."""
        return (await self.request()).items[0]

    async def request(self, **changes: Any) -> ReleaseRequest:
        """A fresh request for the newest use; ``changes`` are to its item."""
        request = await self.buyer.release_request(self.terms, self.person.address, "travel")
        return self.buyer.sign(self.terms, [replace(request.items[0], **changes)]) if changes else request


@dataclass
class Market:
    """Everything that a test does on the stack."""

    stack: Stack
    api: ApiClient
    wallets: list[Wallet]
    """Anvil's accounts 0..9; 1 is the operator."""
    buyer: Buyer
    urls: list[str] = field(default_factory=list)
    """The keepers' addresses, which a test may replace by a liar's."""

    @property
    def operator(self) -> str:
        return self.stack.operator.address

    async def person(self, *slugs: str) -> Someone:
        """Somebody who consented, with an attested profile."""
        person = Someone(self.wallets[0])
        await self.grant(person, *slugs)
        await self.send_chats(person)
        return person

    async def grant(self, person: Someone, *slugs: str, version: int = 1) -> None:
        body = await person.grant_body(self.operator, list(slugs or ("travel",)), version=version)
        await self.api.post("/v1/consents/relay", body)

    async def send_chats(self, person: Someone) -> dict[str, Any]:
        return await self.api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))

    async def revoke(self, person: Someone) -> None:
        await self.api.post("/v1/consents/relay-revocation", await person.revocation_body(self.operator))

    async def next_second(self) -> None:
        """A signature counts after a revocation only if it is younger, and signatures are dated in seconds."""
        before = (await self.wallets[0].reader.head()).timestamp
        while (await self.wallets[0].reader.head()).timestamp <= before:
            await asyncio.sleep(0.1)
            await self.stack.chain.rpc("anvil_mine", "0x1")

    async def campaign(self, *slugs: str, buyer: Buyer | None = None) -> CampaignTerms:
        return await (buyer or self.buyer).open(self.api, self.operator, list(slugs or ("travel",)))

    async def deal(self, *slugs: str, buyer: Buyer | None = None) -> Deal:
        """A person and a campaign for these categories; nothing is paid yet."""
        return Deal(await self.person(*slugs), buyer or self.buyer, await self.campaign(*slugs, buyer=buyer))

    async def paid_deal(self, *slugs: str, buyer: Buyer | None = None) -> Deal:
        """The same with a final payment for travel."""
        deal = await self.deal(*slugs, buyer=buyer)
        await self.pay(deal)
        await self.stack.chain.finalize()
        return deal

    async def pay(self, deal: Deal) -> None:
        await deal.buyer.use(self.api, deal.terms, deal.person.address)

    async def replies(self, request: ReleaseRequest, urls: Sequence[str] = ()) -> list[KeeperReply]:
        """What each keeper says, in share order."""
        async with aiohttp.ClientSession() as http:
            clients = [HttpKeeperClient(url, http) for url in urls or self.urls]
            return await asyncio.gather(*(ask(i, client, request) for i, client in enumerate(clients, start=1)))

    async def answers(self, request: ReleaseRequest) -> list[str]:
        """``released``, or the rule that refuses, of each keeper."""
        return [verdict(reply) for reply in await self.replies(request)]

    async def open(
        self, deal: Deal, *, urls: Sequence[str] = (), blobs: str = "", key: bytes = b"", patience: float = 8
    ) -> Released:
        """Ask, check and decrypt as the advertiser does.

        Args:
            patience: seconds before further keepers are asked; long, so that a busy machine changes nothing.
        """
        async with AsyncExitStack() as resources:
            client = await resources.enter_async_context(
                advertiser_client(
                    deal.buyer.wallet,
                    urls or self.urls,
                    self.stack.threshold,
                    blobs or f"{self.stack.url}/v1/blobs",
                    key or deal.buyer.key,
                )
            )
            client = replace(client, patience=timedelta(seconds=patience))
            return await client.open(await deal.request())

    async def manifest(self, person: Someone) -> Manifest:
        """The attested one."""
        digest = await self.wallets[0].reader.digest_of(self.operator, person.address)
        return parse_manifest(await self.api.get_bytes(f"/v1/blobs/{cid_of_digest(digest)}"), digest)


def verdict(reply: KeeperReply) -> str:
    if reply.answer is None:
        return reply.refused
    (result,) = reply.answer.results
    return result.refused or "released"


def share_of(reply: KeeperReply) -> bytes:
    """The sealed share of a reply's only item."""
    assert reply.answer is not None
    (result,) = reply.answer.results
    assert result.share is not None
    return result.share


def conducts(released: Released) -> dict[int, str]:
    """Keeper's share index -> how it behaved, of those that were asked."""
    return {keeper.index: keeper.conduct for keeper in released.keepers}


def opened(released: Released) -> bool:
    """Opened, with the signal that was in the chats."""
    (item,) = released.items
    return item.opened and item.signal is not None and item.signal.slug == "travel"
