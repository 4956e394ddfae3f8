"""What the chain's events say of consents, campaigns, uses, settlements and keepers, in memory.

One pass over the events from the first block on answers every question that a check of epochs has. Feed it with final
blocks: nothing is taken back.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from operator import attrgetter

from eth_utils.address import to_checksum_address

from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.chain_events import (
    CampaignClosing,
    CampaignOpened,
    ChainEvent,
    ConsentStored,
    GuardianSet,
    KeepersSet,
    RevokedAll,
    Settled,
    UseRecorded,
)
from fairsignal.domain.consent_history import ConsentHistory
from fairsignal.domain.epoch_rules import LoggedCampaign
from fairsignal.domain.person_days import UseAtOnce

__all__ = ["ChainRecord"]

_block = attrgetter("block")


class ChainRecord:
    """Facts of one deployment up to the newest block that was fed."""

    def __init__(self) -> None:
        self.consents = ConsentHistory()
        self.campaigns: dict[bytes, LoggedCampaign] = {}
        """By id, 32 bytes."""
        self.at_once: list[UseAtOnce] = []
        self.settlements: dict[bytes, list[Settled]] = {}
        """By operator, 20 bytes; in the order of epochs."""
        self._keepers: list[tuple[int, tuple[bytes, ...], int]] = []

    def apply(self, event: ChainEvent) -> None:
        """The next event in the order of the chain. What concerns a campaign that nobody opened is passed over."""
        at = event.at
        place = {"block": at.block, "log_index": at.log_index}
        match event:
            case ConsentStored():
                lane, word = int.from_bytes(event.lane, "big"), int.from_bytes(event.word, "big")
                self.consents.stored(event.subject, lane, word, **place)
            case RevokedAll():
                self.consents.revoked_all(event.subject, timestamp=at.timestamp, **place)
            case GuardianSet():
                self.consents.guardian_set(event.subject, event.minor, **place)
            case CampaignOpened():
                self.campaigns[event.campaign] = LoggedCampaign(event.campaign, _terms(event), at.block, closes_at=0)
            case CampaignClosing() if event.campaign in self.campaigns:
                campaign = self.campaigns[event.campaign]
                self.campaigns[event.campaign] = replace(campaign, closes_at=event.closes_at)
            case UseRecorded() if event.campaign in self.campaigns:
                lane = self.campaigns[event.campaign].terms.lane
                self.at_once.append(
                    UseAtOnce(
                        event.subject, lane, at.block, at.log_index, at.timestamp, event.campaign, event.use_index
                    )
                )
            case Settled():
                self.settlements.setdefault(event.operator, []).append(event)
            case KeepersSet():
                self._keepers.append((at.block, event.keepers, event.threshold))
            case _:
                pass

    def at_once_between(self, first: int, last: int) -> list[UseAtOnce]:
        """Uses recorded at once in these blocks, both included."""
        start, end = bisect_left(self.at_once, first, key=_block), bisect_right(self.at_once, last, key=_block)
        return self.at_once[start:end]

    def keepers_at(self, block: int) -> tuple[tuple[bytes, ...], int]:
        """The keepers in office after a block, and how many of them make a quorum; ``((), 0)`` before the first."""
        sets = [(keepers, threshold) for since, keepers, threshold in self._keepers if since <= block]
        return sets[-1] if sets else ((), 0)

    def keepers_ever(self) -> set[bytes]:
        """All who were in office at some time."""
        return {keeper for _, keepers, _ in self._keepers for keeper in keepers}


def _terms(event: CampaignOpened) -> CampaignTerms:
    advertiser = to_checksum_address(event.advertiser)
    return CampaignTerms.from_words(advertiser, int.from_bytes(event.target, "big"), int.from_bytes(event.bid, "big"))
