"""May a share be released? Decided from the chain alone; the request is only a question."""

from __future__ import annotations

from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.consent import is_in_force
from fairsignal.domain.errors import Refused
from fairsignal.ports import ReleaseFacts

__all__ = ["check_release"]


def check_release(facts: ReleaseFacts, terms: CampaignTerms, category: int, *, at: str) -> None:
    """Check one block's facts for one category.

    Called for the head and for the finalized block: a revocation counts at once, a payment only when it cannot be
    undone.

    Args:
        at: which block this is, for the message: ``head`` or ``finalized``.

    Raises:
        Refused: with the rule as ``code``.
    """
    if facts.campaign is None:
        raise Refused(
            f"The campaign is not on chain ({at}).",
            remedy="Open it, and wait until the block is final.",
            code="no-such-campaign",
        )
    if not any(facts.campaign.recipient_key):
        # Sealed to a key that nobody chose, a share would be open to whoever can compute its counterpart.
        raise Refused(
            f"The advertiser has named no recipient key ({at}).",
            remedy="Name one with SignalMarket.setRecipientKey, and wait until its block is final.",
            code="no-recipient-key",
        )
    if not terms.wants(category):
        raise Refused("The campaign does not cover this category.", code="category-not-in-campaign")
    if not any(facts.digest):
        raise Refused(f"No profile is attested for this subject ({at}).", code="no-profile")
    if not is_in_force(facts.consent, facts.subject, terms.purpose, facts.block.timestamp):
        raise Refused(f"The subject's consent is not in force ({at}).", code="no-consent")
    if not facts.consent.allows(category):
        raise Refused(f"The subject did not consent to this category ({at}).", code="category-not-consented")
    if not any(use.category == category for use in facts.paid):
        raise Refused(
            f"No paid use of this category is recorded ({at}).",
            remedy="Record a use first, and wait until its block is final.",
            code="not-paid",
        )
