"""What is offered per gas."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fairsignal.adapters.chain import FeePolicy
from fairsignal.adapters.chain.fees import Fees

FEE = st.integers(0, 10**12)


def test_first_offer_outlasts_full_blocks() -> None:
    assert FeePolicy().first(base_fee=8, tip=3) == Fees(19, 3)


@given(FEE, FEE, st.integers(1, 10**12))
def test_no_offer_is_above_the_cap_or_invalid(base_fee: int, tip: int, cap: int) -> None:
    fees = FeePolicy(cap).first(base_fee, tip)
    assert fees.priority_fee <= fees.max_fee <= cap


@given(FEE, FEE, FEE, FEE, st.integers(1, 10**13))
def test_replacement_raises_both_fees_by_an_eighth_or_is_not_made(
    max_fee: int, priority: int, base_fee: int, tip: int, cap: int
) -> None:
    before = Fees(max_fee, min(max_fee, priority))
    after = FeePolicy(cap).bumped(before, base_fee, tip)
    if after is None:
        least = max(before.max_fee + 1, -(-before.max_fee * 9 // 8), before.priority_fee * 9 // 8, min(tip, cap))
        assert cap <= max(least, before.priority_fee + 1)
        return
    assert after.max_fee * 8 >= before.max_fee * 9
    assert after.max_fee > before.max_fee
    assert after.priority_fee * 8 >= before.priority_fee * 9
    assert after.priority_fee > before.priority_fee
    assert after.priority_fee <= after.max_fee <= cap


def test_replacement_follows_the_base_fee() -> None:
    assert FeePolicy().bumped(Fees(20, 2), base_fee=100, tip=1) == Fees(203, 3)
