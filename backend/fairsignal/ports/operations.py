"""What an operator watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairsignal.ports.chain_writes import OutboxFigures

__all__ = ["OperatorFigures"]


@dataclass(frozen=True, slots=True)
class OperatorFigures:
    """A backend's state at one moment."""

    block: int
    """That decisions are current to."""
    lag_seconds: int
    """Age of that block."""
    stale: bool
    """It is too old: everything is refused."""
    decisions: Mapping[str, int]
    """Since the process started, by the rule that refused, or ``allowed``."""
    unsettled_uses: int
    """Metered, in no epoch yet."""
    epoch_settled: int
    """Newest one, 0 before the first."""
    epoch_open: bool
    """One is closed and not settled."""
    erasures_open: int
    profiles_unfinished: int
    outbox: OutboxFigures
