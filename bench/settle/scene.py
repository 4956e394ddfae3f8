"""An epoch's worth of uses in a real database, and the chain's side of it: consents and campaigns as events."""

from __future__ import annotations

import asyncio
import hashlib
import random
import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from eth_utils.address import to_checksum_address

from fairsignal.adapters.db import migrate, open_engine
from fairsignal.domain.campaign import CampaignTerms, split_price
from fairsignal.domain.chain_events import At, CampaignOpened, ChainEvent, ConsentStored, lane_bytes
from fairsignal.domain.consent import ConsentTerms, Purpose
from fairsignal.domain.reorg import Header
from fairsignal.ports import EventRange

CHAIN_ID = 31337
OPERATOR = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ADVERTISER = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
"""Anvil's accounts 1 and 3."""
DECIMALS = 6
PRICE = 10_001
CAMPAIGNS = 10
BLOCKS = 1_000
"""The uses are spread over; a few hours of them."""
_DAY = 86_400
_SECONDS = 12
_FIRST = 10
_CHUNK = 50_000


@dataclass(frozen=True)
class Scene:
    """Everything follows from these numbers."""

    uses: int
    people: int
    start: int
    """Unix seconds of block 0: midnight."""

    @property
    def last_block(self) -> int:
        return _FIRST + BLOCKS - 1

    def block_time(self, block: int) -> int:
        return self.start + block * _SECONDS

    def campaigns(self) -> list[CampaignTerms]:
        return [
            CampaignTerms(ADVERTISER, OPERATOR, 1, 0xFF, PRICE, self.start + 30 * _DAY, salt, metered=True)
            for salt in range(CAMPAIGNS)
        ]

    def subjects(self) -> list[bytes]:
        return [hashlib.sha256(b"person" + number.to_bytes(4)).digest()[:20] for number in range(self.people)]

    def write_uses(self, path: Path) -> None:
        """A migrated SQLite database with the uses, as confirmations leave them."""
        asyncio.run(_migrated(path))
        chance = random.Random(1)  # noqa: S311 - the same uses on every run
        subjects = [to_checksum_address(subject) for subject in self.subjects()]
        campaigns = [terms.id for terms in self.campaigns()]
        share = str(split_price(PRICE).subject)
        with sqlite3.connect(path) as db:
            for start in range(0, self.uses, _CHUNK):
                rows = []
                for number in range(start, min(start + _CHUNK, self.uses)):
                    block = chance.randrange(_FIRST, _FIRST + BLOCKS)
                    # Everybody is used about equally often, in random blocks.
                    at = self.block_time(block)
                    subject, campaign = subjects[number % self.people], campaigns[chance.randrange(CAMPAIGNS)]
                    rows.append(
                        (
                            chance.randbytes(16),
                            campaign,
                            subject,
                            chance.randrange(8),
                            block,
                            at,
                            str(PRICE),
                            share,
                            1,
                            at,
                        )
                    )
                db.executemany(
                    "INSERT INTO use_log (use_id, campaign, subject, category, block, block_time, price, share, "
                    "consent_version, confirmed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    rows,
                )


async def _migrated(path: Path) -> None:
    engine = open_engine(f"sqlite+aiosqlite:///{path}")
    await migrate(engine)
    await engine.dispose()


class SceneChain:
    """The events and times of the chain that the scene is of: ``EventSource.ranges`` and ``BlockTimes``."""

    start_block = 1

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def timestamps(self, blocks: Collection[int]) -> Mapping[int, int]:
        return {block: self._scene.block_time(block) for block in blocks}

    async def ranges(self, first: int, last: int) -> AsyncIterator[EventRange]:
        header = Header(last, bytes(32), bytes(32), self._scene.block_time(last))
        yield EventRange(header, self._events() if first <= 2 else [])

    def _events(self) -> list[ChainEvent]:
        scene, events = self._scene, list[ChainEvent]()
        at = scene.block_time(1)
        for number, terms in enumerate(scene.campaigns()):
            events.append(
                CampaignOpened(
                    At(1, at, number, bytes(32)),
                    terms.id,
                    bytes.fromhex(terms.advertiser[2:]),
                    terms.target.to_bytes(32),
                    terms.bid.to_bytes(32),
                    0,
                )
            )
        consent = ConsentTerms(OPERATOR, Purpose.AD_TARGETING, 0xFF, 10_000, 4_095, scene.start + 30 * _DAY)
        at = scene.block_time(2)
        word, lane = consent.word(version=1, granted_at=at).to_bytes(32), lane_bytes(consent.lane)
        for number, subject in enumerate(scene.subjects()):
            events.append(ConsentStored(At(2, at, number, bytes(32)), subject, lane, word))
        return events
