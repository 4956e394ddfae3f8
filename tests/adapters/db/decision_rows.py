"""What the indexer and advertisers leave in the database before anything is decided, for tests of decisions."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db import unit_of_work_factory
from fairsignal.adapters.db.tables import Base
from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.consent import Consent, ConsentTerms, Purpose
from fairsignal.domain.use_token import DecidedUse
from fairsignal.ports import Pacing, ProfileRow, VoucherRow

NOW = 1_800_000_000
TODAY = NOW // 86_400
OPERATOR = "0x00000000000000000000000000000000000000A1"
ADVERTISER = "0x00000000000000000000000000000000000000Ad"
PRICE = 50_001
_tables = Base.metadata.tables


def raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def person(number: int) -> str:
    """A checksummed address."""
    return f"0x{number:040d}"


def terms(salt: int = 1, **changes: Any) -> CampaignTerms:
    fields = {"purpose": 1, "categories": 0b11, "price_per_use": PRICE, "ends_at": NOW + 1_000, "metered": True}
    return CampaignTerms(advertiser=ADVERTISER, operator=OPERATOR, salt=salt, **{**fields, **changes})


def decided(campaign: CampaignTerms, subject: str, **changes: Any) -> DecidedUse:
    fields: dict[str, Any] = {
        "use_id": secrets.token_bytes(16),
        "campaign": campaign.id,
        "subject": raw(subject),
        "category": 0,
        "metered": campaign.metered,
        "cap": 5,
        "consent_version": 3,
        "block": 100,
        "block_time": NOW - 2,
        "expires_at": NOW + 120,
        "price": campaign.price_per_use,
    }
    return DecidedUse(**{**fields, **changes})


class Rows:
    """Writes rows as their owners would."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.units = unit_of_work_factory(engine)

    async def add(self, table: str, **values: Any) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(insert(_tables[table]).values(**values))

    async def remove(self, table: str, **where: Any) -> None:
        await self._change(delete(_tables[table]), table, where)

    async def set(self, table: str, values: dict[str, Any], **where: Any) -> None:
        await self._change(update(_tables[table]).values(**values), table, where)

    async def _change(self, statement: Any, table: str, where: dict[str, Any]) -> None:
        for name, value in where.items():
            statement = statement.where(_tables[table].c[name] == value)
        async with self.engine.begin() as connection:
            await connection.execute(statement)

    async def note(self, kind: str, key: bytes) -> None:
        """An entry of the indexer's feed."""
        await self.add("changes", kind=kind, key=key, block=100)

    async def block(self, number: int = 100, timestamp: int = NOW) -> None:
        await self.remove("cursor")
        await self.add("cursor", id=1, number=number, hash=bytes(32), timestamp=timestamp, finalized=0)

    async def open(
        self, campaign: CampaignTerms, *, uses: int = 5, ceiling: int = 1_000, pacing: Pacing = "asap"
    ) -> None:
        """On chain with money for so many uses, and handed in."""
        await self.add(
            "campaigns",
            id=campaign.id,
            advertiser=raw(campaign.advertiser),
            target=campaign.target.to_bytes(32),
            bid=campaign.bid.to_bytes(32),
            operator=raw(campaign.operator),
            purpose=campaign.purpose,
            funded=str(uses * campaign.price_per_use),
            uses=0,
            closes_at=0,
            refunded="0",
            opened_block=1,
            block=1,
        )
        async with self.units() as work:
            await work.vouchers.save(VoucherRow(campaign, ceiling, b"", pacing, NOW - 1_000))

    async def consent(self, subject: str, *, version: int = 1, purpose: int = 1, **changes: Any) -> Consent:
        fields = {"categories": 0b111, "floor": 10, "cap": 2, "ends_at": NOW + 900}
        given = ConsentTerms(operator=OPERATOR, purpose=Purpose(purpose), **{**fields, **changes})
        word = given.word(version=version, granted_at=NOW - 900)
        await self.remove("consents", subject=raw(subject), lane=given.lane.to_bytes(21))
        await self.add("consents", lane=given.lane.to_bytes(21), subject=raw(subject), word=word.to_bytes(32), block=1)
        return Consent.from_word(word)

    async def profile(self, subject: str, categories: int = 0b1, *, attested: bool = True) -> None:
        async with self.units() as work:
            await work.profiles.save(
                ProfileRow(subject, 1, bytes(32), "cid-" + subject, categories, b"", (), attested=attested)
            )

    async def recorded(self, campaign: CampaignTerms, subject: str, index: int, timestamp: int = NOW) -> None:
        """A use at once that the chain has."""
        await self.add(
            "recorded_uses",
            campaign=campaign.id,
            use_index=index,
            subject=raw(subject),
            category=0,
            block=99,
            timestamp=timestamp,
            tx_hash=bytes(32),
        )
