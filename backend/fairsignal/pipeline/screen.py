"""What may be used of a person's messages once all of a conversation is known.

A blocked message is never used. One that is certainly sensitive also costs the messages next to it their interests
("and which hotels are near that clinic?"), makes the screen wary of the rest of the conversation, and two of one class
close it altogether. The rules only ever drop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairsignal.domain.signals import Dropped, Reading

__all__ = ["CERTAIN", "IN_CONTEXT", "NEIGHBOUR", "SENSITIVE_CONVERSATION", "Screened", "screen"]

CERTAIN = "sensitive:"
"""Reasons of a blocked message begin with this when there is no doubt; see ``Reading.reasons``."""
IN_CONTEXT = "suspected-in-context"
NEIGHBOUR = "next-to-sensitive"
SENSITIVE_CONVERSATION = "sensitive-conversation"
_MOST_CERTAIN = 1
"""Certainly sensitive messages of one class that a conversation may hold and still be used otherwise."""


@dataclass(frozen=True, slots=True)
class Screened:
    """Readings that may be used, all of them with interests, and what was dropped."""

    kept: tuple[Reading, ...]
    dropped: tuple[Dropped, ...]


def screen(readings: Sequence[Reading], *, wary: float) -> Screened:
    """Apply the rules. A message without interests is neither kept nor dropped: there was nothing to use.

    Args:
        readings: all own messages of a person, in order within each conversation.
        wary: score of a prohibited class, 0..1, from which a message is dropped when another one of its conversation
            is certainly sensitive.
    """
    conversations: dict[str, list[Reading]] = {}
    for reading in readings:
        conversations.setdefault(reading.conversation, []).append(reading)
    kept: list[Reading] = []
    dropped: list[Dropped] = []
    for members in conversations.values():
        closed = _is_sensitive_throughout(members)
        tainted = any(map(_is_certain, members))
        for place, reading in enumerate(members):
            if reading.blocked:
                dropped.append(Dropped(reading.message_id, reading.reasons[0]))
            elif reading.interests and closed:
                dropped.append(Dropped(reading.message_id, SENSITIVE_CONVERSATION))
            elif reading.interests and any(map(_is_certain, members[max(0, place - 1) : place + 2])):
                dropped.append(Dropped(reading.message_id, NEIGHBOUR))
            elif reading.interests and tainted and max(reading.sensitive.values()) >= wary:
                dropped.append(Dropped(reading.message_id, IN_CONTEXT))
            elif reading.interests:
                kept.append(reading)
    return Screened(kept=tuple(kept), dropped=tuple(dropped))


def _is_certain(reading: Reading) -> bool:
    return reading.blocked and any(reason.startswith(CERTAIN) for reason in reading.reasons)


def _is_sensitive_throughout(members: Sequence[Reading]) -> bool:
    counts: dict[str, int] = {}
    for reading in members:
        for reason in reading.reasons if reading.blocked else ():
            if reason.startswith(CERTAIN):
                counts[reason] = counts.get(reason, 0) + 1
    return max(counts.values(), default=0) > _MOST_CERTAIN
