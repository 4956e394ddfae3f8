"""Consent: what a person allows one operator for one purpose, as the ConsentRegistry stores it in one word.

The layout and the rule of ``is_in_force`` are those of contracts/interfaces/IConsentRegistry.sol, checked against the
contract in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from fairsignal.domain.categories import BY_SLUG, INTERESTS, PROHIBITED_MASK
from fairsignal.domain.eip712 import typed_data
from fairsignal.domain.errors import BadInput

__all__ = [
    "MAX_DURATION",
    "RELAY_WINDOW",
    "Consent",
    "ConsentTerms",
    "Purpose",
    "SubjectState",
    "categories_mask",
    "grant_message",
    "is_in_force",
    "lane_of",
    "lane_parts",
    "revoke_all_message",
    "revoke_message",
    "slugs_of",
]

MAX_DURATION = 400 * 86_400
"""Longest consent, seconds: MAX_DURATION of the contract."""
RELAY_WINDOW = 86_400
"""Seconds after ``signedAt`` within which a signed grant or revocation may be relayed."""

_DOMAIN = "Fairsignal ConsentRegistry"
_FIELDS = (("categories", 128), ("granted_at", 32), ("ends_at", 32), ("floor", 32), ("cap", 12), ("version", 19))


class Purpose(IntEnum):
    """What a signal may be used for. Numbers are part of signed consents and never change."""

    AD_TARGETING = 1
    FEED_RECOMMENDATION = 2
    PROACTIVE_MESSAGE = 3
    MEASUREMENT = 4
    MODEL_TRAINING = 5


@dataclass(frozen=True, slots=True)
class ConsentTerms:
    """What a person agrees to when granting."""

    operator: str
    """Checksummed address of the chat operator."""
    purpose: Purpose
    categories: int
    """Bitmap of interest categories, bits of ``domain.categories``."""
    floor: int
    """Least gross price of one use, in millionths of a token."""
    cap: int
    """Most uses per UTC day, 1..4095."""
    ends_at: int
    """Unix seconds, at most 400 days ahead."""

    def __post_init__(self) -> None:
        if self.categories & PROHIBITED_MASK:
            raise BadInput(
                "Prohibited categories (religion, orientation, politics, health, ethnicity, union, minors) cannot be "
                "consented to.",
                remedy="Choose among the interest categories.",
                code="prohibited-category",
            )
        if not self.categories:
            raise BadInput("A consent names at least one category.", remedy="Choose at least one interest.")
        if not 1 <= self.cap < 1 << 12:
            raise BadInput("The daily cap lies between 1 and 4095 uses.", remedy="Choose a cap in that range.")
        if not 0 <= self.ends_at < 1 << 32:
            raise BadInput("A consent ends before the year 2106.", remedy="Choose an earlier end.")
        if not 0 <= self.floor < 1 << 32:
            raise BadInput("The price floor lies between 0 and 4294.967295 tokens.", remedy="Choose a lower floor.")

    @property
    def lane(self) -> int:
        """Key of the consent together with the subject: operator and purpose in one word."""
        return lane_of(self.operator, self.purpose)

    def word(self, *, version: int = 0, granted_at: int = 0) -> int:
        """The word that ``grant`` takes, or ``grantBySig``: with the version it creates and the time it was signed."""
        terms = self.categories | self.ends_at << 160 | self.floor << 192 | self.cap << 224
        return terms | granted_at << 128 | version << 236


@dataclass(frozen=True, slots=True)
class Consent:
    """One stored consent, decoded."""

    categories: int
    granted_at: int
    """Unix seconds; for a relayed grant the time it was signed."""
    ends_at: int
    """Unix seconds; the time of the revocation once revoked."""
    floor: int
    """Least gross price of one use, in millionths of a token."""
    cap: int
    """Most uses per UTC day."""
    version: int
    guarded: bool
    """Approved by the guardian of a minor."""

    @classmethod
    def from_word(cls, word: int) -> Consent:
        """Decode the word that ``consentOf`` returns; 0 is a consent that was never given."""
        values = {}
        for name, width in _FIELDS:
            values[name] = word & ((1 << width) - 1)
            word >>= width
        return cls(**values, guarded=bool(word))

    def allows(self, category_bit: int) -> bool:
        """True when the category is among those consented to (says nothing about time)."""
        return bool(self.categories >> category_bit & 1)


@dataclass(frozen=True, slots=True)
class SubjectState:
    """What concerns all consents of a person."""

    revoked_all_at: int = 0
    """Unix seconds of the last "revoke everything"; 0 when there was none."""
    minor: bool = False


def is_in_force(consent: Consent, subject: SubjectState, purpose: int, at: int) -> bool:
    """Whether the consent counts at ``at`` (Unix seconds): the contract's rule, in the same order."""
    if consent.granted_at <= subject.revoked_all_at or at >= consent.ends_at:
        return False
    if subject.minor:
        return consent.guarded and purpose not in (Purpose.PROACTIVE_MESSAGE, Purpose.MODEL_TRAINING)
    return True


def lane_of(operator: str, purpose: int) -> int:
    """(operator, purpose) in one word: ``operator << 8 | purpose``."""
    return int(operator, 16) << 8 | int(purpose)


def lane_parts(lane: int) -> tuple[str, int]:
    """The inverse of ``lane_of``: lower-case operator address and purpose."""
    return f"0x{lane >> 8:040x}", lane & 0xFF


def categories_mask(slugs: Iterable[str]) -> int:
    """Bitmap of interest slugs; a prohibited or unknown one is an error."""
    known = {category.slug for category in INTERESTS}
    mask = 0
    for slug in slugs:
        if slug not in BY_SLUG:
            raise BadInput(
                f"There is no category {slug!r}.", remedy="`fairsignal categories` lists them.", code="unknown-category"
            )
        if slug not in known:
            raise BadInput(
                f"{slug!r} is a prohibited class: no consent can unlock it.",
                remedy="Choose among the interest categories.",
                code="prohibited-category",
            )
        mask |= 1 << BY_SLUG[slug].bit
    return mask


def slugs_of(mask: int) -> list[str]:
    """Slugs of the interest bits in a bitmap, in bit order."""
    return [category.slug for category in INTERESTS if mask >> category.bit & 1]


def grant_message(
    chain_id: int, registry: str, subject: str, terms: ConsentTerms, version: int, signed_at: int
) -> dict[str, Any]:
    """EIP-712 typed data that a wallet signs to grant.

    Args:
        registry: ConsentRegistry, address.
        version: the version that this grant creates (stored version + 1); it is dead after any other change.
        signed_at: Unix seconds; not in the future of the chain, relayed within ``RELAY_WINDOW``.
    """
    fields = {
        "subject": ("address", subject),
        "operator": ("address", terms.operator),
        "purpose": ("uint8", int(terms.purpose)),
        "categories": ("uint128", terms.categories),
        "floor": ("uint32", terms.floor),
        "cap": ("uint16", terms.cap),
        "endsAt": ("uint40", terms.ends_at),
        "version": ("uint32", version),
        "signedAt": ("uint40", signed_at),
    }
    return typed_data(_DOMAIN, chain_id, registry, "Grant", fields)


def revoke_message(
    chain_id: int, registry: str, subject: str, operator: str, purpose: int, signed_at: int
) -> dict[str, Any]:
    """EIP-712 typed data that a wallet signs to end whatever one consent granted up to ``signed_at`` (Unix seconds)."""
    fields = {
        "subject": ("address", subject),
        "operator": ("address", operator),
        "purpose": ("uint8", int(purpose)),
        "signedAt": ("uint40", signed_at),
    }
    return typed_data(_DOMAIN, chain_id, registry, "Revoke", fields)


def revoke_all_message(chain_id: int, registry: str, subject: str, signed_at: int) -> dict[str, Any]:
    """EIP-712 typed data that a wallet signs to end every consent at once (``signed_at`` in Unix seconds)."""
    fields = {"subject": ("address", subject), "signedAt": ("uint40", signed_at)}
    return typed_data(_DOMAIN, chain_id, registry, "RevokeAll", fields)
