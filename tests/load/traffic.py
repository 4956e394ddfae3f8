"""What people, advertisers and an ad server do all day, and a ledger of what they were told."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fairsignal.cli.api_client import ApiClient
from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.errors import FairsignalError, Unavailable
from tests.e2e.actors import TRAVEL_CHATS, Buyer, Someone, hexed
from tests.load.world import World

__all__ = ["Ledger", "Traffic", "open_traffic"]

_SLUGS = ["travel", "outdoors"]
_AGAIN = 0.1
"""Part of the answered confirmations that are sent once more."""
_CAP = 4_000
"""Uses a day."""
_ROUND = 40
"""Uses confirmed in one round, at most."""


@dataclass
class Ledger:
    """What the clients know: all that may be believed of the backend is what it said."""

    confirmed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Answers by token: uses that the backend says are paid."""
    waiting: dict[str, str] = field(default_factory=dict)
    """Idempotency key -> token of confirmations without a definite answer."""
    refused: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    """Requests without an answer, by what was asked."""

    def uses(self, *, metered: bool) -> dict[str, dict[str, Any]]:
        """Confirmed ones, by use id."""
        return {use["use_id"]: use for use in self.confirmed.values() if use["metered"] is metered}


@dataclass
class Traffic:
    """Clients of both replicas."""

    world: World
    clients: list[ApiClient]
    buyer: Buyer
    people: list[Someone]
    campaigns: list[CampaignTerms]
    ledger: Ledger = field(default_factory=Ledger)
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    @property
    def client(self) -> ApiClient:
        """Any replica: clients know no better."""
        return self.dice.choice(self.clients)

    async def run(self, seconds: float) -> None:
        """Everything at once, for so long."""
        until = time.monotonic() + seconds
        await asyncio.gather(
            *(
                self._repeat(until, pause, what)
                for pause, what in (
                    (0.05, self.advertise),
                    (0.2, self.confirm_waiting),
                    (4.0, self.change_mind),
                    (6.0, self.chat),
                    (3.0, self.release),
                    (1.0, self.look),
                )
            )
        )

    async def _repeat(self, until: float, pause: float, what: Callable[[], Awaitable[None]]) -> None:
        while time.monotonic() < until:
            try:
                await what()
                self.ledger.done[what.__name__] += 1
            except Unavailable:
                self.ledger.failed[what.__name__] += 1
            except FairsignalError as error:
                self.ledger.refused[error.code] += 1
            await asyncio.sleep(pause)

    async def advertise(self) -> None:
        """Ask for everybody, act on what is allowed."""
        body = {
            "subjects": [someone.address for someone in self.people],
            "purpose": 1,
            "campaigns": [hexed(terms.id) for terms in self.campaigns],
        }
        answer = await self.client.post("/v1/decisions", body)
        allowed = [decision["token"] for decision in answer["decisions"] if decision["allowed"]]
        self.ledger.refused.update(d["rule"] for d in answer["decisions"] if not d["allowed"])
        for token in self.dice.sample(allowed, min(len(allowed), _ROUND)):
            key = secrets.token_hex(8)
            self.ledger.waiting[key] = token
            await self._confirm(key, token)

    async def confirm_waiting(self) -> None:
        """Clients do not give up before they know; some ask again although they do."""
        for key, token in list(self.ledger.waiting.items()):
            await self._confirm(key, token)
        again = [token for token in self.ledger.confirmed if self.dice.random() < _AGAIN / 10]
        for token in again[:5]:
            await self._confirm(secrets.token_hex(8), token)

    async def _confirm(self, key: str, token: str) -> None:
        try:
            use = await self.client.post("/v1/uses", {"token": token}, **{"Idempotency-Key": key})
        except Unavailable:
            self.ledger.failed["confirm"] += 1
            return
        except FairsignalError as error:
            self.ledger.refused[error.code] += 1
            if token in self.ledger.confirmed:
                raise AssertionError("a use that was confirmed is refused") from error
        else:
            known = self.ledger.confirmed.setdefault(token, use)
            assert known["use_id"] == use["use_id"]
            self.ledger.done["confirmed"] += 1
        self.ledger.waiting.pop(key, None)

    async def change_mind(self) -> None:
        """Somebody revokes, and consents again."""
        someone = self.dice.choice(self.people[:2])
        await self.client.post("/v1/consents/relay-revocation", await someone.revocation_body(self.world.operator))
        await asyncio.sleep(2.5)
        consent, _ = await self.world.advertiser.reader.consent(someone.address, self.campaigns[0].lane)
        body = await someone.grant_body(self.world.operator, _SLUGS, cap=_CAP, version=consent.version + 1)
        await self.client.post("/v1/consents/relay", body)

    async def chat(self) -> None:
        """New chats: sealed, stored, deposited with keepers and attested anew."""
        someone = self.dice.choice(self.people)
        await self.client.post("/v1/chats", someone.chats_body(TRAVEL_CHATS))

    async def release(self) -> None:
        """The advertiser opens a signal that it paid for at once."""
        at_once = next(terms for terms in self.campaigns if not terms.metered)
        someone = self.dice.choice(self.people)
        await self.client.post("/v1/release", await self.buyer.release_body(at_once, someone.address, "travel"))

    async def look(self) -> None:
        """Somebody looks at the epochs and at the figures."""
        await self.client.get("/v1/epochs")


@asynccontextmanager
async def open_traffic(world: World, *, people: int) -> AsyncIterator[Traffic]:
    """People with consents and profiles, and campaigns: two metered ones of which one runs dry, and one at once."""
    async with AsyncExitStack() as resources:
        clients = [await resources.enter_async_context(ApiClient(url)) for url in world.urls]
        buyer = Buyer(world.advertiser)
        somebody = [Someone(world.advertiser) for _ in range(people)]
        for someone in somebody:
            body = await someone.grant_body(world.operator, _SLUGS, cap=_CAP)
            await clients[0].post("/v1/consents/relay", body)
            await clients[0].post("/v1/chats", someone.chats_body(TRAVEL_CHATS))
        campaigns = [
            await buyer.open(
                clients[0], world.operator, _SLUGS, uses=uses, ceiling=1_000_000, metered=metered, pacing="asap"
            )
            for uses, metered in ((100_000, True), (500, True), (40, False))
        ]
        yield Traffic(world, clients, buyer, somebody, campaigns)
