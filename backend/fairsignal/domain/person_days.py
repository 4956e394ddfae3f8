"""One person's uses per lane and UTC day, metered and recorded at once together: what a daily cap counts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fairsignal.domain.consent_history import ConsentHistory
from fairsignal.domain.decision import Rule
from fairsignal.domain.violations import Violation

__all__ = ["DAY", "PersonDays", "UseAtOnce"]

DAY = 86_400
"""Seconds."""


@dataclass(frozen=True, slots=True)
class UseAtOnce:
    """A use that was recorded on chain at once; it counts towards the same cap as metered ones."""

    subject: bytes
    lane: int
    block: int
    log_index: int
    timestamp: int
    """Of the block, Unix seconds."""
    campaign: bytes
    index: int
    """Position among the campaign's uses."""


class PersonDays:
    """Counts in the order of blocks; in one block, uses recorded at once come before metered ones."""

    def __init__(
        self, subject: bytes, at_once: Iterable[UseAtOnce], first_day: int, earlier: Mapping[tuple[bytes, int], int]
    ) -> None:
        """
        Args:
            at_once: this person's, in the chain's order.
            first_day: UTC day (Unix seconds / 86,400) that earlier epochs can have uses on.
            earlier: (subject, lane) -> how many.
        """
        self._subject = subject
        self._first_day = first_day
        self._earlier = earlier
        self._metered: dict[tuple[int, int], list[int]] = {}
        self._at_once: dict[tuple[int, int], list[UseAtOnce]] = {}
        self._at_once_blocks: dict[tuple[int, int], list[int]] = {}
        for use in at_once:
            key = use.lane, use.timestamp // DAY
            self._at_once.setdefault(key, []).append(use)
            self._at_once_blocks.setdefault(key, []).append(use.block)

    def used(self, lane: int, block: int, timestamp: int) -> int:
        """Uses that a metered one of this block, the next to be counted, comes after on its day."""
        key = lane, timestamp // DAY
        at_once = bisect_right(self._at_once_blocks[key], block) if key in self._at_once_blocks else 0
        return self._before(key) + at_once + len(self._metered.get(key, ()))

    def count(self, lane: int, block: int, timestamp: int) -> None:
        """One more metered use, in the order of blocks."""
        self._metered.setdefault((lane, timestamp // DAY), []).append(block)

    def metered_on(self, day: int) -> Iterator[tuple[int, int]]:
        """(lane, metered uses counted on this UTC day)."""
        return ((lane, len(blocks)) for (lane, on), blocks in self._metered.items() if on == day)

    def overruns(self, history: ConsentHistory, from_block: int) -> list[Violation]:
        """Uses recorded at once after ``from_block`` although uses before had reached the cap, metered ones among them.

        The contract counts only those recorded at once.
        """
        found = []
        for key, uses in self._at_once.items():
            for place, use in enumerate(uses):
                metered = self._before(key) + bisect_left(self._metered.get(key, ()), use.block)
                if use.block <= from_block or not metered:
                    continue
                consent, _ = history.standing(self._subject, use.lane, block=use.block, log_index=use.log_index)
                if place + metered >= consent.cap:
                    detail = (
                        f"Use {use.index} of the campaign was recorded at once after {metered} metered and {place} "
                        f"other uses of that day; the consent allows {consent.cap}."
                    )
                    rule = Rule.DAILY_CAP_REACHED
                    found.append(Violation(rule, detail, self._subject, campaign=use.campaign, block=use.block))
        return found

    def _before(self, key: tuple[int, int]) -> int:
        lane, day = key
        return self._earlier.get((self._subject, lane), 0) if day == self._first_day else 0
