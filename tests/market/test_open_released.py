"""The advertiser trusts nobody: any three honest keepers of five open a category, and whoever lies is named."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import time
from datetime import timedelta

import pytest

from fairsignal.domain.errors import BadInput, IntegrityError, NotFound, Refused, Unavailable
from fairsignal.domain.release import ReleaseItem
from fairsignal.domain.sealing import HEADER_BYTES, SLOTS
from fairsignal.domain.signal_record import canonical
from fairsignal.market.open_released import Released, item_of, sign_request
from fairsignal.ports import RecordedUse, ReleaseAnswer, ReleaseRequest
from tests.keeper.world import ADVERTISER, CARS, CHAIN_ID, ITEM, NOW, REGISTRY, SIGNAL, SUBJECT, TERMS, TRAVEL
from tests.market.keepers import FailingKeeper, FakeKeeper, Lie, LyingKeeper, Market, SilentKeeper
from tests.market.lies import LIES, MARKET, OTHER, PROFILES, wrong_share

NOBODY = "0x00000000000000000000000000000000000000B3"
OPENED = canonical(TRAVEL, SIGNAL)


@pytest.fixture
def market() -> Market:
    keepers = [dataclasses.replace(keeper, shares=dict(keeper.shares)) for keeper in MARKET.keepers]
    client = dataclasses.replace(MARKET.client, keepers=[(keeper.signer.address, keeper) for keeper in keepers])
    fresh = Market(keepers, dataclasses.replace(MARKET.chain), dataclasses.replace(MARKET.blobs), client)
    fresh.client = dataclasses.replace(client, reader=fresh.chain.reader, blobs=fresh.blobs)
    return fresh


def asked(*items: ReleaseItem) -> ReleaseRequest:
    return sign_request(ADVERTISER, CHAIN_ID, REGISTRY, TERMS, items or (ITEM,), NOW)


def conduct(released: Released) -> dict[int, str]:
    return {keeper.index: keeper.conduct for keeper in released.keepers}


# --- honest keepers -------------------------------------------------------------------------------------------------


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


# --- lying keepers --------------------------------------------------------------------------------------------------


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


# --- slow and silent keepers ----------------------------------------------------------------------------------------


async def test_silent_keepers_are_named_and_not_waited_for(market: Market) -> None:
    market.client = dataclasses.replace(market.client, patience=timedelta(milliseconds=30))
    for index in (1, 2):
        market.replace(index, SilentKeeper)
    seen: dict[int, str] = {}
    while not {1, 2} <= seen.keys():
        began = time.monotonic()
        released = await market.client.open(asked())
        assert time.monotonic() - began < 10
        assert released.items[0].signal == OPENED
        seen |= conduct(released)
    assert [seen[index] for index in (1, 2)] == ["silent", "silent"]


async def test_keeper_that_is_merely_slow_still_counts(market: Market) -> None:
    market.client = dataclasses.replace(market.client, patience=timedelta(milliseconds=20))
    market.keepers[0].seconds = 0.1
    for index in (4, 5):
        market.replace(index, FailingKeeper, error=Unavailable("Down.", code="keeper-unavailable"))
    released = await market.client.open(asked())
    assert released.items[0].signal == OPENED
    assert conduct(released) | {4: "silent", 5: "silent"} == {
        1: "honest", 2: "honest", 3: "honest", 4: "silent", 5: "silent",
    }  # fmt: skip


async def test_one_lying_one_silent_one_slow_still_opens(market: Market) -> None:
    market.client = dataclasses.replace(market.client, patience=timedelta(milliseconds=20))
    market.replace(1, LyingKeeper, lie=wrong_share)
    market.replace(2, SilentKeeper)
    market.keepers[2].seconds = 0.1
    released = await market.client.open(asked())
    assert released.items[0].signal == OPENED
    assert conduct(released)[3] == "honest"


async def test_nobody_answers(market: Market) -> None:
    for index in range(1, 6):
        market.replace(index, FailingKeeper, error=Unavailable("Down.", code="keeper-unavailable"))
    released = await market.client.open(asked())
    assert (released.items[0].opened, released.items[0].refused) == (False, "keeper-unavailable")
    assert conduct(released) == dict.fromkeys(range(1, 6), "silent")


async def test_giving_up_leaves_no_request_behind(market: Market) -> None:
    for index in range(1, 6):
        market.replace(index, SilentKeeper)
    before = asyncio.all_tasks()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await market.client.open(asked())
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


# --- blobs ----------------------------------------------------------------------------------------------------------


async def test_blob_source_that_returns_other_bytes_is_found_out(market: Market) -> None:
    (cid,) = (cid for cid, blob in market.blobs.by_cid.items() if blob == PROFILES[SUBJECT].manifest)
    altered = bytearray(PROFILES[SUBJECT].manifest)
    altered[HEADER_BYTES] ^= 1
    for blob in (bytes(altered), PROFILES[OTHER].manifest, b"", b"nonsense"):
        market.blobs.by_cid = market.blobs.by_cid | {cid: blob}
        with pytest.raises(IntegrityError) as caught:
            await market.client.open(asked())
        assert caught.value.code == "manifest-mismatch"
    assert market.asked == 0


async def test_blob_that_nobody_has_is_not_found(market: Market) -> None:
    class Empty:
        async def get(self, cid: str) -> bytes:
            raise NotFound("It is not here.")

    market.client = dataclasses.replace(market.client, blobs=Empty())
    with pytest.raises(NotFound):
        await market.client.open(asked())


# --- requests -------------------------------------------------------------------------------------------------------


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
