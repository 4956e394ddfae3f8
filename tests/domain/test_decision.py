"""Every rule of a decision, by name."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.domain.campaign import USER_SHARE_BPS, Campaign, CampaignTerms, split_price
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.consent import Consent, Purpose, SubjectState, categories_mask
from fairsignal.domain.decision import Allowed, Rule, Standing, decide, floor_in_base_units

NOW = 1_800_000_000
TRAVEL, CARS, PETS = (BY_SLUG[slug].bit for slug in ("travel", "cars", "pets"))
TERMS = CampaignTerms(
    advertiser="0x00000000000000000000000000000000000000AD",
    operator="0x00000000000000000000000000000000000000A1",
    purpose=Purpose.AD_TARGETING,
    categories=categories_mask(["travel", "cars"]),
    price_per_use=50_000,
    ends_at=NOW + 1000,
    salt=1,
)
CAMPAIGN = Campaign(TERMS, recipient_key=b"\1" * 32, escrow=50_000, uses=0, closes_at=0)
CONSENT = Consent(categories_mask(["travel", "pets"]), NOW - 10, NOW + 10, 50_000, 2, 1, guarded=False)
STANDING = Standing(CONSENT, SubjectState(), uses_today=1)


def decided(*, category: int = TRAVEL, standing: Standing = STANDING, campaign: Campaign = CAMPAIGN) -> Allowed | Rule:
    return decide(standing, campaign, category, now=NOW, decimals=6)


def with_consent(**changes: int) -> Standing:
    return dataclasses.replace(STANDING, consent=dataclasses.replace(CONSENT, **changes))


def test_everything_in_order_is_allowed_at_the_campaigns_price() -> None:
    assert decided() == Allowed(category=TRAVEL, price=50_000)


def test_ended_campaign() -> None:
    ended = dataclasses.replace(CAMPAIGN, terms=dataclasses.replace(TERMS, ends_at=NOW))
    assert decided(campaign=ended) is Rule.CAMPAIGN_ENDED


def test_closed_campaign_ends_after_its_grace() -> None:
    assert decided(campaign=dataclasses.replace(CAMPAIGN, closes_at=NOW)) is Rule.CAMPAIGN_ENDED
    assert isinstance(decided(campaign=dataclasses.replace(CAMPAIGN, closes_at=NOW + 1)), Allowed)


def test_category_that_the_campaign_does_not_want() -> None:
    assert decided(category=PETS) is Rule.CATEGORY_NOT_IN_CAMPAIGN


def test_no_consent() -> None:
    assert decided(standing=with_consent(ends_at=NOW)) is Rule.NO_CONSENT


def test_category_that_was_not_consented_to() -> None:
    assert decided(category=CARS) is Rule.CATEGORY_NOT_CONSENTED


def test_price_below_the_persons_floor() -> None:
    assert decided(standing=with_consent(floor=50_001)) is Rule.PRICE_BELOW_FLOOR


def test_daily_cap() -> None:
    assert decided(standing=dataclasses.replace(STANDING, uses_today=2)) is Rule.DAILY_CAP_REACHED


def test_exhausted_budget() -> None:
    assert decided(campaign=dataclasses.replace(CAMPAIGN, escrow=49_999)) is Rule.BUDGET_EXHAUSTED


@pytest.mark.parametrize(("decimals", "expected"), [(6, 1), (18, 10**12)])
def test_floor_scales_with_the_tokens_decimals(decimals: int, expected: int) -> None:
    assert floor_in_base_units(1, decimals) == expected


@given(st.integers(1, (1 << 96) - 1))
def test_split_gives_the_person_at_least_the_share_and_loses_nothing(price: int) -> None:
    split = split_price(price)
    assert split.subject + split.operator == price
    assert split.subject * 10_000 >= price * USER_SHARE_BPS
    assert (split.subject - 1) * 10_000 < price * USER_SHARE_BPS
