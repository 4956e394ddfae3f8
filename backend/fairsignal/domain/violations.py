"""How a broken rule of an epoch is named: the rule, the use, the block, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fairsignal.domain.campaign import Campaign
from fairsignal.domain.consent import Consent, SubjectState
from fairsignal.domain.decision import Rule

__all__ = ["EpochRule", "Violation", "refusal_detail"]


class EpochRule(StrEnum):
    """Rules of a log beyond those of a single decision (``domain.decision.Rule``); stable names."""

    BLOCK_OUTSIDE_EPOCH = "block-outside-epoch"
    RECORDS_OUT_OF_ORDER = "records-out-of-order"
    USE_COUNTED_TWICE = "use-counted-twice"
    UNKNOWN_CAMPAIGN = "unknown-campaign"
    FOREIGN_CAMPAIGN = "campaign-of-another-operator"
    CAMPAIGN_NOT_METERED = "campaign-not-metered"
    CAMPAIGN_METERED = "campaign-metered"
    CAMPAIGN_NOT_OPEN = "campaign-not-open"
    WRONG_COUNT = "wrong-count"
    WRONG_DEBIT = "wrong-debit"
    WRONG_GROSS = "wrong-gross"
    WRONG_SHARE = "wrong-share"
    WRONG_TOTAL = "wrong-total"
    WRONG_DAYS = "wrong-day-count"
    WRONG_ROOT = "wrong-root"
    WRONG_PREVIOUS = "wrong-previous-log"
    WRONG_RANGE = "wrong-block-range"
    WRONG_SUBJECTS = "wrong-number-of-people"
    GROUP_OF_NOBODY = "group-of-nobody"
    GROUPS_OUT_OF_ORDER = "groups-out-of-order"


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that an epoch breaks, and where."""

    rule: Rule | EpochRule
    detail: str
    """What was found and what the rule asks for; a sentence."""
    subject: bytes | None = None
    """20 bytes."""
    use_id: bytes | None = None
    """16 bytes; of a metered use."""
    campaign: bytes | None = None
    """32 bytes."""
    block: int | None = None


def refusal_detail(
    rule: Rule, campaign: Campaign, consent: Consent, state: SubjectState, category: int, now: int
) -> str:
    """What ``decide`` saw when it refused, a sentence with the numbers.

    Args:
        now: Unix seconds of the use's block.
    """
    terms = campaign.terms
    ends_at = min(filter(None, (terms.ends_at, campaign.closes_at)))
    sentences = {
        Rule.CAMPAIGN_ENDED: f"The campaign ended at {ends_at}, the use's block is of {now}.",
        Rule.CATEGORY_NOT_IN_CAMPAIGN: f"The campaign does not bid for category {category}.",
        Rule.NO_CONSENT: _why_void(consent, state, now),
        Rule.CATEGORY_NOT_CONSENTED: f"The consent (version {consent.version}) leaves out category {category}.",
        Rule.PRICE_BELOW_FLOOR: (
            f"The price is {terms.price_per_use} base units, the floor {consent.floor} millionths of a token."
        ),
        Rule.BUDGET_EXHAUSTED: f"The escrow holds {campaign.escrow} base units, the price is {terms.price_per_use}.",
        Rule.DAILY_CAP_REACHED: f"The consent allows {consent.cap} uses a day, and so many came before on that day.",
    }
    return sentences[rule]


def _why_void(consent: Consent, state: SubjectState, now: int) -> str:
    if not consent.granted_at:
        return "There was no consent."
    if consent.granted_at <= state.revoked_all_at:
        return f"The consent of {consent.granted_at} ended with all others at {state.revoked_all_at}."
    if now >= consent.ends_at:
        return f"The consent had ended at {consent.ends_at}, the use's block is of {now}."
    return "A minor's consent counts for some purposes only, and once its guardian approved it."
