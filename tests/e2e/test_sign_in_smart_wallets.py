"""Smart wallets sign in: deployed ones (ERC-1271), and those that their first transaction will deploy (ERC-6492)."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from fairsignal.adapters.chain import LocalSigner
from fairsignal.cli.local_stack import LocalChain, Stack, repository
from tests.e2e.signing_in import message, new_nonce, personal_signature

MAGIC = "6492" * 16


@pytest.fixture
async def http(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stack.url, timeout=30) as client:
        yield client


@pytest.fixture
def owner() -> LocalSigner:
    return LocalSigner(secrets.token_bytes(32))


async def sent(chain: LocalChain, **transaction: str) -> dict[str, Any]:
    sender = (await chain.rpc("eth_accounts"))[9]
    hashed = await chain.rpc("eth_sendTransaction", transaction | {"from": sender})
    for _ in range(600):
        receipt: dict[str, Any] | None = await chain.rpc("eth_getTransactionReceipt", hashed)
        if receipt is not None:
            assert receipt["status"] == "0x1"
            return receipt
        await asyncio.sleep(0.05)
    pytest.fail("not mined within half a minute")


def bytecode(contract: str) -> str:
    artifact = json.loads((repository() / "build" / "contracts" / f"{contract}.json").read_text())
    return "0x" + str(artifact["bytecode"]).removeprefix("0x")


@pytest.fixture(scope="module")
async def factory(stack: Stack) -> str:
    return str((await sent(stack.chain, data=bytecode("WalletFactory")))["contractAddress"])


def call(signature: str, kinds: list[str], values: list[Any]) -> bytes:
    return keccak(text=signature)[:4] + encode(kinds, values)


async def unborn(chain: LocalChain, factory: str, owner: LocalSigner) -> tuple[str, bytes]:
    """(address of the owner's wallet, call that deploys it)"""
    arguments = (["address", "bytes32"], [owner.address, bytes(32)])
    where = await chain.rpc(
        "eth_call", {"to": factory, "data": "0x" + call("walletOf(address,bytes32)", *arguments).hex()}, "latest"
    )
    return str(to_checksum_address("0x" + where[-40:])), call("deploy(address,bytes32)", *arguments)


async def attempt(
    http: httpx.AsyncClient, stack: Stack, wallet: str, key: bytes, deployment: tuple[str, bytes] | None = None
) -> httpx.Response:
    """Sign in as ``wallet`` with the signature of ``key``, in an envelope of ERC-6492 with ``deployment``."""
    text = message(stack.url, wallet, await new_nonce(http))
    signature = personal_signature(key, text)
    if deployment is not None:
        envelope = encode(["address", "bytes", "bytes"], [*deployment, bytes.fromhex(signature[2:])])
        signature = "0x" + envelope.hex() + MAGIC
    return await http.post("/v1/auth/verify", json={"message": text, "signature": signature})


async def test_a_deployed_wallet_signs_in_by_its_owners_key_only(
    http: httpx.AsyncClient, stack: Stack, owner: LocalSigner
) -> None:
    data = bytecode("Wallet1271") + encode(["address"], [owner.address]).hex()
    wallet = to_checksum_address((await sent(stack.chain, data=data))["contractAddress"])
    signed_in = await attempt(http, stack, wallet, owner._key.secret)
    assert (signed_in.status_code, signed_in.json()["address"]) == (200, wallet)
    forged = await attempt(http, stack, wallet, secrets.token_bytes(32))
    assert (forged.status_code, forged.json()["code"]) == (403, "bad-signature")


async def test_a_wallet_that_is_not_deployed_yet_signs_in_by_its_owners_key_only(
    http: httpx.AsyncClient, stack: Stack, owner: LocalSigner, factory: str
) -> None:
    wallet, deployment = await unborn(stack.chain, factory, owner)
    signed_in = await attempt(http, stack, wallet, owner._key.secret, (factory, deployment))
    assert (signed_in.status_code, signed_in.json()["address"]) == (200, wallet)
    assert await stack.chain.rpc("eth_getCode", wallet, "latest") == "0x"  # nobody paid for deploying it
    forged = await attempt(http, stack, wallet, secrets.token_bytes(32), (factory, deployment))
    assert (forged.status_code, forged.json()["code"]) == (403, "bad-signature")


async def test_a_factory_cannot_speak_for_an_address_that_it_does_not_deploy(
    http: httpx.AsyncClient, stack: Stack, owner: LocalSigner, factory: str
) -> None:
    _, deployment = await unborn(stack.chain, factory, owner)
    victim = LocalSigner(secrets.token_bytes(32)).address
    answer = await attempt(http, stack, victim, owner._key.secret, (factory, deployment))
    assert (answer.status_code, answer.json()["code"]) == (403, "bad-signature")
