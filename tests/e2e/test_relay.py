"""Relaying what people signed: at the operator's cost, within limits that only they can fill, revocations always."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fairsignal.adapters.chain import LocalSigner
from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.consent import lane_of
from tests.e2e.actors import PRICE, Buyer, Someone
from tests.e2e.erasing import request_body
from tests.e2e.in_process import Inside, inside

GRANT = "/v1/consents/relay"
REVOKE, REVOKE_ALL = "/v1/consents/relay-revocation", "/v1/consents/relay-revocation-of-all"
ONE_GRANT = 60_000
"""Gas; a grant's estimate is 53,000."""


@pytest.fixture
async def careful(stack: Stack, tmp_path: Path) -> AsyncIterator[Inside]:
    """A backend that relays two messages per person and hour."""
    async with inside(stack, tmp_path, index=False, relay_rate="2/hour") as running:
        yield running


@pytest.fixture
async def poor(stack: Stack, tmp_path: Path) -> AsyncIterator[Inside]:
    """One that can pay for a single grant a day."""
    async with inside(stack, tmp_path, index=False, relay_daily_gas=ONE_GRANT) as running:
        yield running


@pytest.fixture
def person(wallets: list[Wallet]) -> Someone:
    return Someone(wallets[0])


async def sent(at: Inside, path: str, body: dict[str, Any]) -> httpx.Response:
    return await at.http.post(path, json=body)


async def granted(at: Inside, person: Someone, operator: str, version: int = 1) -> httpx.Response:
    return await sent(at, GRANT, await person.grant_body(operator, ["travel"], version=version))


async def test_persons_limit_is_filled_by_what_they_signed(
    careful: Inside, stack: Stack, person: Someone, wallets: list[Wallet]
) -> None:
    operator = stack.operator.address
    for version in (1, 2):
        assert (await granted(careful, person, operator, version)).status_code == 200
    refused = await granted(careful, person, operator, 3)
    assert (refused.status_code, refused.json()["code"]) == (429, "relay-limit")
    assert 0 < int(refused.headers["Retry-After"]) <= 3601
    assert (await granted(careful, Someone(wallets[0]), operator)).status_code == 200


async def test_nobody_fills_another_persons_limit(careful: Inside, stack: Stack, person: Someone) -> None:
    operator = stack.operator.address
    for _ in range(5):
        forged = await person.grant_body(operator, ["travel"], signer=LocalSigner(secrets.token_bytes(32)))
        answer = await sent(careful, GRANT, forged)
        assert (answer.status_code, answer.json()["code"]) == (403, "invalid-signature")
    assert (await granted(careful, person, operator)).status_code == 200


async def test_replayed_message_fills_no_limit(careful: Inside, stack: Stack, person: Someone) -> None:
    operator = stack.operator.address
    body = await person.grant_body(operator, ["travel"])
    assert (await sent(careful, GRANT, body)).status_code == 200
    for _ in range(5):
        assert (await sent(careful, GRANT, body)).json()["code"] == "wrong-version"
    assert (await granted(careful, person, operator, 2)).status_code == 200


@pytest.mark.parametrize("everything", [False, True])
async def test_revocation_of_a_consent_is_relayed_beyond_limit_and_budget(
    poor: Inside, stack: Stack, person: Someone, wallets: list[Wallet], everything: bool
) -> None:
    operator = stack.operator.address
    assert (await granted(poor, person, operator)).status_code == 200
    refused = await granted(poor, Someone(wallets[0]), operator)
    assert (refused.status_code, refused.json()["code"]) == (429, "relay-budget")
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    path = REVOKE_ALL if everything else REVOKE
    body = await (person.revocation_of_all_body() if everything else person.revocation_body(operator))
    assert (await sent(poor, path, body)).status_code == 200
    head, standings = await person.reader.reader.standings([person.address], lane_of(operator, 1))
    standing = standings[person.address]
    ended_at = standing.subject.revoked_all_at if everything else standing.consent.ends_at
    assert 0 < ended_at <= head.timestamp


async def test_revocation_that_a_reorg_takes_is_sent_again_by_itself(
    careful: Inside, stack: Stack, person: Someone
) -> None:
    operator = stack.operator.address
    lane = lane_of(operator, 1)

    async def ends_at() -> int:
        return (await person.reader.reader.consent(person.address, lane))[0].ends_at

    assert (await granted(careful, person, operator)).status_code == 200
    promised = await ends_at()
    answer = await sent(careful, REVOKE, await person.revocation_body(operator))
    assert await ends_at() < promised
    block = hex(answer.json()["block"])
    before = await stack.chain.rpc("eth_getBlockByNumber", block, False)
    await stack.chain.rpc("anvil_reorg", 1, [])
    after = await stack.chain.rpc("eth_getBlockByNumber", block, False)
    assert (len(before["transactions"]), after["transactions"]) == (1, [])
    async with asyncio.timeout(60):
        while await ends_at() == promised:  # noqa: ASYNC110 (the chain tells nobody)
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("everything", [False, True])
async def test_revocation_of_nothing_counts_like_anything_else(
    poor: Inside, stack: Stack, person: Someone, wallets: list[Wallet], everything: bool
) -> None:
    """Else anybody could spend the operator's gas with fresh keys."""
    operator = stack.operator.address
    assert (await granted(poor, Someone(wallets[0]), operator)).status_code == 200
    path = REVOKE_ALL if everything else REVOKE
    body = await (person.revocation_of_all_body() if everything else person.revocation_body(operator))
    refused = await sent(poor, path, body)
    assert (refused.status_code, refused.json()["code"]) == (429, "relay-budget")


async def test_erasure_of_nothing_counts_like_anything_else(careful: Inside, stack: Stack, person: Someone) -> None:
    operator = stack.operator.address
    for version in (1, 2):
        assert (await granted(careful, person, operator, version)).status_code == 200
    refused = await sent(careful, "/v1/erasures", await request_body(person, operator))
    assert (refused.status_code, refused.json()["code"]) == (429, "relay-limit")


async def test_erasure_of_a_profile_is_relayed_beyond_limit_and_budget(
    poor: Inside, stack: Stack, person: Someone, wallets: list[Wallet]
) -> None:
    operator = stack.operator.address
    assert (await granted(poor, person, operator)).status_code == 200
    await poor.backend.writer.attest(person.address, secrets.token_bytes(32))
    answer = await sent(poor, "/v1/erasures", await request_body(person, operator))
    assert answer.status_code == 202
    other = await granted(poor, Someone(wallets[0]), operator)
    assert other.json()["code"] == "relay-budget"


async def test_messages_to_another_operator_are_not_relayed(
    careful: Inside, person: Someone, wallets: list[Wallet]
) -> None:
    other = wallets[5].address
    for path, body in (
        (GRANT, await person.grant_body(other, ["travel"])),
        ("/v1/erasures", await request_body(person, other)),
    ):
        refused = await sent(careful, path, body)
        assert (refused.status_code, refused.json()["code"]) == (422, "wrong-operator")


async def test_what_was_booked_is_what_was_used(poor: Inside, stack: Stack, person: Someone) -> None:
    answer = await granted(poor, person, stack.operator.address)
    relay = poor.backend.relay
    assert await relay.budget.spent(relay.clock.now() // 86_400) == answer.json()["gas_used"]


async def test_credit_of_uses_is_withdrawn_without_gas(
    careful: Inside, stack: Stack, person: Someone, wallets: list[Wallet], api: ApiClient
) -> None:
    operator, to = stack.operator.address, LocalSigner(secrets.token_bytes(32)).address
    buyer = Buyer(wallets[4])
    terms = await buyer.open(api, operator, ["travel"])
    assert (await granted(careful, person, operator)).status_code == 200
    voucher = bytes.fromhex(buyer.voucher_body(terms, 5)["signature"][2:])
    await careful.backend.writer.record_use(terms, person.address, BY_SLUG["travel"].bit, 0, 5, voucher)
    earned = await person.credit(operator)
    assert earned == -(-PRICE * 7 // 10)
    body = await person.withdrawal_body(operator, earned, to)
    assert (await sent(careful, "/v1/withdrawals/relay", body)).status_code == 200
    assert await person.reader.reader.balance_of(to) == earned
    again = await sent(careful, "/v1/withdrawals/relay", body)
    assert (again.status_code, again.json()["code"]) == (403, "nothing-to-claim")


async def test_many_grants_share_a_transaction_and_only_good_ones_are_in_it(
    careful: Inside, stack: Stack, person: Someone, wallets: list[Wallet]
) -> None:
    operator = stack.operator.address
    others = [Someone(wallets[0]) for _ in range(3)]
    assert (await granted(careful, person, operator)).status_code == 200
    forged = await others[2].grant_body(operator, ["travel"], signer=LocalSigner(secrets.token_bytes(32)))
    bodies = [
        await person.grant_body(operator, ["travel"]),  # its version exists already
        *[await other.grant_body(operator, ["travel"]) for other in others[:2]],
        forged,
    ]
    answer = await sent(careful, "/v1/consents/relay-batch", {"grants": bodies})
    assert answer.status_code == 200
    found = answer.json()["grants"]
    assert [outcome["code"] for outcome in found] == ["wrong-version", None, None, "invalid-signature"]
    assert found[1]["relayed"] == found[2]["relayed"]
    _, standings = await person.reader.reader.standings([other.address for other in others], lane_of(operator, 1))
    assert [standings[other.address].consent.version for other in others] == [1, 1, 0]


async def test_one_persons_limit_does_not_stop_the_others_of_a_batch(
    careful: Inside, stack: Stack, person: Someone, wallets: list[Wallet]
) -> None:
    operator = stack.operator.address
    for version in (1, 2):
        assert (await granted(careful, person, operator, version)).status_code == 200
    others = [Someone(wallets[0]) for _ in range(2)]
    bodies = [await person.grant_body(operator, ["travel"], version=3)]
    bodies += [await other.grant_body(operator, ["travel"]) for other in others]
    found = (await sent(careful, "/v1/consents/relay-batch", {"grants": bodies})).json()["grants"]
    assert [outcome["code"] for outcome in found] == ["relay-limit", None, None]


async def test_batch_beyond_the_budget_is_not_sent(
    poor: Inside, stack: Stack, person: Someone, wallets: list[Wallet]
) -> None:
    operator = stack.operator.address
    bodies = [await Someone(wallets[0]).grant_body(operator, ["travel"]) for _ in range(3)]
    found = (await sent(poor, "/v1/consents/relay-batch", {"grants": bodies})).json()["grants"]
    assert [outcome["code"] for outcome in found] == ["relay-budget"] * 3
