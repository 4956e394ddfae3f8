"""Starting and stopping the servers: bad settings are one sentence and a remedy, crashes lose nothing."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack, free_port, start_backend
from fairsignal.domain.errors import BadInput, NotFound, Refused, Unavailable
from tests.e2e.actors import TRAVEL_CHATS, Buyer, Someone, confirm


def fairsignal(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, as a shell would."""
    return subprocess.run(
        [sys.executable, "-m", "fairsignal", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "COLUMNS": "200", **environment},
    )


@pytest.fixture
def backend_environment(stack: Stack, tmp_path: Path) -> dict[str, str]:
    return stack.backend_environment | {"FAIRSIGNAL_DATA_DIR": str(tmp_path)}


@asynccontextmanager
async def second_backend(stack: Stack, port: int, environment: dict[str, str]) -> AsyncIterator[ApiClient]:
    """Another backend of the same operator on the same chain, with a database of its own; stopped at the end."""
    url = f"http://127.0.0.1:{port}"
    process = await start_backend(stack.chain, url, environment)
    try:
        async with ApiClient(url) as client:
            yield client
    finally:
        process.stop()


def assert_told(done: subprocess.CompletedProcess[str], code: str, *words: str) -> None:
    assert done.returncode == 1, done.stderr
    assert f"[{code}]" in done.stderr
    assert "remedy" in done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_unreachable_node(backend_environment: dict[str, str]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    done = fairsignal("serve", "--port", str(free_port()), **backend_environment | {"FAIRSIGNAL_RPC_URL": url})
    assert_told(done, "unavailable", url, "FAIRSIGNAL_RPC_URL")


def test_node_of_another_chain(backend_environment: dict[str, str], stack: Stack, tmp_path: Path) -> None:
    document = json.loads(stack.chain.deployment.read_text())
    (tmp_path / "other.json").write_text(json.dumps(document | {"chain_id": 1337}))
    done = fairsignal("serve", **backend_environment | {"FAIRSIGNAL_DEPLOYMENT": str(tmp_path / "other.json")})
    assert_told(done, "chain-mismatch", "chain 31337", "chain 1337")


def test_contract_that_is_not_on_the_chain(backend_environment: dict[str, str], stack: Stack, tmp_path: Path) -> None:
    document = json.loads(stack.chain.deployment.read_text())
    nowhere = "0x00000000000000000000000000000000000000A1"
    document["contracts"]["SignalMarket"]["address"] = nowhere
    (tmp_path / "other.json").write_text(json.dumps(document))
    done = fairsignal("serve", **backend_environment | {"FAIRSIGNAL_DEPLOYMENT": str(tmp_path / "other.json")})
    assert_told(done, "chain-mismatch", nowhere)


def test_deployment_file_that_is_not_there(backend_environment: dict[str, str], tmp_path: Path) -> None:
    done = fairsignal("serve", **backend_environment | {"FAIRSIGNAL_DEPLOYMENT": str(tmp_path / "none.json")})
    assert_told(done, "no-deployment", "none.json")


async def test_unreachable_ipfs_daemon_leaves_nothing_half_written(
    stack: Stack, backend_environment: dict[str, str], wallets: list[Wallet]
) -> None:
    """The profile is not attested; a backend that no longer needs the daemon finishes it."""
    port, person = free_port(), Someone(wallets[0])
    environment = backend_environment | {"FAIRSIGNAL_IPFS_API": f"/ip4/127.0.0.1/tcp/{free_port()}"}
    async with second_backend(stack, port, environment) as api:
        await api.post("/v1/consents/relay", await person.grant_body(stack.operator.address, ["travel"]))
        with pytest.raises(Unavailable, match="IPFS"):
            await api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))
    assert await wallets[0].reader.digest_of(stack.operator.address, person.address) == bytes(32)
    async with second_backend(stack, port, environment | {"FAIRSIGNAL_IPFS_API": ""}), asyncio.timeout(30):
        while await wallets[0].reader.digest_of(stack.operator.address, person.address) == bytes(32):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def test_port_that_is_taken(backend_environment: dict[str, str], stack: Stack) -> None:
    done = fairsignal("serve", "--port", stack.url.rsplit(":", 1)[1], **backend_environment)
    assert_told(done, "port-taken", "--port")


def test_setting_that_is_wrong_is_named(backend_environment: dict[str, str]) -> None:
    done = fairsignal("serve", **backend_environment | {"FAIRSIGNAL_KEEPER_THRESHOLD": "0"})
    assert_told(done, "bad-setting", "FAIRSIGNAL_KEEPER_THRESHOLD")


def test_more_shares_needed_than_keepers(backend_environment: dict[str, str]) -> None:
    done = fairsignal("serve", **backend_environment | {"FAIRSIGNAL_KEEPER_THRESHOLD": "4"})
    assert_told(done, "bad-setting", "3 keepers")


async def test_killed_backend_goes_on_where_it_was(api: ApiClient, stack: Stack, wallets: list[Wallet]) -> None:
    person, buyer, operator = Someone(wallets[0]), Buyer(wallets[2]), wallets[1].address
    await api.post("/v1/consents/relay", await person.grant_body(operator, ["travel"]))
    await api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))
    terms = await buyer.open(api, operator, ["travel"])
    token = await buyer.token(api, terms, person.address)
    first = await confirm(api, token, "crash-0001")
    stack.backend.kill()
    await stack.restart_backend()
    assert await confirm(api, token, "crash-0001") == first
    other = await buyer.use(api, terms, person.address)
    assert other["use_index"] == first["use_index"] + 1


@pytest.mark.slow
async def test_one_dead_keeper_of_three_does_no_harm_two_do(
    api: ApiClient, stack: Stack, wallets: list[Wallet]
) -> None:
    person, buyer, operator = Someone(wallets[0]), Buyer(wallets[2]), wallets[1].address
    await api.post("/v1/consents/relay", await person.grant_body(operator, ["travel"]))
    await api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))
    terms = await buyer.open(api, operator, ["travel"])
    await buyer.use(api, terms, person.address)
    await stack.chain.finalize()
    with stack.stopped_keeper(0):
        released = await buyer.release(api, terms, person.address, "travel")
        assert [reply["answer"] is not None for reply in released["replies"]] == [False, True, True]
        assert released["replies"][0]["refused"] == "keeper-unavailable"
        with stack.stopped_keeper(1), pytest.raises(Refused, match="Only 1 of 3 keepers"):
            await buyer.release(api, terms, person.address, "travel")


async def test_operators_routes_ask_for_an_api_key_once_there_is_one(
    backend_environment: dict[str, str], stack: Stack
) -> None:
    body = {"subjects": [stack.operator.address], "purpose": 1, "campaigns": ["0x" + "12" * 32]}

    def new_key(scope: str) -> dict[str, str]:
        done = fairsignal("keys", "create", "--label", "ads", "--scope", scope, "--json", **backend_environment)
        assert done.returncode == 0, done.stderr
        return {"Authorization": f"Bearer {json.loads(done.stdout)['key']}"}

    right, other = new_key("decisions"), new_key("uses")
    async with second_backend(stack, free_port(), backend_environment) as api:
        with pytest.raises(BadInput, match="valid API key"):
            await api.post("/v1/decisions", body)
        with pytest.raises(BadInput, match="not a valid API key"):
            await api.post("/v1/decisions", body, Authorization="Bearer wrong")
        with pytest.raises(Refused, match="lacks the scope decisions"):
            await api.post("/v1/decisions", body, **other)
        with pytest.raises(NotFound):
            await api.post("/v1/decisions", body, **right)


def test_keepers_that_the_chain_does_not_name_are_refused(backend_environment: dict[str, str]) -> None:
    urls = json.loads(backend_environment["FAIRSIGNAL_KEEPER_URLS"])
    changed = {"FAIRSIGNAL_KEEPER_URLS": json.dumps([urls[0], urls[0], urls[2]])}
    assert_told(fairsignal("serve", **backend_environment | changed), "keepers-not-on-chain", "3 keepers")
