"""What a person's consent was at any block: timelines of the ConsentRegistry's events.

The chain itself answers this only for recent blocks, unless a node keeps every old state; events are kept by all. Feed
them in the chain's order, of all people or of some. The rule of what counts is ``domain.consent.is_in_force``.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from operator import itemgetter
from typing import TypeVar

from fairsignal.domain.consent import Consent, SubjectState, is_in_force

__all__ = ["ConsentHistory"]

_LOG_BITS = 32
"""A block has no room for as many logs."""
_T = TypeVar("_T")
_Timeline = list[tuple[int, _T]]
"""(position, value from there on), ascending."""
_position = itemgetter(0)
_NOTHING_SAID = SubjectState()

_decoded = lru_cache(maxsize=1 << 16)(Consent.from_word)


def _place(block: int, log_index: int) -> int:
    return block << _LOG_BITS | log_index


class ConsentHistory:
    """Consents of many people, at every block that was fed.

    Memory grows with consents and their changes; ``forget_before`` drops the changes that no question needs.
    Subjects are addresses as 20 bytes; lanes and words as in IConsentRegistry.
    """

    def __init__(self) -> None:
        self._words: dict[int, dict[bytes, _Timeline[int]]] = {}
        self._states: dict[bytes, _Timeline[SubjectState]] = {}

    def stored(self, subject: bytes, lane: int, word: int, *, block: int, log_index: int) -> None:
        """Granted, Revoked and Approved alike: the word that is stored from this log on."""
        _append(self._words.setdefault(lane, {}).setdefault(subject, []), _place(block, log_index), word)

    def revoked_all(self, subject: bytes, *, block: int, log_index: int, timestamp: int) -> None:
        """RevokedAll, in a block of this time (Unix seconds)."""
        timeline = self._states.setdefault(subject, [])
        minor = timeline[-1][1].minor if timeline else False
        _append(timeline, _place(block, log_index), SubjectState(revoked_all_at=timestamp, minor=minor))

    def guardian_set(self, subject: bytes, minor: bool, *, block: int, log_index: int) -> None:
        """GuardianSet. When it changes the mark, the RevokedAll that the contract emits comes before it."""
        timeline = self._states.setdefault(subject, [])
        revoked_all_at = timeline[-1][1].revoked_all_at if timeline else 0
        _append(timeline, _place(block, log_index), SubjectState(revoked_all_at=revoked_all_at, minor=minor))

    def standing(
        self, subject: bytes, lane: int, *, block: int, log_index: int | None = None
    ) -> tuple[Consent, SubjectState]:
        """What is stored, whether it counts or not; the empty consent when there never was one.

        Args:
            log_index: just before this log of the block, as a use that is recorded at once meets it; None is after all
                of the block's transactions, as a call at the block is answered.
        """
        before = _place(block + 1, 0) if log_index is None else _place(block, log_index)
        word = _at(self._words.get(lane, {}).get(subject), before)
        state = _at(self._states.get(subject), before)
        return _decoded(word or 0), state or _NOTHING_SAID

    def in_force(
        self, subject: bytes, lane: int, *, block: int, timestamp: int, log_index: int | None = None
    ) -> Consent | None:
        """The consent that counts in a block of this time (Unix seconds), or None; otherwise as ``standing``."""
        consent, state = self.standing(subject, lane, block=block, log_index=log_index)
        return consent if is_in_force(consent, state, lane & 0xFF, timestamp) else None

    def forget_before(self, block: int) -> None:
        """Keep only what questions about this block and later ones need."""
        for subjects in self._words.values():
            for words in subjects.values():
                _forget(words, _place(block, 0))
        for states in self._states.values():
            _forget(states, _place(block, 0))


def _append(timeline: _Timeline[_T], position: int, value: _T) -> None:
    if timeline and timeline[-1][0] >= position:
        raise ValueError("events of one subject come in the chain's order, each once")
    timeline.append((position, value))


def _at(timeline: _Timeline[_T] | None, before: int) -> _T | None:
    """The value that the last event before a position left; None when there was none."""
    if not timeline:
        return None
    # Most people change nothing in an epoch: the last entry is nearly always the one.
    if timeline[-1][0] < before:
        return timeline[-1][1]
    found = bisect_left(timeline, before, key=_position)
    return timeline[found - 1][1] if found else None


def _forget(timeline: _Timeline[_T], before: int) -> None:
    if len(timeline) > 1:
        del timeline[: max(0, bisect_left(timeline, before, key=_position) - 1)]
