"""Sums and running totals that do not follow from the uses are named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.domain.consent_history import ConsentHistory
from fairsignal.domain.epoch_rules import EpochCheck, EpochRule
from fairsignal.domain.epoch_sums import compare_days, compare_sums, compare_totals
from tests.domain.epochs import ANNA, BEN, LANE, MUSIC, PRICE, SHARE, campaign, check, grant, use

CHLOE = bytes.fromhex("cc" * 20)


@pytest.fixture
def checked() -> EpochCheck:
    """Two uses that are right and one that should not be there, all on the epoch's last day."""
    history = ConsentHistory()
    grant(history)
    made = check(history, campaign(), campaign(salt=2))
    made.group(ANNA, [use(1, 48), use(2, 49, at=1), use(3, 50, category=MUSIC)])
    return made


HONEST: dict[str, Any] = {
    "debits": [2 * PRICE, PRICE],
    "gross": 3 * PRICE,
    "uses": 3,
    "total": 100 + 3 * SHARE,
    "previous_total": 100,
}


def test_sums_are_those_of_what_is_listed(checked: EpochCheck) -> None:
    """A use that should not be there is one finding of its own, and not also a wrong sum."""
    assert list(compare_sums(checked, **HONEST)) == []


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"uses": 2}, EpochRule.WRONG_COUNT),
        ({"debits": [2 * PRICE + 1, PRICE]}, EpochRule.WRONG_DEBIT),
        ({"gross": 3 * PRICE - 1}, EpochRule.WRONG_GROSS),
        ({"total": 100 + 3 * SHARE + 1}, EpochRule.WRONG_TOTAL),
        ({"previous_total": 99}, EpochRule.WRONG_TOTAL),
    ],
)
def test_a_sum_that_does_not_follow_is_named(checked: EpochCheck, changed: dict[str, Any], rule: EpochRule) -> None:
    assert [violation.rule for violation in compare_sums(checked, **(HONEST | changed))] == [rule]


def test_a_wrong_debit_names_the_campaign(checked: EpochCheck) -> None:
    (violation,) = compare_sums(checked, **(HONEST | {"debits": [2 * PRICE, 0]}))
    assert violation.campaign == campaign(salt=2).id
    assert violation.detail == f"The campaign's uses come to {PRICE} base units, 0 were debited."


PREVIOUS, SHARES, CURRENT = [(ANNA, 5), (CHLOE, 7)], [(ANNA, 10), (BEN, 3)], [(ANNA, 15), (BEN, 3), (CHLOE, 7)]


def test_totals_are_earlier_ones_and_shares() -> None:
    assert list(compare_totals(PREVIOUS, SHARES, CURRENT, total=25)) == []


@pytest.mark.parametrize(
    ("current", "whom"),
    [
        ([(ANNA, 14), (BEN, 4), (CHLOE, 7)], [ANNA, BEN]),
        ([(BEN, 18), (CHLOE, 7)], [ANNA, BEN]),
        ([(ANNA, 15), (CHLOE, 10)], [BEN, CHLOE]),
        ([(ANNA, 15), (BEN, 10)], [BEN, CHLOE]),
        ([(ANNA, 15), (ANNA, 0), (BEN, 3), (CHLOE, 7)], [ANNA]),
        ([(ANNA, 15), (CHLOE, 7), (BEN, 3)], [BEN, BEN]),
        ([(ANNA, 15), (BEN, 3), (CHLOE, 7), (bytes.fromhex("dd" * 20), 0)], [bytes.fromhex("dd" * 20)]),
    ],
)
def test_whoever_has_too_much_or_too_little_is_named(current: list[tuple[bytes, int]], whom: list[bytes]) -> None:
    violations = list(compare_totals(PREVIOUS, SHARES, current, total=25))
    assert {violation.rule for violation in violations} == {EpochRule.WRONG_SHARE}
    assert sorted(violation.subject or b"" for violation in violations) == whom


def test_leaves_add_up_to_the_settled_total() -> None:
    (violation,) = compare_totals(PREVIOUS, SHARES, CURRENT, total=26)
    assert violation.rule is EpochRule.WRONG_TOTAL
    assert violation.detail == "All running totals add up to 25 base units; 26 was settled."


@given(
    previous=st.dictionaries(st.binary(min_size=20, max_size=20), st.integers(1, 99), max_size=8),
    shares=st.dictionaries(st.sampled_from([ANNA, BEN, CHLOE]), st.integers(1, 99)),
)
def test_any_honest_totals_pass_and_any_changed_one_is_found(
    previous: dict[bytes, int], shares: dict[bytes, int]
) -> None:
    current = {subject: previous.get(subject, 0) + shares.get(subject, 0) for subject in previous | shares}
    total = sum(current.values())

    def compared(now: dict[bytes, int]) -> list[bytes | None]:
        found = compare_totals(sorted(previous.items()), sorted(shares.items()), sorted(now.items()), total=total)
        return [violation.subject for violation in found]

    assert compared(current) == []
    for subject in current:
        assert subject in compared(current | {subject: current[subject] + 1})
        assert subject in compared({other: amount for other, amount in current.items() if other != subject})


def test_day_counts_are_those_of_what_is_listed(checked: EpochCheck) -> None:
    assert list(compare_days(checked, [(ANNA, LANE, 3)])) == []


@pytest.mark.parametrize("days", [[], [(ANNA, LANE, 2)], [(ANNA, LANE, 3), (BEN, LANE, 1)]])
def test_a_wrong_day_count_is_named(checked: EpochCheck, days: list[tuple[bytes, int, int]]) -> None:
    assert [violation.rule for violation in compare_days(checked, days)] == [EpochRule.WRONG_DAYS]
