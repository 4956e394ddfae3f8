"""Who matches a campaign, and if not, which rule says no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairsignal.domain.campaign import Campaign
from fairsignal.domain.categories import BY_BIT, INTERESTS
from fairsignal.domain.consent import Purpose, lane_of
from fairsignal.domain.decision import Allowed, Rule, Standing, decide
from fairsignal.domain.errors import NotFound
from fairsignal.ports import ChainReader, ProfileRow, UnitOfWorkFactory

__all__ = ["Decision", "Decisions", "decide_for"]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer for one subject: a campaign with the category that matched, or the rule that refused."""

    subject: str
    campaign: bytes
    allowed: bool
    category: str = ""
    price: int = 0
    """Gross price of the use, token base units."""
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions with the block that they are current to."""

    block: int
    decisions: tuple[Decision, ...]


async def decide_for(
    reader: ChainReader,
    units: UnitOfWorkFactory,
    *,
    operator: str,
    purpose: Purpose,
    subjects: Sequence[str],
    campaign_ids: Sequence[bytes],
) -> Decisions:
    """Decide every (subject, campaign) for one purpose.

    Raises:
        NotFound: a campaign has no voucher with this operator, or is not on chain.
    """
    offers = [await _offer(reader, units, campaign_id) for campaign_id in campaign_ids]
    async with units() as work:
        profiles = await work.profiles.many(subjects)
    head, standings = await reader.standings(subjects, lane_of(operator, purpose))
    decisions = tuple(
        _decide_one(
            subject,
            campaign,
            ceiling,
            profiles.get(subject),
            standings[subject],
            purpose=purpose,
            now=head.timestamp,
            decimals=reader.token_decimals,
        )
        for subject in subjects
        for campaign, ceiling in offers
    )
    return Decisions(block=head.number, decisions=decisions)


async def _offer(reader: ChainReader, units: UnitOfWorkFactory, campaign_id: bytes) -> tuple[Campaign, int]:
    """A campaign's state, and the index that its voucher ends at."""
    async with units() as work:
        voucher = await work.vouchers.get(campaign_id)
    campaign = None if voucher is None else await reader.campaign(voucher.terms)
    if voucher is None or campaign is None:
        raise NotFound(
            f"No voucher is known for campaign 0x{campaign_id.hex()}.",
            remedy="The advertiser hands one in with POST /v1/campaigns.",
            code="no-such-campaign",
        )
    return campaign, voucher.ceiling


def _decide_one(
    subject: str,
    campaign: Campaign,
    ceiling: int,
    profile: ProfileRow | None,
    standing: Standing,
    *,
    purpose: Purpose,
    now: int,
    decimals: int,
) -> Decision:
    campaign_id = campaign.terms.id
    if campaign.terms.purpose != purpose:
        return Decision(subject, campaign_id, allowed=False, rule=Rule.WRONG_PURPOSE)
    if campaign.uses >= ceiling:
        return Decision(subject, campaign_id, allowed=False, rule=Rule.VOUCHER_EXHAUSTED)
    having = 0 if profile is None or not profile.attested else profile.categories
    wanted = [category.bit for category in INTERESTS if having & campaign.terms.categories & 1 << category.bit]
    # Without a matching signal the consent is asked all the same, so that the rule a person set is the one named.
    candidates = wanted or [category.bit for category in INTERESTS if campaign.terms.wants(category.bit)][:1]
    refusal: Rule | None = None
    for bit in candidates:
        answer = decide(standing, campaign, bit, now=now, decimals=decimals)
        if isinstance(answer, Allowed) and wanted:
            return Decision(subject, campaign_id, allowed=True, category=BY_BIT[bit].slug, price=answer.price)
        if isinstance(answer, Rule) and refusal in (None, Rule.CATEGORY_NOT_CONSENTED):
            refusal = answer
    if not wanted and refusal in (None, Rule.CATEGORY_NOT_CONSENTED):
        refusal = Rule.NO_SIGNAL
    return Decision(subject, campaign_id, allowed=False, rule=refusal)
