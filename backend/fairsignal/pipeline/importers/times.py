"""Times as exports write them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

__all__ = ["from_iso", "unix_seconds"]

_LATEST = 4_102_444_800  # 2100-01-01; a later time is in another unit, or nonsense


def unix_seconds(value: float) -> int:
    """Whole seconds, or 0 when ``value`` is no time of our century."""
    return int(value) if math.isfinite(value) and 0 <= value < _LATEST else 0


def from_iso(text: str) -> int:
    """Unix seconds of an ISO 8601 time (UTC when it names no zone), or 0 when it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0
    try:
        return unix_seconds((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except OverflowError:
        return 0
