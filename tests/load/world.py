"""A whole Fairsignal for the load test: two replicas on PostgreSQL, and a fault proxy before everything they need."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from fairsignal.bootstrap.wallets import Wallet, dev_wallets, open_wallet
from fairsignal.cli.local_stack import Process, Stack, free_port, local_stack, start_backend
from fairsignal.domain.hpke import new_private_key, public_key_of
from tests.adapters.ipfs.conftest import Kubo
from tests.databases import PostgresServer
from tests.load.fault_proxy import Fault, FaultProxy, fault_proxy

__all__ = ["World", "open_world"]

_SETTINGS = {
    "FAIRSIGNAL_REQUEST_TIMEOUT": "PT2S",
    "FAIRSIGNAL_RETRY_EVERY": "PT2S",
    "FAIRSIGNAL_TOKEN_LIFETIME": "PT10S",
    "FAIRSIGNAL_EPOCH_WAIT": "PT15S",
    "FAIRSIGNAL_EPOCH_LENGTH": "PT10S",
    "FAIRSIGNAL_INDEX_LEASE": "PT3S",
    "FAIRSIGNAL_MAX_LAG": "PT60S",  # blocks come every second here
    "FAIRSIGNAL_PUBLIC_RATE": "1000000/minute",
}


@dataclass
class World:
    """The stack, its replicas, and what can be broken."""

    stack: Stack
    urls: list[str]
    """Of the replicas."""
    proxies: dict[str, FaultProxy]
    """By what is behind: ``rpc``, ``database``, ``ipfs``, ``keeper-1``..."""
    auditor_key: bytes = field(repr=False)
    advertiser: Wallet
    database_url: str
    """Without a proxy, for the test's own eyes."""
    _environments: list[dict[str, str]] = field(repr=False)
    _replicas: list[Process]

    @property
    def operator(self) -> str:
        return self.stack.operator.address

    async def heal(self) -> None:
        """No more faults; whoever was killed runs again."""
        for proxy in self.proxies.values():
            await proxy.set(Fault.NONE)
        for index, replica in enumerate(self._replicas):
            if replica.child.poll() is not None:
                await self.restart_replica(index)
        for index, keeper in enumerate(self.stack.keepers):
            if keeper.child.poll() is not None:
                await self.stack.restart_keeper(index)

    def kill_replica(self, index: int) -> None:
        """``kill -9``."""
        self._replicas[index].kill()

    async def restart_replica(self, index: int) -> None:
        self._replicas[index] = await start_backend(self.stack.chain, self.urls[index], self._environments[index])


@asynccontextmanager
async def open_world(directory: Path, postgres: PostgresServer, kubo: Kubo) -> AsyncIterator[World]:
    """Start everything; stop it at the end."""
    async with AsyncExitStack() as resources:
        stack = await resources.enter_async_context(local_stack(directory))
        stack.backend.stop()  # the replicas take its place
        await stack.chain.rpc("evm_setIntervalMining", 1)
        database = f"load-{secrets.token_hex(4)}"
        name = postgres.create(database)
        resources.callback(postgres.drop, database)
        proxies = {
            "rpc": await resources.enter_async_context(_before(stack.chain.rpc_url)),
            "ipfs": await resources.enter_async_context(fault_proxy("127.0.0.1", int(kubo.api.rsplit("/", 1)[1]))),
            "database": await resources.enter_async_context(fault_proxy(str(_socket_of(name)), 0)),
        }
        for index, url in enumerate(stack.keeper_urls, start=1):
            proxies[f"keeper-{index}"] = await resources.enter_async_context(_before(url))
        key = new_private_key()
        environments = [
            stack.backend_environment
            | _SETTINGS
            | {
                "FAIRSIGNAL_RPC_URL": _address(proxies["rpc"]),
                "FAIRSIGNAL_DATA_DIR": str(directory / f"replica-{index}"),
                "FAIRSIGNAL_DATABASE_URL": _through(proxies["database"], database),
                "FAIRSIGNAL_IPFS_API": f"/ip4/127.0.0.1/tcp/{proxies['ipfs'].port}",
                "FAIRSIGNAL_KEEPER_URLS": json.dumps(
                    [_address(proxies[f"keeper-{k + 1}"]) for k in range(len(stack.keeper_urls))]
                ),
                "FAIRSIGNAL_AUDITOR_KEYS": json.dumps(["0x" + public_key_of(key).hex()]),
            }
            for index in range(2)
        ]
        # Keepers fetch logs from the first one.
        urls = [stack.url, f"http://127.0.0.1:{free_port()}"]
        replicas: list[Process] = []
        resources.callback(lambda: [replica.stop() for replica in replicas])
        for url, environment in zip(urls, environments, strict=True):
            replicas.append(await start_backend(stack.chain, url, environment))
        wallet = open_wallet(stack.chain.rpc_url, stack.chain.deployment, dev_wallets(10)[5])
        advertiser = await resources.enter_async_context(wallet)
        yield World(stack, urls, proxies, key, advertiser, name, environments, replicas)


@asynccontextmanager
async def _before(url: str) -> AsyncIterator[FaultProxy]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    async with fault_proxy(parts.hostname, parts.port or 80) as proxy:
        yield proxy


def _address(proxy: FaultProxy) -> str:
    return f"http://127.0.0.1:{proxy.port}"


def _through(proxy: FaultProxy, database: str) -> str:
    return f"postgresql+asyncpg://postgres@127.0.0.1:{proxy.port}/{database}"


def _socket_of(url: str) -> Path:
    """The Unix socket that a test server's URL names."""
    folder = urlsplit(url).query.removeprefix("host=")
    return next(Path(folder).glob(".s.PGSQL.*[0-9]"))
