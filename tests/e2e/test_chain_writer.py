"""Transactions of our contracts from one account; what crashes do to them is in tests/adapters/chain."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from fairsignal.adapters.chain import (
    LocalSigner,
    MemoryOutbox,
    OutboxChainWriter,
    Rpc,
    Timings,
    connect,
    load_deployment,
)
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


def writer_of(rpc: Rpc, stack: Stack, signer: LocalSigner, outbox: MemoryOutbox) -> OutboxChainWriter:
    deployment = load_deployment(stack.chain.deployment)
    return OutboxChainWriter(rpc, deployment, signer, outbox, timings=Timings(mining=timedelta(seconds=5)))


async def version_of(wallets: list[Wallet], signer: LocalSigner, lane: int) -> int:
    consent, _ = await wallets[0].reader.consent(signer.address, lane)
    return consent.version


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


async def test_unreachable_node_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="did not answer"):
        await connect(f"http://127.0.0.1:{free_port()}", 31337)


async def test_wrong_chain_is_named(stack: Stack) -> None:
    with pytest.raises(ChainMismatch, match="serves chain 31337, but the deployment is on chain 1"):
        await connect(stack.chain.rpc_url, 1)
