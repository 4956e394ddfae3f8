"""Limits on what a principal may do."""

from __future__ import annotations

from typing import Protocol

__all__ = ["RateLimit"]


class RateLimit(Protocol):
    """Counts what a principal does."""

    async def __call__(self, what: str, principal: str, amount: int) -> None:
        """
        Raises:
            RateLimited: more than allowed.
        """
