"""``ports.RateLimit`` in memory, with the library ``limits``: a fixed window per principal, in each process."""

from __future__ import annotations

import time
from collections.abc import Mapping

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from fairsignal.domain.errors import BadInput, RateLimited

__all__ = ["MemoryRateLimit"]

_SWEEP_EVERY = 1.0
"""Seconds."""


class MemoryRateLimit:
    """Args:
        rates: what -> how often, as ``limits`` writes it: ``600/minute``.

    Raises:
        BadInput: a rate is not written like that.
    """

    def __init__(self, rates: Mapping[str, str]) -> None:
        try:
            self._rates: dict[str, RateLimitItem] = {what: parse(rate) for what, rate in rates.items()}
        except ValueError as error:
            raise BadInput(
                "A rate limit is a number per second, minute, hour or day.",
                remedy="Write it like 600/minute.",
                code="bad-setting",
            ) from error
        self._limiter = FixedWindowRateLimiter(_Storage())

    async def __call__(self, what: str, principal: str, amount: int) -> None:
        rate = self._rates[what]
        if not await self._limiter.hit(rate, what, principal, cost=amount):
            ends = (await self._limiter.get_window_stats(rate, what, principal)).reset_time
            raise RateLimited(
                f"Too many {what}: at most {rate.amount} per {rate.get_expiry()} seconds are taken from one principal.",
                remedy="Wait and try again.",
                retry_after=max(1, int(ends - time.time()) + 1),
            )


class _Storage(MemoryStorage):
    """The library's own looks through all principals at every hit, which many addresses would make slow."""

    _swept = 0.0

    async def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802  (the library's private name)
        if time.monotonic() >= self._swept + _SWEEP_EVERY:
            self._swept = time.monotonic()
            await super()._MemoryStorage__schedule_expiry()  # type: ignore[misc]
