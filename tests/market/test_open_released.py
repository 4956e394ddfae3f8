"""Any three honest keepers of five open a category; cohorts are opened item by item."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from fairsignal.domain.errors import BadInput, Refused, Unavailable
from fairsignal.domain.release import ReleaseItem
from fairsignal.domain.sealing import SLOTS
from fairsignal.market.open_released import item_of
from fairsignal.ports import RecordedUse
from tests.keeper.world import CARS, ITEM, NOW, SUBJECT, TERMS, TRAVEL
from tests.market.asking import NOBODY, OPENED, asked, conduct
from tests.market.keepers import FailingKeeper, Market
from tests.market.lies import MARKET, OTHER


async def test_three_honest_keepers_open_a_category_and_no_more_are_asked(market: Market) -> None:
    released = await market.client.open(asked())
    assert [(item.opened, item.signal) for item in released.items] == [(True, OPENED)]
    assert list(conduct(released).values()) == ["honest"] * 3
    assert market.asked == 3


@pytest.mark.parametrize("quorum", list(itertools.combinations(range(1, 6), 3)), ids=str)
async def test_any_three_keepers_suffice(market: Market, quorum: tuple[int, ...]) -> None:
    for index in set(range(1, 6)) - set(quorum):
        market.replace(index, FailingKeeper, error=Unavailable("Down.", code="keeper-unavailable"))
    released = await market.client.open(asked())
    assert released.items[0].signal == OPENED
    assert {index for index, how in conduct(released).items() if how == "honest"} == set(quorum)
    assert {how for index, how in conduct(released).items() if index not in quorum} <= {"silent"}


async def test_empty_category_opens_and_holds_nothing(market: Market) -> None:
    (item,) = (await market.client.open(asked(dataclasses.replace(ITEM, category=CARS)))).items
    assert (item.opened, item.signal) == (True, None)


async def test_load_is_spread_over_all_keepers(market: Market) -> None:
    for _ in range(12):
        await market.client.open(asked())
    assert market.asked == 36
    assert all(keeper.asked for keeper in market.keepers)


async def test_cohort_is_opened_and_refused_item_by_item(market: Market) -> None:
    items = (
        ITEM,
        dataclasses.replace(ITEM, use_index=1),
        dataclasses.replace(ITEM, use_index=2, subject=OTHER),
        dataclasses.replace(ITEM, use_index=3, subject=NOBODY),
    )
    for keeper in market.keepers:
        keeper.refuses = {1: "not-paid", 3: "no-profile"}
    released = await market.client.open(asked(*items))
    assert [item.opened for item in released.items] == [True, False, True, False]
    assert [item.refused for item in released.items] == ["", "not-paid", "", "no-profile"]
    assert released.items[1].detail == "The rule says no."
    assert conduct(released) == dict.fromkeys(range(1, 6), "refused")


async def test_two_keepers_that_lost_a_share_are_made_up_for(market: Market) -> None:
    for index in (2, 4):
        market.keepers[index - 1].refuses = {0: "no-share"}
    released = await market.client.open(asked())
    assert released.items[0].signal == OPENED
    assert all(how == ("refused" if index in (2, 4) else "honest") for index, how in conduct(released).items())


async def test_refused_everywhere_gives_the_rule(market: Market) -> None:
    for keeper in market.keepers:
        keeper.refuses = {0: "no-consent"}
    released = await market.client.open(asked())
    (item,) = released.items
    assert (item.opened, item.refused, item.detail) == (False, "no-consent", "The rule says no.")
    assert conduct(released) == dict.fromkeys(range(1, 6), "refused")


async def test_request_refused_as_a_whole_gives_the_rule(market: Market) -> None:
    for index in range(1, 6):
        market.replace(index, FailingKeeper, error=Refused("No such campaign.", code="no-such-campaign"))
    released = await market.client.open(asked())
    assert (released.items[0].refused, released.items[0].detail) == ("no-such-campaign", "No such campaign.")
    assert conduct(released) == dict.fromkeys(range(1, 6), "refused")


async def test_subject_without_a_profile_is_nobodys_fault(market: Market) -> None:
    released = await market.client.open(asked(dataclasses.replace(ITEM, subject=NOBODY)))
    assert (released.items[0].opened, released.items[0].refused) == (False, "no-profile")
    assert released.keepers == ()
    assert market.asked == 0


async def test_category_without_a_slot_is_bad_input(market: Market) -> None:
    with pytest.raises(BadInput) as caught:
        await market.client.open(asked(dataclasses.replace(ITEM, category=SLOTS)))
    assert caught.value.code == "unknown-category"


def test_requests_last_two_minutes_and_never_share_a_nonce() -> None:
    requests = [asked() for _ in range(20)]
    assert len({request.nonce for request in requests}) == 20
    assert {request.expires_at for request in requests} == {NOW + 120}


def test_recorded_use_becomes_an_item() -> None:
    use = RecordedUse(TERMS.id, SUBJECT, TRAVEL, 3, 90, "0x" + "0a" * 32)
    assert item_of(use) == ReleaseItem(SUBJECT, TRAVEL, 3, b"\x0a" * 32, 90)


def test_no_key_and_no_signal_shows_in_a_repr() -> None:
    assert MARKET.client.private_key.hex() not in repr(MARKET.client)
    assert repr(MARKET.client.private_key) not in repr(MARKET.client)
