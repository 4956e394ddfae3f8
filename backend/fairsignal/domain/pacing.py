"""When a campaign's uses may happen: spread over its life, and not while people sleep."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fairsignal.domain.errors import BadInput

__all__ = ["Pace", "QuietHours"]

_DAY_MINUTES = 24 * 60
_RANGE = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Pace:
    """Even delivery: a campaign's uses grow with the time that has passed. Times in Unix seconds."""

    starts_at: int
    ends_at: int
    uses: int
    """All that the campaign may have."""

    def allowance(self, now: int) -> int:
        """Uses that may have happened by now; the first one right at the start."""
        life = max(self.ends_at - self.starts_at, 1)
        passed = min(max(now - self.starts_at, 0), life)
        return min(self.uses, 1 + self.uses * passed // life)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A part of the local day, minutes since midnight; it may run over midnight, and is empty where both are equal."""

    begins: int
    ends: int

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """Read ``HH:MM-HH:MM``.

        Raises:
            BadInput: not of that form.
        """
        found = _RANGE.fullmatch(text)
        if found is None:
            raise BadInput("Quiet hours have the form HH:MM-HH:MM.", remedy="Write for example 21:00-08:00.")
        hours, minutes, until_hours, until_minutes = map(int, found.groups())
        return cls(hours * 60 + minutes, until_hours * 60 + until_minutes)

    def cover(self, now: int, utc_offset: int) -> bool:
        """Whether ``now`` (Unix seconds) lies in them where clocks are ``utc_offset`` minutes ahead of UTC."""
        minute = (now // 60 + utc_offset) % _DAY_MINUTES
        if self.begins <= self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends
