"""Who matches, and recording the use that follows."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, Field

from fairsignal.api.deps import BackendDep, require_scope
from fairsignal.api.fields import Address, Bytes32, Strict, from_hex
from fairsignal.domain.categories import BY_BIT, BY_SLUG
from fairsignal.domain.consent import Purpose, categories_mask
from fairsignal.market.decide import decide_for

router = APIRouter(prefix="/v1", tags=["decisions"])


class DecisionRequest(Strict):
    """Which of these campaigns may use which of these subjects' signals, for one purpose?"""

    subjects: list[Address] = Field(min_length=1, max_length=1000)
    purpose: int = Field(ge=1, le=5)
    campaigns: list[Bytes32] = Field(min_length=1, max_length=32)


class DecisionView(BaseModel):
    """One (subject, campaign): a category and a price, or the rule that refused."""

    subject: str
    campaign: str
    allowed: bool
    category: str | None
    price: str | None = Field(description="gross price of the use, token base units")
    rule: str | None


class DecisionResponse(BaseModel):
    """Decisions, current to one block."""

    block: int
    decisions: list[DecisionView]


class UseRequest(Strict):
    """A decision that was acted on."""

    campaign: Bytes32
    subject: Address
    category: str = Field(max_length=64)


class UseView(BaseModel):
    """The use as it was recorded and paid on chain."""

    campaign: str
    subject: str
    category: str
    use_index: int
    tx_hash: str
    block: int


@router.post("/decisions", dependencies=[Depends(require_scope("decisions"))])
async def decisions(body: DecisionRequest, backend: BackendDep) -> DecisionResponse:
    """Decide up to 1,000 subjects against up to 32 campaigns."""
    found = await decide_for(
        backend.reader,
        backend.units,
        operator=backend.writer.sender,
        purpose=Purpose(body.purpose),
        subjects=body.subjects,
        campaign_ids=[from_hex(campaign) for campaign in body.campaigns],
    )
    return DecisionResponse(
        block=found.block,
        decisions=[
            DecisionView(
                subject=decision.subject,
                campaign="0x" + decision.campaign.hex(),
                allowed=decision.allowed,
                category=decision.category or None,
                price=str(decision.price) if decision.allowed else None,
                rule=None if decision.rule is None else str(decision.rule),
            )
            for decision in found.decisions
        ],
    )


@router.post("/uses", dependencies=[Depends(require_scope("uses"))])
async def record_use(
    body: UseRequest,
    backend: BackendDep,
    idempotency_key: str = Header(min_length=8, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$"),
) -> UseView:
    """Record one use on chain and pay it; repeating the call with the same key changes nothing."""
    categories_mask([body.category])
    row = await backend.meter.record(idempotency_key, from_hex(body.campaign), body.subject, BY_SLUG[body.category].bit)
    return UseView(
        campaign="0x" + row.campaign.hex(),
        subject=row.subject,
        category=BY_BIT[row.category].slug,
        use_index=row.use_index,
        tx_hash=row.tx_hash,
        block=row.block,
    )
