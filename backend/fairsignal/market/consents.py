"""Checking consents."""

from __future__ import annotations

from dataclasses import dataclass

from fairsignal.domain.categories import BY_BIT
from fairsignal.domain.consent import Consent, Purpose, is_in_force, lane_of
from fairsignal.ports import ChainReader

__all__ = ["ConsentCheck", "allowed_slugs", "check_consents"]


@dataclass(frozen=True, slots=True)
class ConsentCheck:
    """Whether one subject's signals in one category may be used, and the terms that say so."""

    subject: str
    allowed: bool
    consent: Consent
    block: int
    """The block that this is current to."""


async def check_consents(
    reader: ChainReader, subjects: list[str], operator: str, purpose: Purpose, category: int
) -> list[ConsentCheck]:
    """Check one (operator, purpose, category bit) for many subjects, at one block."""
    head, standings = await reader.standings(subjects, lane_of(operator, purpose))
    return [
        ConsentCheck(
            subject=subject,
            allowed=is_in_force(standing.consent, standing.subject, purpose, head.timestamp)
            and standing.consent.allows(category),
            consent=standing.consent,
            block=head.number,
        )
        for subject, standing in standings.items()
    ]


async def allowed_slugs(reader: ChainReader, subject: str, operator: str) -> frozenset[str]:
    """Interests that the subject consented to for any purpose: nothing else is extracted at all."""
    allowed: set[str] = set()
    for purpose in Purpose:
        head, standings = await reader.standings([subject], lane_of(operator, purpose))
        standing = standings[subject]
        if is_in_force(standing.consent, standing.subject, purpose, head.timestamp):
            allowed |= {slug.slug for bit, slug in BY_BIT.items() if standing.consent.allows(bit)}
    return frozenset(allowed)
