"""May this person's signal in this category be used for this campaign now? The one place that decides, off chain.

The contract decides again when the use is recorded, by the same rules; what it refuses is named after its own errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fairsignal.domain.campaign import Campaign
from fairsignal.domain.consent import Consent, SubjectState, is_in_force

__all__ = ["FLOOR_UNIT_DECIMALS", "Allowed", "Rule", "Standing", "decide", "floor_in_base_units"]

FLOOR_UNIT_DECIMALS = 6
"""Consent floors are in millionths of a token."""


class Rule(StrEnum):
    """The rule that refused; stable names of the API."""

    CAMPAIGN_ENDED = "campaign-ended"
    CATEGORY_NOT_IN_CAMPAIGN = "category-not-in-campaign"
    NO_CONSENT = "no-consent"
    CATEGORY_NOT_CONSENTED = "category-not-consented"
    PRICE_BELOW_FLOOR = "price-below-floor"
    DAILY_CAP_REACHED = "daily-cap-reached"
    BUDGET_EXHAUSTED = "budget-exhausted"
    VOUCHER_EXHAUSTED = "voucher-exhausted"
    WRONG_PURPOSE = "wrong-purpose"
    NO_SIGNAL = "no-signal"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one person towards one (operator, purpose) as of a block."""

    consent: Consent
    subject: SubjectState
    uses_today: int
    """Uses already counted on the UTC day of the decision."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """A use that would be recorded."""

    category: int
    """Bit of the category."""
    price: int
    """Gross price, token base units."""


def floor_in_base_units(floor: int, decimals: int) -> int:
    """A consent's floor (millionths of a token) in base units of a token with ``decimals`` >= 6 decimals."""
    return int(floor * 10 ** (decimals - FLOOR_UNIT_DECIMALS))


def decide(standing: Standing, campaign: Campaign, category: int, *, now: int, decimals: int) -> Allowed | Rule:
    """Decide one (person, campaign, category).

    Args:
        category: bit of the category of the signal that would be used.
        now: Unix seconds of the block that the decision is current to.
        decimals: decimals of the market's token.

    Returns:
        ``Allowed``, or the first rule that says no.
    """
    terms = campaign.terms
    if now >= terms.ends_at or (campaign.closes_at and now >= campaign.closes_at):
        return Rule.CAMPAIGN_ENDED
    if not terms.wants(category):
        return Rule.CATEGORY_NOT_IN_CAMPAIGN
    if not is_in_force(standing.consent, standing.subject, terms.purpose, now):
        return Rule.NO_CONSENT
    if not standing.consent.allows(category):
        return Rule.CATEGORY_NOT_CONSENTED
    if terms.price_per_use < floor_in_base_units(standing.consent.floor, decimals):
        return Rule.PRICE_BELOW_FLOOR
    if standing.uses_today >= standing.consent.cap:
        return Rule.DAILY_CAP_REACHED
    if campaign.escrow < terms.price_per_use:
        return Rule.BUDGET_EXHAUSTED
    return Allowed(category=category, price=terms.price_per_use)
