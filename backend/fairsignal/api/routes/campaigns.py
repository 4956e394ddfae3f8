"""Advertisers hand in their campaign's terms and a voucher."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from fairsignal.adapters.chain import recover_typed
from fairsignal.api.deps import BackendDep, Person
from fairsignal.api.fields import CampaignTermsModel, HexBytes, Strict, from_hex
from fairsignal.domain.campaign import voucher_message
from fairsignal.market.campaign_figures import campaign_figures
from fairsignal.market.campaigns import accept_voucher
from fairsignal.ports import Pacing

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])

CampaignId = Path(pattern=r"^0x[0-9a-fA-F]{64}$")


class VoucherRequest(Strict):
    """A campaign that is open on chain, and the advertiser's EIP-712 ``Voucher`` for its uses below ``ceiling``."""

    terms: CampaignTermsModel
    ceiling: int = Field(ge=1, lt=1 << 40)
    signature: HexBytes
    pacing: Pacing = Field(default="asap", description="`even` spreads the uses over the campaign's life")


class VoucherAccepted(BaseModel):
    """The campaign can be matched from now on."""

    campaign: str
    ceiling: int
    pacing: Pacing


class CampaignFigures(BaseModel):
    """How a campaign is doing; uses are counted, amounts are token base units as decimal strings."""

    campaign: str
    block: int = Field(description="the block that this is current to")
    metered: bool
    pacing: Pacing
    ends_at: int = Field(description="Unix seconds")
    price_per_use: str
    bought: int = Field(description="uses that everything paid in covers")
    uses: int
    spent: str
    refusals: dict[str, int] = Field(description="decisions that a rule refused, by rule")


@router.get("/{campaign}")
async def figures(campaign: Annotated[str, CampaignId], person: Person, backend: BackendDep) -> CampaignFigures:
    """A campaign of the advertiser who signed in: what it spent, and which rules refused it how often."""
    found = await campaign_figures(backend.decisions.desk, backend.units, person, from_hex(campaign))
    terms = found.served.terms
    return CampaignFigures(
        campaign=campaign.lower(),
        block=backend.decisions.desk.block.number,
        metered=terms.metered,
        pacing="asap" if found.served.pace is None else "even",
        ends_at=terms.ends_at,
        price_per_use=str(terms.price_per_use),
        bought=found.served.bought,
        uses=found.served.uses,
        spent=str(found.served.uses * terms.price_per_use),
        refusals=found.refusals,
    )


@router.post("")
async def hand_in(body: VoucherRequest, backend: BackendDep) -> VoucherAccepted:
    """Register a campaign with this operator."""
    terms = body.terms.to_domain()
    signature = from_hex(body.signature)
    message = voucher_message(backend.deployment.chain_id, backend.deployment.signal_market, terms.id, body.ceiling)
    row = await accept_voucher(
        backend.reader,
        backend.units,
        operator=backend.writer.sender,
        terms=terms,
        ceiling=body.ceiling,
        signature=signature,
        signer=recover_typed(message, signature),
        pacing=body.pacing,
        now=int(time.time()),
    )
    return VoucherAccepted(campaign="0x" + terms.id.hex(), ceiling=row.ceiling, pacing=row.pacing)
