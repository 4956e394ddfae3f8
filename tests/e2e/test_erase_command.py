"""``fairsignal erase``, as a person types it, against a real operator."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys

import pytest

from fairsignal.adapters.chain import LocalSigner
from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from tests.e2e.actors import TRAVEL_CHATS, Someone
from tests.e2e.erasing import PLACES, confirmations, states_of


@pytest.fixture
def operator(wallets: list[Wallet]) -> str:
    return wallets[1].address


async def erase_command(stack: Stack, signer_key: bytes, operator: str, *arguments: str) -> tuple[int, str, str]:
    """``fairsignal erase`` with this wallet, while the chain goes on."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FAIRSIGNAL_")} | {
        "FAIRSIGNAL_RPC_URL": stack.chain.rpc_url,
        "FAIRSIGNAL_DEPLOYMENT": str(stack.chain.deployment),
        "FAIRSIGNAL_KEY": signer_key.hex(),
        "COLUMNS": "160",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fairsignal", "erase", "--operator", operator, "--to", stack.url, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    running = asyncio.create_task(process.communicate())
    async with asyncio.timeout(90):
        while not running.done():
            await stack.chain.rpc("anvil_mine", "0x1")
            await asyncio.wait([running], timeout=0.5)
    out, err = await running
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.parametrize("way", ["own transaction", "relayed"])
async def test_command_asks_and_shows_where_it_is_erased(
    api: ApiClient, stack: Stack, wallets: list[Wallet], operator: str, way: str
) -> None:
    key = secrets.token_bytes(32)
    person = Someone(wallets[0], LocalSigner(key))
    if way == "own transaction":
        await stack.chain.rpc("anvil_setBalance", person.address, hex(10**18))
    await api.post("/v1/consents/relay", await person.grant_body(operator, ["travel"]))
    await api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))
    code, out, err = await erase_command(stack, key, operator, "--json", *(["--relay"] if way == "relayed" else []))
    assert code == 0, err
    done = json.loads(out)
    assert done["confirmed"]
    assert done["state"] in ("confirmed", "closed")
    assert states_of(done) == dict.fromkeys(PLACES, "erased")
    assert [replica["receipt_verified"] for replica in done["replicas"]] == [None, None, True, True, True]
    assert await person.reader.reader.digest_of(operator, person.address) == bytes(32)


@pytest.mark.slow
async def test_command_that_does_not_wait_says_who_is_missing_and_can_be_run_again(
    api: ApiClient, stack: Stack, wallets: list[Wallet], operator: str
) -> None:
    key = secrets.token_bytes(32)
    person = Someone(wallets[0], LocalSigner(key))
    await api.post("/v1/consents/relay", await person.grant_body(operator, ["travel"]))
    await api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))
    with stack.stopped_keeper(1):
        code, out, _ = await erase_command(stack, key, operator, "--relay", "--wait", "6")
        assert code == 1
        assert "Not confirmed yet" in out
        assert "keeper:2" in out
    code, out, err = await erase_command(stack, key, operator, "--relay")
    assert code == 0, err
    assert "already" in err  # it has asked, or it was confirmed while the command started
    assert "confirmed on chain" in out
    code, _, err = await erase_command(stack, key, operator, "--relay")
    assert code == 0
    assert "confirmed already" in err
    assert await confirmations(stack, person.address) == 1


async def test_command_refuses_the_backend_of_another_operator(stack: Stack, wallets: list[Wallet]) -> None:
    code, _, err = await erase_command(stack, secrets.token_bytes(32), wallets[5].address)
    assert code == 1
    assert "[wrong-operator]" in err
