"""Uses as people ask for them: who used what of mine, and by which consent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.consent import Consent

__all__ = ["PastUse", "UseHistory"]


@dataclass(frozen=True, slots=True)
class PastUse:
    """One use of one person's signal. Amounts in token base units, times in Unix seconds."""

    terms: CampaignTerms
    category: int
    """Bit."""
    price: int
    share: int
    """The person's part."""
    block: int
    """The block at which consent was in force."""
    at: int
    """Its time."""
    metered: bool
    consent_version: int | None
    """None where the chain says no more than that a consent was in force."""
    consent: Consent | None
    """That consent, where it is still the newest one."""
    use_id: bytes | None = None
    """Metered."""
    epoch: int | None = None
    """Metered: the settlement period it falls into; None while that is not closed."""
    epoch_state: str | None = None
    voided: str | None = None
    """Metered: the rule that took it out of its epoch; then it was neither charged nor paid."""
    use_index: int | None = None
    """At once."""
    tx_hash: bytes | None = None
    """At once."""


class UseHistory(Protocol):
    async def of(self, subject: str, *, before: int, limit: int) -> list[PastUse]:
        """Newest uses before a time (Unix seconds), newest first; about ``limit``, no second is cut in two."""
