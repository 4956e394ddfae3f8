"""The advertiser trusts nobody: whoever lies is named, and the others open."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from fairsignal.domain.errors import Unavailable
from fairsignal.ports import ReleaseAnswer, ReleaseRequest
from tests.keeper.world import ITEM
from tests.market.asking import NOBODY, OPENED, asked, conduct
from tests.market.keepers import FailingKeeper, FakeKeeper, Lie, LyingKeeper, Market
from tests.market.lies import LIES, OTHER, wrong_share


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
async def test_liar_is_named_and_made_up_for(market: Market, lie: Lie) -> None:
    """Asked again until the liar is among those who are asked; it answers first."""
    market.client = dataclasses.replace(market.client, patience=timedelta(seconds=20))
    liar = market.replace(2, LyingKeeper, lie=lie)
    market.replace(5, FailingKeeper, error=Unavailable("Down.", code="keeper-unavailable"))
    for keeper in market.keepers:
        keeper.seconds = 0.0 if keeper is liar else 0.02
    released = await market.client.open(asked())
    while liar.asked == 0:
        released = await market.client.open(asked())
    assert released.items[0].signal == OPENED
    assert conduct(released)[2] == "lying"
    named = next(keeper for keeper in released.keepers if keeper.index == 2)
    assert named.url == "keeper-2"
    assert named.detail
    assert {how for index, how in conduct(released).items() if index not in (2, 5)} == {"honest"}


async def test_two_liars_are_named_and_made_up_for(market: Market) -> None:
    market.client = dataclasses.replace(market.client, patience=timedelta(seconds=20))
    for index in (1, 4):
        market.replace(index, LyingKeeper, lie=wrong_share)
    for keeper in market.keepers:
        keeper.seconds = 0.0 if isinstance(keeper, LyingKeeper) else 0.01
    seen: dict[int, str] = {}
    while not {1, 4} <= seen.keys():
        released = await market.client.open(asked())
        assert released.items[0].signal == OPENED
        seen |= conduct(released)
    assert [seen[index] for index in (1, 4)] == ["lying", "lying"]
    assert all(how == "honest" for index, how in seen.items() if index not in (1, 4))


async def test_three_liars_are_named_and_nothing_opens(market: Market) -> None:
    for index in (1, 3, 5):
        market.replace(index, LyingKeeper, lie=wrong_share)
    released = await market.client.open(asked())
    (item,) = released.items
    assert (item.opened, item.signal) == (False, None)
    assert item.refused
    assert conduct(released) == {1: "lying", 2: "honest", 3: "lying", 4: "honest", 5: "lying"}


async def test_liar_about_one_item_of_a_cohort_is_named_and_the_rest_opens(market: Market) -> None:
    def lie(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
        first, second = (keeper.result(request, item) for item in request.items)
        return keeper.signed(request, (first, dataclasses.replace(second, share=first.share)))

    for index in (1, 2):
        market.replace(index, LyingKeeper, lie=lie)
    items = (ITEM, dataclasses.replace(ITEM, use_index=1, subject=OTHER))
    for _ in range(4):
        released = await market.client.open(asked(*items))
        assert [item.signal for item in released.items] == [OPENED, OPENED]
        assert all((how == "lying") == (index in (1, 2)) for index, how in conduct(released).items())


async def test_keeper_that_claims_a_profile_which_is_not_attested_lies(market: Market) -> None:
    def lie(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
        return keeper.signed(request, tuple(keeper.result(request, ITEM) for _ in request.items))

    for index in (1, 2, 3, 4, 5):
        market.replace(index, LyingKeeper, lie=lie)
    items = (ITEM, dataclasses.replace(ITEM, use_index=1, subject=NOBODY))
    released = await market.client.open(asked(*items))
    assert [item.opened for item in released.items] == [True, False]
    assert set(conduct(released).values()) == {"lying"}
