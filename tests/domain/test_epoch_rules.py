"""Every rule of an epoch, broken one at a time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.domain.consent_history import ConsentHistory
from fairsignal.domain.decision import Rule
from fairsignal.domain.epoch_rules import EpochRule, LoggedCampaign
from tests.domain.epochs import (
    ANNA,
    BEN,
    LANE,
    MUSIC,
    PRICE,
    SHARE,
    TIMES,
    campaign,
    check,
    grant,
    recorded,
    use,
)


@pytest.fixture
def history() -> ConsentHistory:
    made = ConsentHistory()
    grant(made)
    return made


def test_uses_that_keep_all_rules_are_kept_and_added_up(history: ConsentHistory) -> None:
    checked = check(history, campaign(), campaign(salt=2, price_per_use=60_000))
    group = checked.group(ANNA, [use(1, 11), use(2, 12, at=1), use(3, 60)])
    assert group.violations == []
    assert group.kept == [use(1, 11), use(2, 12, at=1), use(3, 60)]
    assert group.share == group.listed_share == 2 * SHARE + 42_000
    assert (checked.uses, checked.debits, checked.gross) == (3, [2 * PRICE, 60_000], 2 * PRICE + 60_000)
    assert checked.shares == group.share
    assert checked.finish() == []


def test_a_use_that_breaks_a_rule_is_named_and_not_added_up(history: ConsentHistory) -> None:
    checked = check(history)
    group = checked.group(ANNA, [use(1, 11), use(2, 12, category=MUSIC)])
    (violation,) = group.violations
    assert violation.rule is Rule.CATEGORY_NOT_CONSENTED
    assert (violation.subject, violation.use_id, violation.block) == (ANNA, use(2, 12)[0], 12)
    assert violation.campaign == campaign().id
    assert (group.share, group.listed_share) == (SHARE, 2 * SHARE)
    assert (checked.debits, checked.listed_debits) == ([PRICE], [2 * PRICE])
    assert (checked.uses, checked.listed_uses) == (1, 2)


CASES: list[tuple[str, LoggedCampaign | None, dict[str, Any]]] = [
    (EpochRule.BLOCK_OUTSIDE_EPOCH, campaign(), {"block": 10}),
    (EpochRule.BLOCK_OUTSIDE_EPOCH, campaign(), {"block": 61}),
    (EpochRule.UNKNOWN_CAMPAIGN, None, {}),
    (EpochRule.UNKNOWN_CAMPAIGN, campaign(), {"at": 1}),
    (EpochRule.FOREIGN_CAMPAIGN, campaign(operator="0x" + "0e" * 20), {}),
    (EpochRule.CAMPAIGN_NOT_METERED, campaign(metered=False), {}),
    (EpochRule.CAMPAIGN_NOT_OPEN, campaign(opened_block=21), {}),
    (Rule.CAMPAIGN_ENDED, campaign(ends_at=TIMES[20]), {}),
    (Rule.CAMPAIGN_ENDED, campaign(closes_at=TIMES[20]), {}),
    (Rule.CATEGORY_NOT_IN_CAMPAIGN, campaign(categories=1 << MUSIC), {}),
    (Rule.NO_CONSENT, campaign(purpose=2), {}),
    (Rule.CATEGORY_NOT_CONSENTED, campaign(), {"category": MUSIC}),
    (Rule.PRICE_BELOW_FLOOR, campaign(price_per_use=PRICE - 1), {}),
]


@pytest.mark.parametrize(
    ("rule", "bought", "changed"), CASES, ids=[f"{rule}-{n}" for n, (rule, _, _) in enumerate(CASES)]
)
def test_a_use_that_breaks_one_rule_is_refused_by_its_name(
    history: ConsentHistory, rule: str, bought: LoggedCampaign | None, changed: dict[str, Any]
) -> None:
    group = check(history, bought).group(ANNA, [use(1, **({"block": 20} | changed))])
    assert [violation.rule for violation in group.violations] == [rule]
    assert group.kept == []


@pytest.mark.parametrize(
    "bought", [campaign(opened_block=20), campaign(ends_at=TIMES[20] + 1), campaign(closes_at=TIMES[20] + 1)]
)
def test_a_campaign_takes_uses_from_its_block_until_its_last_second(
    history: ConsentHistory, bought: LoggedCampaign
) -> None:
    assert check(history, bought).group(ANNA, [use(1, 20)]).violations == []


def test_a_consent_must_hold_at_the_block_of_the_use(history: ConsentHistory) -> None:
    history.revoked_all(ANNA, block=20, log_index=0, timestamp=TIMES[20])
    grant(history, block=30)
    group = check(history).group(ANNA, [use(1, 19), use(2, 20), use(3, 29), use(4, 30)])
    assert [(v.rule, v.block) for v in group.violations] == [(Rule.NO_CONSENT, 20), (Rule.NO_CONSENT, 29)]
    assert f"ended with all others at {TIMES[20]}" in group.violations[0].detail


def test_somebody_elses_consent_does_not_count(history: ConsentHistory) -> None:
    group = check(history).group(BEN, [use(1, 20)])
    assert [violation.detail for violation in group.violations] == ["There was no consent."]


def test_the_cap_counts_by_utc_day(history: ConsentHistory) -> None:
    group = check(history).group(ANNA, [use(1, 24), use(2, 25), use(3, 47), use(4, 48), use(5, 49)])
    assert [(v.rule, v.use_id) for v in group.violations] == [(Rule.DAILY_CAP_REACHED, use(3, 47)[0])]


def test_the_cap_counts_earlier_epochs_of_the_first_day_only(history: ConsentHistory) -> None:
    group = check(history, earlier={(ANNA, LANE): 1, (BEN, LANE): 2}).group(ANNA, [use(1, 11), use(2, 12), use(3, 24)])
    assert [violation.block for violation in group.violations] == [12]


def test_the_cap_counts_uses_recorded_at_once_before_and_in_the_same_block(history: ConsentHistory) -> None:
    checked = check(history, at_once=[recorded(9, 0), recorded(12, 1), recorded(30, 2)])
    group = checked.group(ANNA, [use(1, 11), use(2, 12), use(3, 31), use(4, 31)])
    assert [violation.block for violation in group.violations] == [12, 31]


def test_a_use_recorded_at_once_after_metered_ones_is_named_and_voids_nothing(history: ConsentHistory) -> None:
    checked = check(history, at_once=[recorded(26, 0), recorded(28, 1)])
    group = checked.group(ANNA, [use(1, 27)])
    assert group.violations == []
    (overrun,) = checked.overruns
    assert (overrun.rule, overrun.block, overrun.subject) == (Rule.DAILY_CAP_REACHED, 28, ANNA)
    assert "Use 1 of the campaign was recorded at once after 1 metered and 1 other uses" in overrun.detail


def test_a_use_recorded_at_once_is_named_when_only_earlier_epochs_metered_that_day(history: ConsentHistory) -> None:
    checked = check(history, at_once=[recorded(9, 0), recorded(11, 1), recorded(12, 2)], earlier={(ANNA, LANE): 1})
    checked.finish()
    assert [overrun.block for overrun in checked.overruns] == [11, 12]


def test_what_the_contract_alone_counts_is_no_overrun(history: ConsentHistory) -> None:
    checked = check(history, at_once=[recorded(11, 0), recorded(12, 1), recorded(13, 2)])
    checked.finish()
    assert checked.overruns == []


def test_a_use_that_breaks_a_rule_takes_nothing_of_the_cap(history: ConsentHistory) -> None:
    group = check(history).group(ANNA, [use(1, 24, category=MUSIC), use(2, 25), use(3, 26)])
    assert group.kept == [use(2, 25), use(3, 26)]


def test_an_id_counts_once_for_a_person(history: ConsentHistory) -> None:
    checked = check(history)
    group = checked.group(ANNA, [use(1, 11), use(1, 11), use(1, 24)])
    assert [(v.rule, v.block) for v in group.violations] == [
        (EpochRule.USE_COUNTED_TWICE, 11),
        (EpochRule.USE_COUNTED_TWICE, 24),
    ]
    assert [violation.use_id for violation in checked.finish()] == [use(1, 11)[0]]


def test_an_id_counts_once_among_all_people(history: ConsentHistory) -> None:
    grant(history, BEN)
    checked = check(history)
    assert checked.group(ANNA, [use(1, 11), use(2, 12)]).violations == []
    assert checked.group(BEN, [use(2, 11)]).violations == []
    assert [(v.rule, v.use_id) for v in checked.finish()] == [(EpochRule.USE_COUNTED_TWICE, use(2, 11)[0])]


def test_records_come_by_block_and_then_by_id(history: ConsentHistory) -> None:
    grant(history, BEN, cap=9)
    group = check(history).group(BEN, [use(2, 12), use(1, 12), use(3, 11), use(4, 12)])
    assert [(v.rule, v.use_id) for v in group.violations] == [
        (EpochRule.RECORDS_OUT_OF_ORDER, use(1, 12)[0]),
        (EpochRule.RECORDS_OUT_OF_ORDER, use(3, 11)[0]),
    ]


def test_the_last_days_counts_are_what_the_next_epoch_starts_from(history: ConsentHistory) -> None:
    grant(history, BEN, cap=3)
    whole = check(history, to_block=60)
    for subject, blocks in ((ANNA, (24, 48, 49)), (BEN, (47, 50))):
        whole.group(subject, [use(block, block) for block in blocks])
    assert whole.day_counts == {(ANNA, LANE): 2, (BEN, LANE): 1}

    following = check(history, from_block=60, to_block=80, earlier=whole.day_counts)
    group = following.group(ANNA, [use(61, 61), use(72, 72)])
    assert [violation.block for violation in group.violations] == [61]
    assert following.day_counts == {(ANNA, LANE): 1}


def test_a_day_that_began_before_the_epoch_is_counted_on(history: ConsentHistory) -> None:
    checked = check(history, from_block=30, to_block=40, earlier={(ANNA, LANE): 1, (BEN, LANE): 1})
    checked.group(ANNA, [use(1, 31)])
    assert checked.day_counts == {(ANNA, LANE): 2, (BEN, LANE): 1}


@given(
    caps=st.integers(1, 3),
    uses=st.lists(st.tuples(st.integers(5, 70), st.sampled_from([0, MUSIC]), st.sampled_from([0, 1, 2])), max_size=25),
    at_once=st.lists(st.integers(11, 60), max_size=6),
    revoked=st.integers(12, 60),
)
def test_what_one_check_keeps_the_next_one_accepts_whole(
    caps: int, uses: list[tuple[int, int, int]], at_once: list[int], revoked: int
) -> None:
    """The builder's and the auditor's verdicts cannot differ."""
    history = ConsentHistory()
    grant(history, cap=caps)
    history.revoked_all(ANNA, block=revoked, log_index=0, timestamp=TIMES[revoked])
    records = sorted(
        (use(n, block, at=at, category=category) for n, (block, category, at) in enumerate(uses)),
        key=lambda r: (r[3], r[0]),
    )
    facts = {"at_once": [recorded(block, n) for n, block in enumerate(sorted(at_once))]}
    built, again = (check(history, campaign(), campaign(salt=2), **facts) for _ in range(2))
    kept = built.group(ANNA, records)
    confirmed = again.group(ANNA, kept.kept)
    assert confirmed.violations == []
    assert confirmed.kept == kept.kept
    assert len(kept.kept) + len(kept.violations) == len(records)
    assert (again.listed_debits, again.listed_shares) == (built.debits, built.shares)
    assert again.day_counts == built.day_counts
    for day in range(3):
        on_day = [record for record in kept.kept if record[3] // 24 == day]
        assert len(on_day) <= caps
        before_last = [block for block in at_once if on_day and block // 24 == day and block <= on_day[-1][3]]
        assert not on_day or len(on_day) + len(before_last) <= caps
