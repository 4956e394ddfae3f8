"""Keepers that lie, are dead, or are slow: any three honest ones of five serve, and the others are named."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fairsignal.adapters.chain import LocalSigner
from fairsignal.cli.local_stack import free_port
from fairsignal.cli.lying_keeper import lying_keeper
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.hpke import public_key_of
from fairsignal.domain.keeper_messages import receipt_message
from fairsignal.domain.keeper_shares import reseal_share
from fairsignal.domain.release import ItemResult, pack_results
from fairsignal.domain.sealing import share_info
from fairsignal.market import open_released
from tests.keepers_e2e.deals import Deal, Market, conducts, opened, refused
from tests.keepers_e2e.misbehaving import intercepted

TRAVEL = BY_SLUG["travel"].bit


@pytest.fixture
def in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keepers are asked by index instead of at random: keeper 1 is always among the first."""

    class Unshuffled:
        @staticmethod
        def shuffle(order: list[Any]) -> None:
            order.sort()

    monkeypatch.setattr(open_released, "random", Unshuffled)


def unreachable() -> str:
    """An address at which nobody listens, as after ``kill -9``, without the seconds that a new start takes."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
async def liar(market: Market, shared_deal: Deal, tmp_path: Path) -> AsyncIterator[None]:
    """Keeper 1 gone bad: with its keys and its database, it signs what it says and releases shares that it made up."""
    environment, url = market.stack.keeper_environments[0], f"http://127.0.0.1:{free_port()}"
    copy = tmp_path / "liar"
    shutil.copytree(environment["FAIRSIGNAL_KEEPER_DATA_DIR"], copy, ignore=shutil.ignore_patterns("*-shm"))
    async with lying_keeper(environment | {"FAIRSIGNAL_KEEPER_DATA_DIR": str(copy)}, url):
        market.urls[0] = url
        yield


async def test_lying_keeper_is_named_and_the_honest_ones_open(
    market: Market, shared_deal: Deal, liar: None, in_order: None
) -> None:
    released = await market.open(shared_deal)
    assert opened(released)
    assert conducts(released) == {1: "lying", 2: "honest", 3: "honest", 4: "honest"}
    assert "does not fit the commitments" in released.keepers[0].detail


async def test_lying_and_dead_keeper_together_leave_three_that_open(
    market: Market, shared_deal: Deal, liar: None, in_order: None
) -> None:
    market.urls[1] = unreachable()
    released = await market.open(shared_deal)
    assert opened(released)
    assert conducts(released) == {1: "lying", 2: "silent", 3: "honest", 4: "honest", 5: "honest"}


async def test_one_lying_and_two_dead_keepers_are_too_many(market: Market, shared_deal: Deal, liar: None) -> None:
    market.urls[1:3] = [unreachable(), unreachable()]
    released = await market.open(shared_deal)
    assert not opened(released)
    assert released.items[0].refused == "keeper-unavailable"
    assert conducts(released) == {1: "lying", 2: "silent", 3: "silent", 4: "honest", 5: "honest"}


async def test_forged_answer_with_a_wrong_receipt_is_named(market: Market, shared_deal: Deal, in_order: None) -> None:
    """Whoever stands before keeper 1 seals a share of its own, properly, and signs with a key of its own."""
    digest = (await market.manifest(shared_deal.person)).header.digest
    deployment = market.wallets[0].reader.deployment
    forger = LocalSigner(secrets.token_bytes(32))

    async def forge(asked: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        info = share_info(digest, shared_deal.terms.id, TRAVEL, 1)
        share = reseal_share(secrets.token_bytes(32), public_key_of(shared_deal.buyer.key), info)
        message = receipt_message(
            deployment.chain_id,
            deployment.profile_registry,
            secrets.token_bytes(32),
            pack_results([ItemResult(digest, share)]),
            answer["released_at"],
        )
        answer["results"][0]["share"] = "0x" + share.hex()
        return answer | {"receipt": "0x" + forger.sign_typed(message).hex()}

    async with intercepted(market.urls[0], forge) as url:
        released = await market.open(shared_deal, urls=[url, *market.urls[1:]])
    assert opened(released)
    assert conducts(released) == {1: "lying", 2: "honest", 3: "honest", 4: "honest"}
    assert "not signed by the keeper" in released.keepers[0].detail


async def test_old_answer_played_back_is_named(market: Market, shared_deal: Deal, in_order: None) -> None:
    kept: list[dict[str, Any]] = []

    async def play_back(asked: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        kept.append(answer)
        return kept[0]

    async with intercepted(market.urls[0], play_back) as url:
        urls = [url, *market.urls[1:]]
        assert conducts(await market.open(shared_deal, urls=urls))[1] == "honest"
        released = await market.open(shared_deal, urls=urls)
    assert opened(released)
    assert conducts(released)[1] == "lying"


async def test_one_keepers_share_given_out_as_anothers_is_named(
    market: Market, shared_deal: Deal, in_order: None
) -> None:
    """Keeper 2 stands where keeper 1 should: its answer is good, but not keeper 1's. In its own place nobody is."""
    urls = [market.urls[1], unreachable(), *market.urls[2:]]
    released = await market.open(shared_deal, urls=urls)
    assert opened(released)
    assert conducts(released) == {1: "lying", 2: "silent", 3: "honest", 4: "honest", 5: "honest"}


async def test_dead_keeper_is_named_silent_and_comes_back_with_its_memory(
    market: Market, shared_deal: Deal, in_order: None
) -> None:
    used = await shared_deal.request()
    await market.answers(used)
    market.stack.keepers[0].kill()
    released = await market.open(shared_deal)
    assert opened(released)
    assert conducts(released) == {1: "silent", 2: "honest", 3: "honest", 4: "honest"}
    await market.stack.restart_keeper(0)
    assert await market.answers(used) == refused("request-replayed")
    assert conducts(await market.open(shared_deal)) == {1: "honest", 2: "honest", 3: "honest"}


async def test_slow_keeper_does_not_hold_up_the_others(market: Market, shared_deal: Deal, in_order: None) -> None:
    with market.stack.stopped_keeper(0):
        started = time.monotonic()
        released = await market.open(shared_deal, patience=0.4)
        seconds = time.monotonic() - started
    assert opened(released)
    assert conducts(released)[1] == "silent"
    assert "lying" not in conducts(released).values()
    assert seconds < 10  # and not the 15 that a request may take
