"""May this person's signal in this category be used for this campaign now? The one place that decides, off chain.

``decide`` is the rule of one category: the contract applies it to uses that are recorded at once, keepers and auditors
to those that are settled. ``match`` picks the category, and adds what only the operator knows; a test holds
``domain.decision_index``, which answers for many people at a time, to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fairsignal.domain.campaign import Campaign
from fairsignal.domain.consent import Consent, SubjectState, is_in_force
from fairsignal.domain.pacing import Pace

__all__ = [
    "FLOOR_UNIT_DECIMALS",
    "Allowed",
    "Offer",
    "Rule",
    "Standing",
    "bits_of",
    "decide",
    "floor_in_base_units",
    "match",
]

FLOOR_UNIT_DECIMALS = 6
"""Consent floors are in millionths of a token."""


class Rule(StrEnum):
    """The rule that refused; stable names of the API."""

    STALE = "stale"
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
    AUDIENCE_TOO_SMALL = "audience-too-small"
    PACING = "pacing"
    QUIET_HOURS = "quiet-hours"
    TOKEN_EXPIRED = "token-expired"  # noqa: S105  # the name of a rule


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one person towards one (operator, purpose) as of a block."""

    consent: Consent
    subject: SubjectState
    uses_today: int
    """Uses already counted on the UTC day of the decision."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A campaign as its operator may serve it now."""

    campaign: Campaign
    """``uses`` counts all of them, recorded at once or metered, and ``escrow`` is without what they cost."""
    ceiling: int
    """Uses that the advertiser agreed to, ever."""
    pace: Pace | None = None
    """None: as fast as it goes."""


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


def bits_of(mask: int) -> list[int]:
    """Positions of the bits that are set, ascending."""
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def match(
    standing: Standing, signals: int, offer: Offer, audience: int, *, purpose: int, quiet: bool, now: int, decimals: int
) -> Allowed | Rule:
    """Decide one (person, campaign): the lowest category that may be used.

    Args:
        signals: bitmap of the categories in which the person has an attested signal.
        audience: bitmap of the categories in which enough people can be reached for this purpose.
        purpose: what the operator asks for.
        quiet: the person is not to be disturbed at this time of day.
        now: Unix seconds of the block that the decision is current to.
        decimals: decimals of the market's token.

    Returns:
        ``Allowed``, or the first rule that says no: of the campaign's life, then of the person, then of the market.
    """
    campaign = offer.campaign
    if campaign.terms.purpose != purpose:
        return Rule.WRONG_PURPOSE
    wanted = bits_of(signals & campaign.terms.categories)
    refusal = Rule.CATEGORY_NOT_CONSENTED if wanted else Rule.NO_SIGNAL
    # Without a signal the rest is asked all the same, so that a campaign's end or a missing consent is what is named.
    for bit in wanted or bits_of(campaign.terms.categories)[:1]:
        answer = decide(standing, campaign, bit, now=now, decimals=decimals)
        if answer in (Rule.CAMPAIGN_ENDED, Rule.NO_CONSENT):
            return answer
        if not wanted or answer is Rule.CATEGORY_NOT_CONSENTED:
            continue
        if not audience >> bit & 1:
            refusal = Rule.AUDIENCE_TOO_SMALL
            continue
        return _serve(answer, offer, now=now, quiet=quiet)
    return refusal


def _serve(answer: Allowed | Rule, offer: Offer, *, now: int, quiet: bool) -> Allowed | Rule:
    """What the operator adds to what keepers and contracts check."""
    if isinstance(answer, Rule):
        return answer
    if offer.campaign.uses >= offer.ceiling:
        return Rule.VOUCHER_EXHAUSTED
    if offer.pace is not None and offer.campaign.uses >= offer.pace.allowance(now):
        return Rule.PACING
    return Rule.QUIET_HOURS if quiet else answer
