"""What decisions are made from, as the database has it: read once as a whole, and then as it changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.consent import Consent, SubjectState
from fairsignal.domain.pacing import Pace
from fairsignal.ports.chain import BlockRef

__all__ = ["Changes", "DecisionFeed", "FeedPosition", "ServedCampaign", "UsesOnDay"]


@dataclass(frozen=True, slots=True)
class ServedCampaign:
    """A campaign that is open on chain, and that its advertiser handed in here."""

    terms: CampaignTerms
    bought: int
    """Uses that everything ever paid in covers."""
    uses: int
    """Uses so far, recorded at once or logged."""
    closes_at: int
    """Unix seconds, 0 while nobody closed it."""
    ceiling: int
    """Uses that the advertiser agreed to."""
    pace: Pace | None
    """None: as fast as it goes."""


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """How far the sources were read."""

    chain: int
    """Of the indexer's changes."""
    own: int
    """Of the operator's own."""
    log: int
    """Of the log of metered uses."""


@dataclass(frozen=True, slots=True)
class UsesOnDay:
    """Uses of one subject for one purpose on a UTC day, metered or at once."""

    subject: bytes
    purpose: int
    day: int
    """Unix seconds // 86,400."""
    count: int


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows as they are now, of one state of the database. Subjects are 20 bytes; what is gone is given as nothing."""

    position: FeedPosition
    block: BlockRef | None
    """The block that all of it is current to; None while the chain was not indexed yet."""
    consents: list[tuple[bytes, int, Consent]] = field(default_factory=list)
    """(subject, purpose, stored consent)"""
    states: list[tuple[bytes, SubjectState]] = field(default_factory=list)
    signals: list[tuple[bytes, int]] = field(default_factory=list)
    """(subject, bitmap of the categories with an attested signal)"""
    uses: list[UsesOnDay] = field(default_factory=list)
    campaigns: dict[bytes, ServedCampaign | None] = field(default_factory=dict)


class DecisionFeed(Protocol):
    """One operator's.

    Raises:
        Unavailable: the database does not answer.
    """

    def everything(self) -> AsyncIterator[Changes]:
        """All rows, in portions of one state; only the last portion's block and position count."""

    async def since(self, position: FeedPosition) -> Changes | None:
        """What changed; None when too much did, or is no longer known: then everything is to be read anew."""
