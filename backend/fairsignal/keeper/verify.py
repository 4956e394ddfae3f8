"""May a share be released? Decided from the chain alone; the request is only a question."""

from __future__ import annotations

from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.errors import Refused
from fairsignal.domain.release import ReleaseItem
from fairsignal.ports import ReleaseFacts, ReleaseSnapshot

__all__ = ["OPENS_FOR", "check_campaign", "check_item"]

OPENS_FOR = 86_400
"""Seconds after its block for which a paid use opens its category: whoever wants a later version of the profile pays
for a later use."""


def check_campaign(snapshot: ReleaseSnapshot) -> bytes:
    """Check what concerns a request as a whole; -> the key that shares are sealed to, 32 bytes.

    Raises:
        Refused: with the rule as ``code``.
    """
    for at, facts in _both(snapshot):
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
    assert snapshot.final.campaign is not None
    return snapshot.final.campaign.recipient_key


def check_item(snapshot: ReleaseSnapshot, terms: CampaignTerms, item: ReleaseItem) -> bytes:
    """Check one use, at the head and at the finalized block; -> the manifest hash whose share it may have, 32 bytes.

    A revocation and a request for erasure count at once, a payment only when it cannot be undone.

    Raises:
        Refused: with the rule as ``code``.
    """
    if not terms.wants(item.category):
        raise Refused("The campaign does not cover this category.", code="category-not-in-campaign")
    use = snapshot.uses.get(item.use_index)
    if use is None or (use.subject, use.category) != (item.subject, item.category):
        raise Refused(
            "No paid use of this category by this subject is recorded at that place.",
            remedy="Record a use first, and name its index, transaction and block.",
            code="not-paid",
        )
    if use.block.number > snapshot.final_block:
        raise Refused(
            "The use is paid, but its block is not final yet.",
            remedy="Try again once it is.",
            code="not-final",
        )
    for at, facts in _both(snapshot):
        subject = facts.subjects[item.subject]
        if subject.erasure_open:
            raise Refused(f"The subject has asked for the erasure of its profile ({at}).", code="erasure-requested")
        if not any(subject.digest):
            raise Refused(f"No profile is attested for this subject ({at}).", code="no-profile")
        if subject.consent is None:
            raise Refused(f"The subject's consent is not in force ({at}).", code="no-consent")
        if not subject.consent.allows(item.category):
            raise Refused(f"The subject did not consent to this category ({at}).", code="category-not-consented")
        if use.block.timestamp < subject.consent.granted_at:
            raise Refused(
                f"The use was paid under an earlier consent ({at}).",
                remedy="Record a use under the one that is in force.",
                code="use-before-grant",
            )
    if snapshot.head.timestamp > use.block.timestamp + OPENS_FOR:
        raise Refused(
            "The use was recorded more than a day ago, and opens nothing any more.",
            remedy="Record another use.",
            code="use-too-old",
        )
    digest = snapshot.head.subjects[item.subject].digest
    if snapshot.final.subjects[item.subject].digest != digest:
        raise Refused(
            "The profile changed and its new version is not final yet.",
            remedy="Try again once its block is final.",
            code="not-final",
        )
    return digest


def _both(snapshot: ReleaseSnapshot) -> tuple[tuple[str, ReleaseFacts], ...]:
    return ("head", snapshot.head), ("finalized", snapshot.final)
