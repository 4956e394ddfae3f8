"""The outbox: a transaction happens once or not at all, whatever crashes in between."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from fairsignal.adapters.chain import LocalSigner, MemoryOutbox, OutboxChainWriter, Rpc, connect, load_deployment
from fairsignal.adapters.chain.writer import OutboxEntry, OutboxStatus
from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.local_stack import Stack, free_port
from fairsignal.domain.consent import lane_of
from fairsignal.domain.errors import ChainMismatch, Refused, Unavailable


@pytest.fixture
async def rpc(stack: Stack) -> AsyncIterator[Rpc]:
    connected = await connect(stack.chain.rpc_url, 31337)
    yield connected
    await connected.close()


@pytest.fixture
async def funded(stack: Stack) -> LocalSigner:
    signer = LocalSigner(secrets.token_bytes(32))
    await stack.chain.rpc("anvil_setBalance", signer.address, hex(10**18))
    return signer


class CrashingOutbox(MemoryOutbox):
    """The process dies right after the intent was committed, before anything was sent."""

    async def save(self, entry: OutboxEntry) -> None:
        await super().save(entry)
        if entry.status is OutboxStatus.PENDING:
            raise KeyboardInterrupt


def writer_of(rpc: Rpc, stack: Stack, signer: LocalSigner, outbox: MemoryOutbox) -> OutboxChainWriter:
    deployment = load_deployment(stack.chain.deployment)
    return OutboxChainWriter(rpc, deployment, signer, outbox, mining_timeout=timedelta(seconds=2))


async def version_of(wallets: list[Wallet], signer: LocalSigner, lane: int) -> int:
    consent, _ = await wallets[0].reader.consent(signer.address, lane)
    return consent.version


async def test_crash_before_sending_is_made_good_at_the_next_start_once(
    rpc: Rpc, stack: Stack, funded: LocalSigner, wallets: list[Wallet]
) -> None:
    outbox, lane = CrashingOutbox(), lane_of(stack.operator.address, 1)
    with pytest.raises(KeyboardInterrupt):
        await writer_of(rpc, stack, funded, outbox).revoke(lane)
    assert await version_of(wallets, funded, lane) == 0
    after = MemoryOutbox()
    for entry in await outbox.pending(funded.address):
        await after.save(entry)
    restarted = writer_of(rpc, stack, funded, after)
    assert await restarted.recover() == 1
    assert await restarted.recover() == 0
    assert await version_of(wallets, funded, lane) == 1


async def test_crash_after_sending_does_not_send_another(
    rpc: Rpc, stack: Stack, funded: LocalSigner, wallets: list[Wallet]
) -> None:
    outbox, lane = CrashingOutbox(), lane_of(stack.operator.address, 1)
    with pytest.raises(KeyboardInterrupt):
        await writer_of(rpc, stack, funded, outbox).revoke(lane)
    (entry,) = await outbox.pending(funded.address)
    await rpc.request("eth_sendRawTransaction", "0x" + entry.raw.hex())
    after = MemoryOutbox()
    await after.save(entry)
    assert await writer_of(rpc, stack, funded, after).recover() == 1
    assert await version_of(wallets, funded, lane) == 1


async def test_refused_transaction_costs_no_nonce(rpc: Rpc, stack: Stack, funded: LocalSigner) -> None:
    writer = writer_of(rpc, stack, funded, MemoryOutbox())
    with pytest.raises(Refused) as caught:
        await writer.revoke(lane_of(stack.operator.address, 9))
    assert caught.value.code == "invalid-lane"
    assert await rpc.request("eth_getTransactionCount", funded.address, "pending") == "0x0"


async def test_many_at_once_get_a_nonce_each(
    rpc: Rpc, stack: Stack, funded: LocalSigner, wallets: list[Wallet]
) -> None:
    writer, lane = writer_of(rpc, stack, funded, MemoryOutbox()), lane_of(stack.operator.address, 2)
    mined = await asyncio.gather(*(writer.revoke(lane) for _ in range(8)))
    assert len({transaction.tx_hash for transaction in mined}) == 8
    assert await version_of(wallets, funded, lane) == 8


async def test_unmined_transaction_stays_in_the_outbox(
    rpc: Rpc, stack: Stack, funded: LocalSigner, wallets: list[Wallet]
) -> None:
    outbox, lane = MemoryOutbox(), lane_of(stack.operator.address, 1)
    writer = writer_of(rpc, stack, funded, outbox)
    await stack.chain.rpc("evm_setAutomine", False)
    try:
        with pytest.raises(Unavailable, match="stays in the outbox"):
            await writer.revoke(lane)
    finally:
        await stack.chain.rpc("evm_setAutomine", True)
        await stack.chain.rpc("anvil_mine", "0x1")
    assert [entry.label for entry in await outbox.pending(funded.address)] == ["revoke"]
    assert await writer.recover() == 1
    assert await version_of(wallets, funded, lane) == 1


async def test_unreachable_node_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="did not answer"):
        await connect(f"http://127.0.0.1:{free_port()}", 31337)


async def test_wrong_chain_is_named(stack: Stack) -> None:
    with pytest.raises(ChainMismatch, match="serves chain 31337, but the deployment is on chain 1"):
        await connect(stack.chain.rpc_url, 1)
