"""What a keeper asks of the chain, rule by rule."""

from __future__ import annotations

import dataclasses

import pytest

from fairsignal.domain.campaign import Campaign, CampaignTerms
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.consent import Consent, Purpose, SubjectState, categories_mask
from fairsignal.domain.errors import Refused
from fairsignal.keeper.verify import check_release
from fairsignal.ports import BlockRef, RecordedUse, ReleaseFacts

NOW = 1_800_000_000
SUBJECT = "0x00000000000000000000000000000000000000B1"
TRAVEL, CARS = BY_SLUG["travel"].bit, BY_SLUG["cars"].bit
TERMS = CampaignTerms(
    advertiser="0x00000000000000000000000000000000000000AD",
    operator="0x00000000000000000000000000000000000000A1",
    purpose=Purpose.AD_TARGETING,
    categories=categories_mask(["travel"]),
    price_per_use=50_000,
    ends_at=NOW + 1000,
    salt=1,
)
PAID = RecordedUse(TERMS.id, SUBJECT, TRAVEL, use_index=0, block=9, tx_hash="0x01")
FACTS = ReleaseFacts(
    block=BlockRef(10, NOW),
    digest=b"\1" * 32,
    consent=Consent(categories_mask(["travel"]), NOW - 10, NOW + 10, 0, 5, 1, guarded=False),
    subject=SubjectState(),
    campaign=Campaign(TERMS, b"\2" * 32, escrow=0, uses=1, closes_at=0),
    paid=(PAID,),
)


def rule(facts: ReleaseFacts, terms: CampaignTerms = TERMS, category: int = TRAVEL) -> str:
    with pytest.raises(Refused) as caught:
        check_release(facts, terms, category, at="head")
    return caught.value.code


def test_consented_and_paid_is_released() -> None:
    check_release(FACTS, TERMS, TRAVEL, at="head")


def test_campaign_must_be_on_chain() -> None:
    assert rule(dataclasses.replace(FACTS, campaign=None)) == "no-such-campaign"


def test_advertiser_must_have_named_a_recipient_key() -> None:
    without = dataclasses.replace(FACTS.campaign, recipient_key=bytes(32))
    assert rule(dataclasses.replace(FACTS, campaign=without)) == "no-recipient-key"


def test_category_must_be_the_campaigns() -> None:
    assert rule(FACTS, category=CARS) == "category-not-in-campaign"


def test_profile_must_be_attested() -> None:
    assert rule(dataclasses.replace(FACTS, digest=bytes(32))) == "no-profile"


def test_consent_must_be_in_force() -> None:
    ended = dataclasses.replace(FACTS.consent, ends_at=NOW)
    assert rule(dataclasses.replace(FACTS, consent=ended)) == "no-consent"
    assert rule(dataclasses.replace(FACTS, subject=SubjectState(revoked_all_at=NOW))) == "no-consent"


def test_category_must_be_consented_to() -> None:
    other = dataclasses.replace(FACTS.consent, categories=categories_mask(["cars"]))
    assert rule(dataclasses.replace(FACTS, consent=other)) == "category-not-consented"


def test_use_of_that_very_category_must_be_paid() -> None:
    assert rule(dataclasses.replace(FACTS, paid=())) == "not-paid"
    elsewhere = dataclasses.replace(PAID, category=CARS)
    assert rule(dataclasses.replace(FACTS, paid=(elsewhere,))) == "not-paid"
