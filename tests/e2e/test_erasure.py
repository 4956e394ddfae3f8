"""A person has everything erased: real keepers, a real chain, and an operator that says so there only when it is so."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from typing import Any

import httpx
import pytest

from fairsignal.adapters.chain import (
    LocalSigner,
    MemoryOutbox,
    OutboxChainWriter,
    Timings,
    connect,
    load_deployment,
    recover_typed,
)
from fairsignal.bootstrap.wallets import Wallet, advertiser_client, open_wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.errors import BadInput, NotFound, Refused, Unavailable
from fairsignal.domain.keeper_messages import erased_message
from tests.e2e.actors import TRAVEL_CHATS, Buyer, Someone
from tests.e2e.erasing import (
    PLACES,
    blob_paths,
    code_of,
    confirmations,
    in_state,
    report_when,
    request_body,
    sent,
    states_of,
    transaction_waits,
)


@pytest.fixture
def operator(wallets: list[Wallet]) -> str:
    return wallets[1].address


@pytest.fixture
async def person(api: ApiClient, wallets: list[Wallet], operator: str) -> Someone:
    """Somebody with an attested profile in two versions."""
    someone = Someone(wallets[0])
    await api.post("/v1/consents/relay", await someone.grant_body(operator, ["travel"]))
    for _ in range(2):
        await api.post("/v1/chats", someone.chats_body(TRAVEL_CHATS))
    return someone


async def paid(api: ApiClient, stack: Stack, buyer: Buyer, operator: str, person: Someone) -> CampaignTerms:
    terms = await buyer.open(api, operator, ["travel"])
    await buyer.use(api, terms, person.address)
    await stack.chain.finalize()
    return terms


async def test_signed_request_erases_everywhere_and_the_person_can_come_back(
    api: ApiClient, stack: Stack, wallets: list[Wallet], operator: str
) -> None:
    person, buyer = Someone(wallets[0]), Buyer(wallets[2])
    await api.post("/v1/consents/relay", await person.grant_body(operator, ["travel"]))
    cids = [(await api.post("/v1/chats", person.chats_body(TRAVEL_CHATS)))["cid"] for _ in range(2)]
    assert await blob_paths(stack, cids) == cids
    terms = await paid(api, stack, buyer, operator, person)
    assert (await buyer.release(api, terms, person.address, "travel"))["replies"][0]["answer"] is not None

    asked = await api.post("/v1/erasures", await request_body(person, operator))
    assert asked["erasure"]["state"] == "requested"
    assert states_of(asked["erasure"]) == dict.fromkeys(PLACES, "pending")
    assert await code_of(api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))) == "erasure-open"
    assert await blob_paths(stack, cids) == cids  # nothing is deleted that a reorg could ask back

    await stack.chain.finalize()
    report = await report_when(api, person.address, in_state("confirmed"))
    assert states_of(report) == dict.fromkeys(PLACES, "erased")
    assert await blob_paths(stack, cids) == []
    assert await code_of(api.get_bytes(f"/v1/blobs/{cids[1]}"), NotFound) == "no-such-blob"
    assert await person.reader.reader.digest_of(operator, person.address) == bytes(32)
    await receipts_are_the_keepers(report, person, operator)
    # Keepers go by the finalized block and would delete new shares: until then nothing is published.
    assert await code_of(api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))) == "erasure-open"
    await every_keeper_holds_nothing(stack, buyer, terms, person)
    await report_when(api, person.address, in_state("closed"))
    assert await confirmations(stack, person.address) == 1

    await api.post("/v1/consents/relay-revocation", await person.revocation_body(operator))
    await asyncio.sleep(1.1)  # what is signed in the second of a revocation does not undo it
    await stack.chain.rpc("anvil_mine", "0x1")
    await api.post("/v1/consents/relay", await person.grant_body(operator, ["travel"], version=3))
    again = await api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))
    assert again["version"] == 1
    terms = await paid(api, stack, buyer, operator, person)
    blobs = f"{stack.url}/v1/blobs"
    async with advertiser_client(buyer.wallet, stack.keeper_urls, stack.threshold, blobs, buyer.key) as client:
        released = await client.open(await buyer.release_request(terms, person.address, "travel"))
    assert released.items[0].opened
    assert released.items[0].signal is not None


async def every_keeper_holds_nothing(stack: Stack, buyer: Buyer, terms: CampaignTerms, person: Someone) -> None:
    await stack.chain.finalize()
    async with httpx.AsyncClient(timeout=10) as http:
        for url in stack.keeper_urls:
            request = await buyer.release_request(terms, person.address, "travel")
            (result,) = (await http.post(f"{url}/v1/release", json=request.as_json())).json()["results"]
            assert result["share"] is None
            assert result["refused"] in ("no-profile", "no-share")
    for index in range(1, 4):
        for path in (stack.chain.directory / f"keeper-{index}").glob("keeper.db*"):
            assert person.address.encode() not in path.read_bytes()


async def receipts_are_the_keepers(report: dict[str, Any], person: Someone, operator: str) -> None:
    deployment = person.reader.reader.deployment
    addresses, _ = await person.reader.reader.keepers()
    for index, address in enumerate(addresses, start=1):
        replica = next(replica for replica in report["replicas"] if replica["name"] == f"keeper:{index}")
        message = erased_message(
            deployment.chain_id, deployment.profile_registry, operator, person.address, replica["erased_at"]
        )
        assert recover_typed(message, bytes.fromhex(replica["receipt"][2:])) == address


@pytest.mark.slow
async def test_stopped_keeper_is_shown_and_nothing_is_confirmed_until_it_answers(
    api: ApiClient, stack: Stack, person: Someone, operator: str
) -> None:
    with stack.stopped_keeper(0):
        await api.post("/v1/erasures", await request_body(person, operator))
        await stack.chain.finalize()
        report = await report_when(api, person.address, lambda report: report["replicas"][2]["attempts"] > 0)
        assert states_of(report) == dict.fromkeys(PLACES, "erased") | {"keeper:1": "pending"}
        assert report["state"] == "erasing"
        assert report["replicas"][2]["error"] == "keeper-unavailable"
        assert await confirmations(stack, person.address) == 0
        head, _ = await person.reader.reader.erasure(operator, person.address)
        assert head.open
    report = await report_when(api, person.address, in_state("confirmed"))
    assert report["replicas"][2]["attempts"] > 1
    await stack.chain.finalize()
    await report_when(api, person.address, in_state("closed"))
    assert await confirmations(stack, person.address) == 1


async def test_backend_killed_while_erasing_goes_on_and_confirms_once(
    api: ApiClient, stack: Stack, person: Someone, operator: str
) -> None:
    with stack.stopped_keeper(2):
        await api.post("/v1/erasures", await request_body(person, operator))
        await stack.chain.finalize()
        await report_when(api, person.address, lambda report: states_of(report)["blobs:embedded"] == "erased")
        stack.backend.kill()
    await stack.restart_backend()
    await report_when(api, person.address, in_state("confirmed"))
    await stack.chain.finalize()
    await report_when(api, person.address, in_state("closed"))
    assert await confirmations(stack, person.address) == 1


@pytest.mark.slow
async def test_backend_killed_while_its_confirmation_is_on_its_way_sends_no_other(
    api: ApiClient, stack: Stack, person: Someone, operator: str
) -> None:
    await api.post("/v1/erasures", await request_body(person, operator))
    await stack.chain.rpc("evm_setAutomine", False)
    try:
        await stack.chain.finalize()
        await transaction_waits(stack)
        stack.backend.kill()
        restarting = asyncio.create_task(stack.restart_backend())
        while not restarting.done():
            await asyncio.wait([restarting], timeout=1)
            await stack.chain.rpc("anvil_mine", "0x1")
        await restarting
    finally:
        await stack.chain.rpc("evm_setAutomine", True)
        await stack.chain.rpc("anvil_mine", "0x1")
    await report_when(api, person.address, in_state("confirmed", "closed"))
    assert await confirmations(stack, person.address) == 1
    assert await sent(stack, operator, "confirmErasure(address)", person.address) == 1


async def test_writer_follows_a_confirmation_that_is_not_mined_yet(stack: Stack, wallets: list[Wallet]) -> None:
    operator = LocalSigner(secrets.token_bytes(32))
    await stack.chain.rpc("anvil_setBalance", operator.address, hex(10**18))
    await wallets[6].writer.request_erasure(operator.address)
    deployment = load_deployment(stack.chain.deployment)
    rpc = await connect(stack.chain.rpc_url, deployment.chain_id)
    writer = OutboxChainWriter(rpc, deployment, operator, MemoryOutbox(), timings=Timings(mining=timedelta(seconds=1)))
    await stack.chain.rpc("evm_setAutomine", False)
    try:
        for _ in range(2):
            with pytest.raises(Unavailable, match="stays in the outbox"):
                await writer.confirm_erasure(wallets[6].address)
    finally:
        await stack.chain.rpc("evm_setAutomine", True)
        await stack.chain.rpc("anvil_mine", "0x1")
    await writer.confirm_erasure(wallets[6].address)
    assert await rpc.request("eth_getTransactionCount", operator.address, "pending") == "0x1"
    with pytest.raises(Refused) as caught:
        await writer.confirm_erasure(wallets[6].address)
    assert caught.value.code == "no-erasure-request"
    await rpc.close()


async def test_requests_that_are_not_the_persons_or_not_for_this_operator_are_refused(
    api: ApiClient, wallets: list[Wallet], person: Someone, operator: str
) -> None:
    forged = await request_body(person, operator, signer=LocalSigner(secrets.token_bytes(32)))
    assert await code_of(api.post("/v1/erasures", forged)) == "invalid-signature"
    elsewhere = await request_body(person, wallets[5].address)
    assert await code_of(api.post("/v1/erasures", elsewhere), BadInput) == "wrong-operator"
    assert await code_of(api.get(f"/v1/erasures/{person.address}"), NotFound) == "no-erasure-request"
    assert await person.reader.reader.digest_of(operator, person.address) != bytes(32)


async def test_replayed_request_opens_nothing_again(
    api: ApiClient, stack: Stack, person: Someone, operator: str
) -> None:
    body = await request_body(person, operator)
    await api.post("/v1/erasures", body)
    await stack.chain.finalize()
    await report_when(api, person.address, in_state("confirmed"))
    assert await code_of(api.post("/v1/erasures", body)) == "signature-outdated"
    await stack.chain.finalize()
    await report_when(api, person.address, in_state("closed"))
    assert await confirmations(stack, person.address) == 1


async def test_request_by_own_transaction_is_found_on_chain(
    api: ApiClient, stack: Stack, wallets: list[Wallet], operator: str
) -> None:
    signer = LocalSigner(secrets.token_bytes(32))
    person = Someone(wallets[0], signer)
    await stack.chain.rpc("anvil_setBalance", person.address, hex(10**18))
    await api.post("/v1/consents/relay", await person.grant_body(operator, ["travel"]))
    await api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))
    async with open_wallet(stack.chain.rpc_url, stack.chain.deployment, signer) as wallet:
        await wallet.writer.request_erasure(operator)
    assert (await api.get(f"/v1/erasures/{person.address}"))["state"] == "requested"
    assert await code_of(api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))) == "erasure-open"
    await stack.chain.finalize()
    assert states_of(await report_when(api, person.address, in_state("confirmed", "closed"))) == dict.fromkeys(
        PLACES, "erased"
    )
