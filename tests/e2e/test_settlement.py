"""Epochs of metered uses, from the use log to people's money: real keepers sign, the contract books and pays."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fairsignal.adapters.chain import LocalSigner
from fairsignal.adapters.chain.contracts import encode_call, event_topic
from fairsignal.adapters.chain.rpc import Rpc
from fairsignal.adapters.chain.settlements import RpcSettlementReader
from fairsignal.bootstrap.settlement import open_settler
from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack, child_environment
from fairsignal.cli.settle import settle_all
from fairsignal.cli.sign_in import signed_in
from fairsignal.domain.campaign import split_price
from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.errors import Conflict, NotFound, Refused, Unavailable
from fairsignal.domain.log_index import LogIndex, parse_index
from fairsignal.domain.settlement import Settlement, claim_message, settlement_message
from fairsignal.epochs.write import put_exactly
from fairsignal.ports import EpochRow
from tests.e2e.actors import PRICE, Someone, hexed
from tests.e2e.settling import Metering, metering, settings_of

NOW = timedelta(0)
SHARE = split_price(PRICE).subject


@pytest.fixture
async def world(stack: Stack, api: ApiClient, wallets: list[Wallet]) -> AsyncIterator[Metering]:
    async with metering(stack, api, wallets[4]) as found:
        yield found


async def settled(stack: Stack) -> list[EpochRow]:
    """Everything up to now, final first."""
    await stack.chain.finalize()
    rows = await settle_all(settings_of(stack), NOW)
    await stack.chain.finalize()  # keepers sign an epoch once the one before is final
    return rows


async def claimed_by(world: Metering, someone: Someone) -> dict[str, Any]:
    """GET /v1/claims of whoever signs in."""
    headers = await signed_in(world.api, world.stack.url, someone.signer, 31337)
    return await world.api.get(f"/v1/claims/{someone.address}", **headers)


def signed_claim(world: Metering, someone: Someone, total: int, signer: LocalSigner | None = None) -> dict[str, Any]:
    """An entry of POST /v1/claims/relay."""
    deployment, deadline = world.advertiser.reader.deployment, int(time.time()) + 3_600
    message = claim_message(
        31337, deployment.signal_market, someone.address, world.operator, total, someone.address, deadline
    )
    return {
        "subject": someone.address,
        "total": str(total),
        "to": someone.address,
        "deadline": deadline,
        "signature": hexed((signer or someone.signer).sign_typed(message)),
    }


async def test_uses_become_money_that_people_claim_for_free(world: Metering, stack: Stack) -> None:
    one, two = await world.person(), await world.person()
    terms = await world.campaign(uses=3)
    await world.uses(terms, [one, one, two])
    assert (await world.api.get("/v1/epochs"))["unsettled_uses"] == 3
    (row,) = await settled(stack)
    assert (row.state, row.uses, row.gross) == ("settled", 3, 3 * PRICE)
    reader = RpcSettlementReader(Rpc(stack.chain.rpc_url), world.advertiser.reader.deployment)
    books = await reader.books(world.operator)
    assert (books.epoch, books.root, books.total) == (row.epoch, row.root[:20], row.total)
    assert await reader.escrows(world.operator, [terms.id]) == [0]
    assert await settle_all(settings_of(stack), NOW) == []

    view = await world.api.get(f"/v1/epochs/{row.epoch}")
    assert (view["uses"], view["gross"], view["tx_hash"]) == (3, str(3 * PRICE), row.tx_hash)
    assert parse_index(await world.api.get_bytes(f"/v1/blobs/{view['log_cid']}")).uses == 3

    earned = [int((await claimed_by(world, person))["total"]) for person in (one, two)]
    assert earned == [2 * SHARE, SHARE]
    claims = [signed_claim(world, person, total) for person, total in zip((one, two), earned, strict=True)]
    relayed = await world.api.post("/v1/claims/relay", {"claims": claims})
    assert relayed["paid"] == [True, True]
    assert [await world.advertiser.reader.balance_of(person.address) for person in (one, two)] == earned
    assert (await claimed_by(world, one))["claimable"] == "0"
    with pytest.raises(Conflict) as refusal:
        await world.api.post("/v1/claims/relay", {"claims": claims[:1]})
    assert refusal.value.code == "nothing-to-claim"


async def test_a_claim_that_somebody_else_signed_or_of_another_total_is_not_sent(world: Metering, stack: Stack) -> None:
    person = await world.person()
    await world.use(await world.campaign(uses=1), person)
    await settled(stack)
    forged = signed_claim(world, person, SHARE, LocalSigner(secrets.token_bytes(32)))
    with pytest.raises(Refused) as refusal:
        await world.api.post("/v1/claims/relay", {"claims": [forged]})
    assert refusal.value.code == "invalid-signature"
    with pytest.raises(Conflict) as conflict:
        await world.api.post("/v1/claims/relay", {"claims": [signed_claim(world, person, SHARE + 1)]})
    assert conflict.value.code == "other-total"
    assert await world.advertiser.reader.balance_of(person.address) == 0


async def test_a_forged_claim_among_others_is_left_out_before_it_costs_anything(world: Metering, stack: Stack) -> None:
    one, two = await world.person(), await world.person()
    await world.uses(await world.campaign(uses=2), [one, two])
    await settled(stack)
    forged = signed_claim(world, two, SHARE, LocalSigner(secrets.token_bytes(32)))
    alone = await world.api.post("/v1/claims/relay", {"claims": [signed_claim(world, one, SHARE), forged]})
    assert alone["paid"] == [True, False]
    receipt = await stack.chain.rpc("eth_getTransactionReceipt", alone["tx_hash"])
    skipped = event_topic("SignalMarket", "ClaimSkipped")
    assert all(entry["topics"][0] != "0x" + skipped.hex() for entry in receipt["logs"])
    assert await world.advertiser.reader.balance_of(two.address) == 0


async def test_the_claim_command_pays_out_what_was_settled_by_a_signature(world: Metering, stack: Stack) -> None:
    person = await world.person()
    await world.use(await world.campaign(uses=1), person)
    await settled(stack)
    environment = {name: stack.backend_environment[name] for name in ("FAIRSIGNAL_RPC_URL", "FAIRSIGNAL_DEPLOYMENT")}
    command = ["claim", "--operator", world.operator, "--to", stack.url, "--gasless"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fairsignal", *command),
        env=child_environment(environment | {"FAIRSIGNAL_KEY": person.signer._key.secret.hex()}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, errors.decode()
    lines = output.decode().splitlines()
    assert lines == ["recorded at once: nothing new", "settled epochs:   0.035001 tUSD paid out"]
    assert await world.advertiser.reader.balance_of(person.address) == SHARE


async def test_nobody_sees_what_somebody_else_earned(world: Metering) -> None:
    one, two = Someone(world.advertiser), Someone(world.advertiser)
    headers = await signed_in(world.api, world.stack.url, one.signer, 31337)
    with pytest.raises(Refused) as refusal:
        await world.api.get(f"/v1/claims/{two.address}", **headers)
    assert refusal.value.code == "not-yours"
    assert (await claimed_by(world, one))["total"] == "0"


async def test_an_epoch_that_does_not_exist_is_not_found(world: Metering) -> None:
    with pytest.raises(NotFound) as refusal:
        await world.api.get("/v1/epochs/1000000")
    assert refusal.value.code == "no-such-epoch"


async def test_keepers_sign_what_the_contract_would_book_and_nothing_else(world: Metering, stack: Stack) -> None:
    await world.use(await world.campaign(uses=1), await world.person())
    await stack.chain.finalize()
    async with open_settler(settings_of(stack)) as settler:
        row = await settler.closer.close(NOW)
        assert row is not None
        row = (await settler.builder.build(row)).row
        books = await settler.settlements.books(world.operator)
        settlement = Settlement(world.operator, row.epoch, row.root, row.total, row.log_digest, row.debits)
        market = world.advertiser.reader.deployment.signal_market
        ours = digest_of(settlement_message(31337, market, settlement, books.root))
        assert ours == await contract_digest(stack, market, settlement)

        async def refused(index: LogIndex) -> str:
            """What keepers say to another index."""
            encoded = index.encode()
            digest = await put_exactly(settler.builder.blobs, encoded)
            with pytest.raises((Refused, Unavailable)) as refusal:
                await settler._quorum(replace(row, index=encoded, log_digest=digest), lambda step, done: None)
            return refusal.value.code

        honest = parse_index(row.index)
        (campaign, debit), *rest = honest.campaigns
        assert await refused(replace(honest, root=bytes(32))) == "wrong-root"
        assert await refused(replace(honest, campaigns=((campaign, debit + 1), *rest))) == "wrong-debit"
        assert await refused(replace(honest, total=honest.total + 1)) == "wrong-total"
        assert await refused(replace(honest, previous=b"\1" * 32)) == "wrong-previous-log"
        assert await refused(replace(honest, to_block=honest.to_block + 1_000)) == "not-final"
        later = replace(honest.context, epoch=row.epoch + 1)
        assert await refused(replace(honest, context=later, previous_books=bytes(48))) == "wrong-epoch"
    (done,) = await settled(stack)
    assert done.log_digest == row.log_digest, "it goes on with what was closed, and comes to the same log"


async def contract_digest(stack: Stack, market: str, settlement: Settlement) -> bytes:
    fields = (settlement.operator, settlement.epoch, settlement.root, settlement.total, settlement.log_digest)
    data = encode_call("SignalMarket", "settlementDigest", fields, settlement.debits)
    answer = await stack.chain.rpc("eth_call", {"to": market, "data": hexed(data)}, "latest")
    return bytes.fromhex(answer[2:])


async def test_a_use_whose_consent_does_not_hold_on_the_final_chain_is_neither_charged_nor_paid(
    world: Metering, stack: Stack
) -> None:
    person = await world.person()
    terms = await world.campaign(uses=2)
    good = await world.use(terms, person)
    await world.api.post("/v1/consents/relay-revocation", await person.revocation_body(world.operator))
    late = await world.use(terms, person)
    (row,) = await settled(stack)
    assert (row.uses, row.gross) == (1, PRICE)
    async with world.units() as work:
        assert await work.use_log.voided(row.epoch) == {late.use_id: "no-consent"}
        assert await work.use_log.voided_among([good.use_id]) == {}


@pytest.mark.slow
async def test_the_backend_settles_by_itself_when_an_epoch_is_over(world: Metering, stack: Stack) -> None:
    usual = stack.backend_environment
    stack.backend.stop()
    stack.backend_environment = usual | {"FAIRSIGNAL_EPOCH_LENGTH": "PT1S", "FAIRSIGNAL_EPOCH_WAIT": "PT0S"}
    try:
        await stack.restart_backend()
        before = (await world.api.get("/v1/epochs"))["last"]
        await world.use(await world.campaign(uses=1), await world.person())
        await stack.chain.finalize()
        deadline = time.monotonic() + 150
        while (last := (await world.api.get("/v1/epochs"))["last"]) == before:
            assert time.monotonic() < deadline, "never settled"
            await asyncio.sleep(0.5)
        assert last["gross"] == str(PRICE)
    finally:
        stack.backend.stop()
        stack.backend_environment = usual
        await stack.restart_backend()
