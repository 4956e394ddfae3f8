"""``ports.RateLimit`` in memory, with the library ``limits``: a fixed window per principal."""

from __future__ import annotations

from collections.abc import Mapping

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from fairsignal.domain.errors import BadInput, Refused

__all__ = ["MemoryRateLimit"]


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
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, what: str, principal: str, amount: int) -> None:
        rate = self._rates[what]
        if not await self._limiter.hit(rate, what, principal, cost=amount):
            raise Refused(
                f"Too many {what}: at most {rate.amount} per {rate.get_expiry()} seconds are taken from one address.",
                remedy="Wait and try again.",
                code="rate-limited",
            )
