"""What a keeper asks of the chain, rule by rule, at the head and at the finalized block."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from fairsignal.domain.consent import categories_mask
from fairsignal.domain.errors import Refused
from fairsignal.domain.hpke import public_key_of
from fairsignal.keeper.verify import OPENS_FOR, check_campaign, check_item
from fairsignal.ports import BlockRef, PaidUse, ReleaseSnapshot, SubjectFacts
from tests.keeper.world import CARS, CONSENT, ITEM, NOW, RECIPIENT, SUBJECT, TERMS, TRAVEL, USED, snapshot

GOOD = snapshot()
DIGEST = GOOD.head.subjects[SUBJECT].digest
BOTH = pytest.mark.parametrize(("end", "named"), [("head", "(head)"), ("final", "(finalized)")], ids=["head", "final"])


def where(end: str, given: ReleaseSnapshot = GOOD, **changes: Any) -> ReleaseSnapshot:
    """The snapshot with other facts of the campaign at one end."""
    return dataclasses.replace(given, **{end: dataclasses.replace(getattr(given, end), **changes)})


def subject_where(end: str, given: ReleaseSnapshot = GOOD, **changes: Any) -> ReleaseSnapshot:
    """The snapshot with other facts of the subject at one end."""
    before: SubjectFacts = getattr(given, end).subjects[SUBJECT]
    return where(end, given, subjects={SUBJECT: dataclasses.replace(before, **changes)})


def used_at(block: BlockRef) -> ReleaseSnapshot:
    return snapshot(uses={0: PaidUse(SUBJECT, TRAVEL, block)})


def refused(given: ReleaseSnapshot, item: Any = ITEM, terms: Any = TERMS) -> Refused:
    with pytest.raises(Refused) as caught:
        check_item(given, terms, item)
    return caught.value


def campaign_refused(given: ReleaseSnapshot) -> Refused:
    with pytest.raises(Refused) as caught:
        check_campaign(given)
    return caught.value


def test_consented_paid_and_final_is_released() -> None:
    assert check_campaign(GOOD) == public_key_of(RECIPIENT)
    assert check_item(GOOD, TERMS, ITEM) == DIGEST


@BOTH
def test_campaign_must_be_on_chain(end: str, named: str) -> None:
    error = campaign_refused(where(end, campaign=None))
    assert error.code == "no-such-campaign"
    assert named in error.message


@BOTH
def test_advertiser_must_have_named_a_recipient_key(end: str, named: str) -> None:
    assert GOOD.head.campaign is not None
    error = campaign_refused(where(end, campaign=dataclasses.replace(GOOD.head.campaign, recipient_key=bytes(32))))
    assert error.code == "no-recipient-key"
    assert named in error.message


def test_a_recipient_key_that_is_not_final_gets_nothing() -> None:
    assert GOOD.head.campaign is not None
    fresh = dataclasses.replace(GOOD.head.campaign, recipient_key=b"\x0b" * 32)
    assert check_campaign(where("head", campaign=fresh)) == public_key_of(RECIPIENT)


def test_category_must_be_the_campaigns() -> None:
    assert refused(GOOD, dataclasses.replace(ITEM, category=CARS)).code == "category-not-in-campaign"


@pytest.mark.parametrize(
    "uses",
    [
        {},
        {1: PaidUse(SUBJECT, TRAVEL, USED)},
        {0: PaidUse(SUBJECT, CARS, USED)},
        {0: PaidUse(TERMS.operator, TRAVEL, USED)},
    ],
    ids=["none", "another index", "another category", "another subject"],
)
def test_use_must_be_recorded_of_that_subject_in_that_category(uses: dict[int, PaidUse]) -> None:
    error = refused(snapshot(uses=uses))
    assert error.code == "not-paid"
    assert error.remedy


def test_use_must_be_final() -> None:
    assert refused(used_at(BlockRef(GOOD.final_block + 1, NOW))).code == "not-final"
    assert check_item(used_at(BlockRef(GOOD.final_block, NOW)), TERMS, ITEM) == DIGEST


@BOTH
def test_subject_that_asked_for_erasure_is_not_opened(end: str, named: str) -> None:
    error = refused(subject_where(end, erasure_open=True))
    assert error.code == "erasure-requested"
    assert named in error.message


@BOTH
def test_profile_must_be_attested(end: str, named: str) -> None:
    error = refused(subject_where(end, digest=bytes(32)))
    assert error.code == "no-profile"
    assert named in error.message


@BOTH
def test_consent_must_be_in_force(end: str, named: str) -> None:
    error = refused(subject_where(end, consent=None))
    assert error.code == "no-consent"
    assert named in error.message


@BOTH
def test_category_must_be_consented_to(end: str, named: str) -> None:
    other = dataclasses.replace(CONSENT, categories=categories_mask(["cars"]))
    error = refused(subject_where(end, consent=other))
    assert error.code == "category-not-consented"
    assert named in error.message


@BOTH
def test_use_must_be_of_the_consent_in_force(end: str, named: str) -> None:
    error = refused(subject_where(end, consent=dataclasses.replace(CONSENT, granted_at=USED.timestamp + 1)))
    assert error.code == "use-before-grant"
    assert named in error.message


def test_use_in_the_second_of_its_grant_counts() -> None:
    granted = dataclasses.replace(CONSENT, granted_at=USED.timestamp)
    assert check_item(subject_where("head", consent=granted), TERMS, ITEM) == DIGEST


def test_use_opens_its_category_for_a_day() -> None:
    def at(time: int) -> ReleaseSnapshot:
        return where("head", timestamp=time)

    assert OPENS_FOR == 86_400
    assert check_item(at(USED.timestamp + OPENS_FOR), TERMS, ITEM) == DIGEST
    assert refused(at(USED.timestamp + OPENS_FOR + 1)).code == "use-too-old"


@BOTH
def test_profile_must_be_the_same_at_head_and_final(end: str, named: str) -> None:
    error = refused(subject_where(end, digest=b"\2" * 32))
    assert error.code == "not-final"
    assert "new version" in error.message


def test_revocation_is_named_before_a_use_that_is_too_old() -> None:
    late = where("head", timestamp=USED.timestamp + OPENS_FOR + 1)
    assert refused(subject_where("head", late, consent=None)).code == "no-consent"
