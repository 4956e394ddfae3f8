"""What an advertiser sees of its own campaign at this operator."""

from __future__ import annotations

from dataclasses import dataclass

from fairsignal.domain.errors import NotFound
from fairsignal.market.desk import Desk
from fairsignal.ports import ServedCampaign, UnitOfWorkFactory

__all__ = ["CampaignFigures", "campaign_figures"]


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """A campaign, and how often each rule refused it; refusals of the last seconds come later."""

    served: ServedCampaign
    refusals: dict[str, int]


async def campaign_figures(
    desk: Desk, units: UnitOfWorkFactory, advertiser: str, campaign_id: bytes
) -> CampaignFigures:
    """
    Raises:
        NotFound: there is none, or it is somebody else's: who asks is not told which.
    """
    await desk.current()
    served = desk.served(campaign_id)
    if served.terms.advertiser != advertiser:
        raise NotFound(
            f"No voucher is known for campaign 0x{campaign_id.hex()}.",
            remedy="Sign in with the wallet that opened it.",
            code="no-such-campaign",
        )
    async with units() as work:
        return CampaignFigures(served, await work.refusals.of(campaign_id))
