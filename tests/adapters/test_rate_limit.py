"""Limits hold per principal and per kind of request."""

from __future__ import annotations

import pytest

from fairsignal.adapters.rate_limit import MemoryRateLimit
from fairsignal.domain.errors import BadInput, RateLimited


async def test_a_principal_may_do_as_much_as_allowed_and_no_more() -> None:
    limit = MemoryRateLimit({"deposits": "3/hour", "releases": "10/hour"})
    await limit("deposits", "a", 2)
    await limit("deposits", "a", 1)
    with pytest.raises(RateLimited) as caught:
        await limit("deposits", "a", 1)
    assert caught.value.code == "rate-limited"
    assert 0 < caught.value.retry_after <= 3600
    assert "3 per 3600 seconds" in caught.value.message
    assert "a" not in caught.value.message.split()
    await limit("deposits", "b", 3)
    await limit("releases", "a", 10)


@pytest.mark.parametrize("rate", ["", "fast", "10", "10/fortnight", "-1/minute"])
def test_malformed_rate_is_bad_input(rate: str) -> None:
    with pytest.raises(BadInput) as caught:
        MemoryRateLimit({"deposits": rate})
    assert caught.value.code == "bad-setting"
