"""The time."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Clock"]


class Clock(Protocol):
    """The time, replaceable in tests."""

    def now(self) -> int:
        """Unix seconds."""
