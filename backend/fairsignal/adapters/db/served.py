"""Campaigns that this operator serves: what the chain says of them beside what their advertisers handed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from fairsignal.adapters.db.tables import Base
from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.pacing import Pace
from fairsignal.ports import ServedCampaign

__all__ = ["Served", "read_served", "terms_of"]

_LIST = 500
_vouchers = Base.metadata.tables["vouchers"]
_campaigns = Base.metadata.tables["campaigns"]
_budgets = Base.metadata.tables["campaign_budgets"]

Served = ServedCampaign


def terms_of(row: Any) -> CampaignTerms:
    """Terms as a row of ``vouchers`` has them."""
    return CampaignTerms(
        advertiser=row.advertiser,
        operator=row.operator,
        purpose=row.purpose,
        categories=int(row.categories),
        price_per_use=int(row.price_per_use),
        ends_at=row.ends_at,
        salt=int(row.salt),
        metered=row.metered,
    )


async def read_served(
    connection: AsyncConnection | AsyncSession, ids: Sequence[bytes] | None = None
) -> dict[bytes, ServedCampaign]:
    """Those of these campaigns, or all, that are open on chain and were handed in here."""
    query = (
        select(_vouchers, _campaigns.c.funded, _campaigns.c.uses, _campaigns.c.closes_at, _budgets.c.used)
        .join(_campaigns, _campaigns.c.id == _vouchers.c.campaign)
        .outerjoin(_budgets, _budgets.c.campaign == _vouchers.c.campaign)
    )
    if ids is None:
        return {bytes(row.campaign): _served(row) for row in await connection.execute(query)}
    found: dict[bytes, ServedCampaign] = {}
    for start in range(0, len(ids), _LIST):
        some = query.where(_vouchers.c.campaign.in_(ids[start : start + _LIST]))
        found |= {bytes(row.campaign): _served(row) for row in await connection.execute(some)}
    return found


def _served(row: Row[Any]) -> ServedCampaign:
    terms = terms_of(row)
    bought = int(row.funded) // terms.price_per_use
    return ServedCampaign(
        terms=terms,
        bought=bought,
        uses=row.uses + (row.used or 0),
        closes_at=row.closes_at,
        ceiling=row.ceiling,
        pace=Pace(row.accepted_at, terms.ends_at, min(bought, row.ceiling)) if row.pacing == "even" else None,
    )
