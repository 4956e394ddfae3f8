"""Why did I see this?"""

from __future__ import annotations

import time
from typing import Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from fairsignal.api.deps import BackendDep, Person
from fairsignal.domain.categories import BY_BIT
from fairsignal.domain.consent import Consent, slugs_of
from fairsignal.ports import PastUse

router = APIRouter(prefix="/v1/me", tags=["me"])


class ConsentTermsView(BaseModel):
    """What the person agreed to."""

    categories: list[str]
    floor: int = Field(description="least gross price of one use, millionths of a token")
    cap: int = Field(description="uses per UTC day")
    granted_at: int = Field(description="Unix seconds")
    ends_at: int = Field(description="Unix seconds")
    version: int

    @classmethod
    def of(cls, consent: Consent) -> Self:
        return cls(
            categories=slugs_of(consent.categories),
            floor=consent.floor,
            cap=consent.cap,
            granted_at=consent.granted_at,
            ends_at=consent.ends_at,
            version=consent.version,
        )


class ReasonView(BaseModel):
    """Why it was allowed: a signal in this category, this consent, this campaign's bid."""

    purpose: int
    category: str
    operator: str
    consent_version: int | None = Field(description="null where the chain only says that a consent was in force")
    consent: ConsentTermsView | None = Field(description="its terms, while it is the newest one")
    campaign: str
    advertiser: str
    metered: bool = Field(description="logged and settled with its epoch; else recorded and paid on chain at once")


class PastUseView(BaseModel):
    """One use of one of my signals; amounts in token base units, as decimal strings."""

    at: int = Field(description="Unix seconds of the block")
    block: int = Field(description="the block at which the consent was in force")
    price: str
    share: str = Field(description="my part of it")
    reason: ReasonView
    use_id: str | None = Field(description="of a metered use")
    epoch: int | None = Field(description="of a metered use: with which it is paid; null while that is open")
    epoch_state: str | None = Field(description="`settled` once it is paid")
    voided: str | None = Field(description="the rule for which it was neither charged nor paid after all")
    use_index: int | None = Field(description="of a use at once: its number among the campaign's")
    tx_hash: str | None = Field(description="of a use at once")

    @classmethod
    def of(cls, use: PastUse) -> Self:
        terms = use.terms
        return cls(
            at=use.at,
            block=use.block,
            price=str(use.price),
            share=str(use.share),
            reason=ReasonView(
                purpose=int(terms.purpose),
                category=BY_BIT[use.category].slug,
                operator=terms.operator,
                consent_version=use.consent_version,
                consent=None if use.consent is None else ConsentTermsView.of(use.consent),
                campaign="0x" + terms.id.hex(),
                advertiser=terms.advertiser,
                metered=use.metered,
            ),
            use_id=None if use.use_id is None else "0x" + use.use_id.hex(),
            epoch=use.epoch,
            epoch_state=use.epoch_state,
            voided=use.voided,
            use_index=use.use_index,
            tx_hash=None if use.tx_hash is None else "0x" + use.tx_hash.hex(),
        )


class PastUsesView(BaseModel):
    """Newest first."""

    uses: list[PastUseView]
    before: int | None = Field(description="ask with this for earlier ones; null: there are none")


@router.get("/uses")
async def my_uses(
    person: Person,
    backend: BackendDep,
    before: int = Query(default=0, ge=0, lt=1 << 40, description="Unix seconds; 0: the newest"),
    limit: int = Query(default=100, ge=1, le=1000, description="about so many: uses of one second come together"),
) -> PastUsesView:
    """Who used what of mine, when, for how much, and why that was allowed."""
    async with backend.units() as work:
        found = await work.use_history.of(person, before=before or int(time.time()) + 86_400, limit=limit)
        more = bool(found) and bool(await work.use_history.of(person, before=found[-1].at, limit=1))
    return PastUsesView(uses=[PastUseView.of(use) for use in found], before=found[-1].at if more else None)
