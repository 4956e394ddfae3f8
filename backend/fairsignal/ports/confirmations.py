"""Confirming uses that were decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fairsignal.domain.decision import Rule
from fairsignal.domain.use_token import DecidedUse
from fairsignal.ports.use_log import LoggedUse

__all__ = ["Confirmations", "DayRoom"]


@dataclass(frozen=True, slots=True)
class DayRoom:
    """What a use that is recorded at once takes of a day: one of ``cap`` uses."""

    subject: str
    lane: int
    day: int
    """Unix seconds // 86,400."""
    cap: int


class Confirmations(Protocol):
    """All calls of one confirmation belong into one unit of work. Replicas wait for each other where they must."""

    async def bind(self, key: str, digest: bytes, now: int) -> None:
        """Remember what came under an idempotency key; the same again changes nothing.

        Raises:
            Conflict: something else came under it; ``code`` is ``key-reused``.
        """

    async def log(self, uses: Sequence[DecidedUse], now: int) -> list[LoggedUse | Rule]:
        """Put uses of metered campaigns into the log, within budgets, pace and daily caps -> for each, in order, its
        entry or the rule that refused it. What is in the log already stays as it is and counts once."""

    async def take_room(self, room: DayRoom) -> bool:
        """Count one use at once on a day; False, and nothing counted, where its cap is reached."""

    async def give_room(self, room: DayRoom) -> None:
        """Take that back: the use did not come about."""

    async def forget_before(self, confirmed_at: int) -> int:
        """Drop idempotency keys from before that time (Unix seconds) -> how many."""
