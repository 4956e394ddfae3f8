"""Consent words, lanes and the rule of being in force."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.domain.categories import BY_SLUG, INTERESTS, PROHIBITED
from fairsignal.domain.consent import (
    Consent,
    ConsentTerms,
    Purpose,
    SubjectState,
    categories_mask,
    is_in_force,
    lane_of,
    lane_parts,
    slugs_of,
)
from fairsignal.domain.errors import BadInput

OPERATOR = "0x00000000000000000000000000000000000000A1"
NOW = 1_800_000_000


def terms(**changes: object) -> ConsentTerms:
    plain = ConsentTerms(OPERATOR, Purpose.AD_TARGETING, categories_mask(["travel"]), 10_000, 5, NOW + 86_400)
    return dataclasses.replace(plain, **changes)


def consent(**changes: object) -> Consent:
    plain = Consent(categories_mask(["travel"]), NOW - 10, NOW + 86_400, 10_000, 5, 1, guarded=False)
    return dataclasses.replace(plain, **changes)


@given(
    st.integers(1, (1 << 112) - 1),
    st.integers(0, (1 << 32) - 1),
    st.integers(0, (1 << 32) - 1),
    st.integers(1, (1 << 12) - 1),
    st.integers(0, (1 << 19) - 1),
    st.integers(0, (1 << 32) - 1),
)
def test_word_round_trips(categories: int, ends_at: int, floor: int, cap: int, version: int, granted_at: int) -> None:
    terms = ConsentTerms(OPERATOR, Purpose.AD_TARGETING, categories, floor, cap, ends_at)
    word = terms.word(version=version, granted_at=granted_at)
    assert Consent.from_word(word) == Consent(categories, granted_at, ends_at, floor, cap, version, guarded=False)


def test_what_a_person_grants_by_an_own_transaction_leaves_version_and_time_to_the_contract() -> None:
    own = Consent.from_word(terms().word())
    assert (own.version, own.granted_at, own.guarded) == (0, 0, False)


def test_highest_bit_is_the_guardians() -> None:
    assert Consent.from_word(1 << 255).guarded


@pytest.mark.parametrize("category", PROHIBITED, ids=lambda c: c.slug)
def test_prohibited_category_cannot_be_consented_to(category: object) -> None:
    with pytest.raises(BadInput) as caught:
        terms(categories=1 << category.bit | 1)
    assert caught.value.code == "prohibited-category"
    with pytest.raises(BadInput) as caught:
        categories_mask([category.slug])
    assert caught.value.code == "prohibited-category"


@pytest.mark.parametrize("bit", range(112, 128))
def test_reserved_bits_are_refused_like_prohibited_ones(bit: int) -> None:
    with pytest.raises(BadInput):
        terms(categories=1 << bit)


@pytest.mark.parametrize("changes", [{"cap": 0}, {"cap": 4096}, {"floor": 1 << 32}, {"floor": -1}, {"categories": 0}])
def test_terms_out_of_range_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(BadInput):
        terms(**changes)


def test_unknown_category_is_named() -> None:
    with pytest.raises(BadInput, match="'yachts'"):
        categories_mask(["yachts"])


def test_slugs_and_masks_are_inverse() -> None:
    slugs = [category.slug for category in INTERESTS]
    assert slugs_of(categories_mask(slugs)) == slugs


def test_lane_holds_operator_and_purpose() -> None:
    lane = lane_of(OPERATOR, 3)
    assert lane_parts(lane) == (OPERATOR.lower(), 3)


@pytest.mark.parametrize(
    ("changed", "state", "expected"),
    [
        ({}, SubjectState(), True),
        ({"ends_at": NOW}, SubjectState(), False),
        ({"ends_at": NOW + 1}, SubjectState(), True),
        ({"granted_at": 0, "ends_at": 0}, SubjectState(), False),
        ({}, SubjectState(revoked_all_at=NOW - 11), True),
        ({}, SubjectState(revoked_all_at=NOW - 10), False),
        ({}, SubjectState(revoked_all_at=NOW), False),
        ({}, SubjectState(minor=True), False),
        ({"guarded": True}, SubjectState(minor=True), True),
    ],
)
def test_in_force(changed: dict[str, int], state: SubjectState, expected: bool) -> None:
    assert is_in_force(consent(**changed), state, Purpose.AD_TARGETING, NOW) is expected


@pytest.mark.parametrize("purpose", [Purpose.PROACTIVE_MESSAGE, Purpose.MODEL_TRAINING])
def test_minor_is_never_messaged_or_trained_on_even_with_the_guardian(purpose: Purpose) -> None:
    assert not is_in_force(consent(guarded=True), SubjectState(minor=True), purpose, NOW)


def test_category_bits_never_move() -> None:
    # Part of every signed consent: a change here breaks what people agreed to.
    first = "travel outdoors fitness cooking cars home_improvement fashion beauty gaming music movies books"
    rest = "personal_finance real_estate parenting pets gardening electronics photography education careers sports"
    assert [BY_SLUG[slug].bit for slug in (first + " " + rest).split()] == list(range(22))
    assert {c.slug: c.bit for c in PROHIBITED} == {
        "religion": 120,
        "orientation": 119,
        "politics": 118,
        "health": 117,
        "ethnicity": 116,
        "union": 115,
        "minor": 114,
    }
