"""Two real Kubo daemons that know nobody else: one is ours, the other is what a pinning service runs."""

from __future__ import annotations

import asyncio
import random
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from fairsignal.adapters.ipfs import (
    EmbeddedBlobStore,
    KuboBlobStore,
    PinningApi,
    PinningBlobStore,
    ReplicatedBlobStore,
    TrustlessGateway,
)
from fairsignal.domain.cid import CHUNK
from tests.adapters.ipfs.pinning_service import PinningService, serving

if TYPE_CHECKING:
    from tests.adapters.ipfs.conftest import Kubo


@contextmanager
def online(kubo: Kubo, repository: Path) -> Iterator[Kubo]:
    """A daemon whose swarm listens on loopback, without routing, bootstrap peers or discovery."""
    alone = replace(kubo, repository=repository, api="")
    alone.run("init", "--profile=test")
    alone.run("config", "Routing.Type", "none")
    alone.run("config", "--json", "AutoConf.Enabled", "false")
    process = subprocess.Popen(
        [kubo.binary, "daemon"], env=alone.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said = b""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if b"Daemon is ready" in line:
                break
        else:
            pytest.fail(said.decode())
        yield replace(alone, api=(repository / "api").read_text().strip())
    finally:
        process.terminate()
        process.communicate(timeout=20)


async def test_a_services_daemon_fetches_from_ours_over_bitswap(kubo: Kubo, tmp_path: Path) -> None:
    timeout = timedelta(seconds=20)
    with online(kubo, tmp_path / "ours") as ours, online(kubo, tmp_path / "theirs") as theirs:

        async def fetch(cid: str, origins: Sequence[str]) -> dict[str, bytes]:
            for origin in origins:
                await asyncio.to_thread(theirs.run, "swarm", "connect", origin)
            await asyncio.to_thread(theirs.run, "pin", "add", cid)
            return {}

        service = PinningService(fetch)
        node = KuboBlobStore(ours.api, timeout=timeout)
        service.delegates = theirs.run("id", "--format=<addrs>").decode().split()
        assert service.delegates
        assert await node.addresses()
        with serving(service.app()) as url:
            gateway = (theirs.repository / "gateway").read_text().strip()
            pinning = PinningBlobStore(
                PinningApi(url, SecretStr(service.token), timeout=timeout),
                TrustlessGateway(gateway, timeout=timeout),
                provider=node,
            )
            store = ReplicatedBlobStore([EmbeddedBlobStore(tmp_path / "store"), node, pinning], copies=3)
            for size in (10_816, 3 * CHUNK):
                data = random.Random(size).randbytes(size)
                cid = await store.put(data)
                assert [state.condition for state in await store.verify(cid)] == ["present"] * 3
                assert theirs.run("--offline", "cat", cid) == data
                assert await pinning.get(cid) == data
            # What an online daemon lost is missing here, although its network still has it.
            ours.run("pin", "rm", cid)
            ours.run("repo", "gc")
            ours_now = await node.state(cid)
            assert ours_now.condition == "missing"
            assert [state.condition for state in await store.heal(cid)] == ["present"] * 3
            assert ours.run("--offline", "cat", cid) == data
            await store.close()


async def test_a_block_lost_by_an_online_daemon_is_missing_without_a_search_in_the_network(
    kubo: Kubo, tmp_path: Path
) -> None:
    with online(kubo, tmp_path / "ours") as ours:
        node = KuboBlobStore(ours.api, timeout=timedelta(seconds=20))
        data = random.Random(1).randbytes(7_777)
        cid = await node.put(data)
        (file,) = (path for path in (ours.repository / "blocks").rglob("*.data") if path.stat().st_size == 7_777)
        file.unlink()
        state = await asyncio.wait_for(node.state(cid), timeout=5)
        assert state.condition == "missing"
        await node.replace(data)
        assert (await node.state(cid)).condition == "present"
        await node.close()


async def test_dialling_somebody_who_is_not_there_is_only_a_failed_hint(kubo: Kubo, kubo_store: KuboBlobStore) -> None:
    peer = "12D3KooWC3gzBzkDUnNzkbTwutm9AHaBrBAnvXbrmaDuSXSE2Voe"
    await kubo_store.connect([f"/ip4/127.0.0.1/tcp/1/p2p/{peer}", "nonsense"])
    assert await kubo_store.addresses() == []  # it is offline
