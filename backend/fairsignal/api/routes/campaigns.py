"""Advertisers hand in their campaign's terms and a voucher."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from fairsignal.adapters.chain import recover_typed
from fairsignal.api.deps import BackendDep
from fairsignal.api.fields import CampaignTermsModel, HexBytes, Strict, from_hex
from fairsignal.domain.campaign import voucher_message
from fairsignal.market.campaigns import accept_voucher

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])


class VoucherRequest(Strict):
    """A campaign that is open on chain, and the advertiser's EIP-712 ``Voucher`` for its uses below ``ceiling``."""

    terms: CampaignTermsModel
    ceiling: int = Field(ge=1, lt=1 << 40)
    signature: HexBytes


class VoucherAccepted(BaseModel):
    """The campaign can be matched from now on."""

    campaign: str
    ceiling: int


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
    )
    return VoucherAccepted(campaign="0x" + terms.id.hex(), ceiling=row.ceiling)
