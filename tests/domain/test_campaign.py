"""Campaign terms and uses in the words that the market takes."""

from __future__ import annotations

import dataclasses

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.domain.campaign import CampaignTerms, Use, use_word
from fairsignal.domain.errors import BadInput

ADVERTISER = "0x00000000000000000000000000000000000000AD"
OPERATOR = "0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF"
SUBJECT = "0x00000000000000000000000000000000000000B1"
TERMS = CampaignTerms(
    ADVERTISER, OPERATOR, 5, (1 << 128) - 1, (1 << 96) - 1, (1 << 40) - 1, (1 << 47) - 1, metered=True
)


def test_fields_are_where_the_contract_reads_them() -> None:
    # Spelled out from ISignalMarket.sol, one field at a time.
    def words(**only: object) -> tuple[int, int]:
        nothing = CampaignTerms(ADVERTISER, "0x" + "00" * 20, 0, 0, 0, 0, 0)
        terms = dataclasses.replace(nothing, **only)
        return terms.target, terms.bid

    assert words(purpose=5) == (5, 0)
    assert words(operator=OPERATOR) == (((1 << 160) - 1) << 8, 0)
    assert words(ends_at=TERMS.ends_at) == (((1 << 40) - 1) << 168, 0)
    assert words(salt=TERMS.salt) == (((1 << 47) - 1) << 208, 0)
    assert words(metered=True) == (1 << 255, 0)
    assert words(categories=TERMS.categories) == (0, (1 << 128) - 1)
    assert words(price_per_use=TERMS.price_per_use) == (0, ((1 << 96) - 1) << 128)


def test_target_begins_with_the_lane_of_its_consents() -> None:
    assert TERMS.target & (1 << 168) - 1 == TERMS.lane


def test_terms_come_back_from_their_words() -> None:
    again = CampaignTerms.from_words(ADVERTISER, TERMS.target, TERMS.bid)
    assert dataclasses.replace(again, operator=OPERATOR) == TERMS
    assert again.id == TERMS.id
    at_once = dataclasses.replace(TERMS, metered=False)
    assert not CampaignTerms.from_words(ADVERTISER, at_once.target, at_once.bid).metered


def test_id_is_the_hash_of_advertiser_and_both_words() -> None:
    assert TERMS.id == keccak(encode(["address", "uint256", "uint256"], [ADVERTISER, TERMS.target, TERMS.bid]))


@pytest.mark.parametrize(("name", "bits"), [("categories", 128), ("price_per_use", 96), ("ends_at", 40), ("salt", 47)])
def test_field_that_would_run_into_its_neighbour_is_refused(name: str, bits: int) -> None:
    for value in (1 << bits, -1):
        with pytest.raises(BadInput, match=f"{name} has at most {bits} bits"):
            dataclasses.replace(TERMS, **{name: value})


@given(st.integers(0, (1 << 160) - 1), st.integers(0, 255), st.integers(0, (1 << 40) - 1))
def test_use_word_round_trips(subject: int, category: int, index: int) -> None:
    assert Use.from_word(use_word(f"0x{subject:040x}", category, index)) == Use(subject, category, index)


def test_use_fields_are_where_the_contract_reads_them() -> None:
    assert use_word(SUBJECT, 0, 0) == 0xB1
    assert use_word("0x" + "00" * 20, 3, 0) == 3 << 160
    assert use_word("0x" + "00" * 20, 0, 7) == 7 << 168
