"""A whole Fairsignal on this machine: Anvil, contracts, keepers and backend, each a real process.

``fairsignal demo`` and the end-to-end tests run on it. Every process is stopped by its own process id.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from fairsignal.bootstrap.wallets import DevWallet, dev_wallets, open_wallet
from fairsignal.domain.errors import BadInput, Unavailable

__all__ = [
    "LOCAL_RULES",
    "LocalChain",
    "Process",
    "Stack",
    "child_environment",
    "free_port",
    "local_chain",
    "local_stack",
    "repository",
    "start_backend",
    "start_keeper",
]

CHAIN_ID = 31337
LOCAL_RULES = {
    "FAIRSIGNAL_K_THRESHOLD": "1",  # there are a handful of people
    "FAIRSIGNAL_MAX_LAG": "P1D",  # Anvil makes a block only when somebody sends something
    "FAIRSIGNAL_INDEX_POLL": "PT0.1S",
    "FAIRSIGNAL_INDEX_LEASE": "PT3S",  # nobody waits long for a backend that was killed
}
"""Settings that suit a local chain and no other."""
_START_TIMEOUT = 120.0
_PREFIX = "FAIRSIGNAL_"
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: loopback has no TLS, and reading the system's certificates for every request takes 60 ms."""


def repository() -> Path:
    """The checkout that holds contracts/ and scripts/: a local chain needs them, an installed package has none.

    Raises:
        BadInput: not inside a checkout.
    """
    root = Path(__file__).resolve().parents[3]
    if not (root / "scripts" / "brownie.sh").exists():
        raise BadInput(
            "A local chain needs the repository's contracts/ and scripts/.", remedy="Run it from a git checkout."
        )
    return root


def child_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process of the stack: the caller's own settings stay out, which may name a real database."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_PREFIX)} | dict(settings)


def free_port() -> int:
    """A TCP port on loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Process:
    """One child process, its log, and how to tell that it is up."""

    name: str
    child: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, name: str, command: list[str], logs: Path, environment: Mapping[str, str] | None = None) -> Process:
        """Start a command with its output in ``logs``, in a session of its own, so that Ctrl-C reaches us first."""
        logs.mkdir(parents=True, exist_ok=True)
        log = logs / f"{name}.log"
        with log.open("wb") as output:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=child_environment(environment or {}),
                start_new_session=True,
            )
        return cls(name, child, log)

    def check(self) -> None:
        """Raise ``Unavailable`` with the end of its log when it has ended."""
        if self.child.poll() is not None:
            tail = "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-8:])
            raise Unavailable(f"{self.name} ended with exit code {self.child.returncode}:\n{tail}")

    def stop(self) -> None:
        """Terminate, and kill what does not end in five seconds."""
        self.child.terminate()
        try:
            self.child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def kill(self) -> None:
        """``kill -9``: what a crash looks like."""
        self.child.kill()
        self.child.wait()


@dataclass
class LocalChain:
    """An Anvil with our contracts on it."""

    rpc_url: str
    deployment: Path
    anvil: Process
    directory: Path

    async def rpc(self, method: str, *params: Any) -> Any:
        """One JSON-RPC request, the ``anvil_*`` and ``evm_*`` ones among them."""
        async with httpx.AsyncClient(timeout=10, verify=_NO_TLS) as http:
            answer = await http.post(
                self.rpc_url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
            )
        document = answer.json()
        if "error" in document:
            raise Unavailable(f"{method}: {document['error'].get('message')}")
        return document["result"]

    async def finalize(self) -> None:
        """Mine until the head of now is final (two blocks with one slot an epoch)."""
        await self.rpc("anvil_mine", hex(3))


@dataclass
class Stack:
    """A chain with keepers and a backend."""

    chain: LocalChain
    url: str
    backend: Process
    keepers: list[Process]
    keeper_urls: list[str]
    threshold: int
    operator: DevWallet
    backend_environment: dict[str, str]
    keeper_environments: list[dict[str, str]] = field(repr=False)

    @contextmanager
    def stopped_keeper(self, index: int) -> Iterator[None]:
        """Freeze one keeper (SIGSTOP) for a while: it neither answers nor refuses connections."""
        child = self.keepers[index].child
        child.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            child.send_signal(signal.SIGCONT)

    async def restart_backend(self) -> None:
        """Start the backend again, on the same data, after it was stopped or killed."""
        self.backend = await start_backend(self.chain, self.url, self.backend_environment)
        await _wait_for_index(self.backend, self.url)

    async def restart_keeper(self, index: int) -> None:
        """Start one keeper again, at its address and on its data, after it was stopped or killed.

        Raises:
            Unavailable: it ended at once, with the end of its log.
        """
        url = self.keeper_urls[index]
        process = start_keeper(self.chain, self.keepers[index].name, url, self.keeper_environments[index])
        self.keepers[index] = process
        await _wait_for_http(process, f"{url}/healthz")


def anvil_binary() -> str:
    """Path of the native ``anvil``: the locked npm package's, else the one on the PATH."""
    packaged = sorted(repository().glob("node_modules/@foundry-rs/anvil-*/bin/anvil"))
    found = str(packaged[0]) if packaged else shutil.which("anvil")
    if found is None:
        raise BadInput("anvil is not installed.", remedy="Run `make setup`.", code="no-anvil")
    return found


@asynccontextmanager
async def local_chain(directory: Path) -> AsyncIterator[LocalChain]:
    """Start Anvil on a free port and deploy our contracts with Brownie; stop it at the end."""
    root = repository()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [anvil_binary(), "--port", str(port), "--hardfork", "prague", "--slots-in-an-epoch", "1", "--silent"]
    anvil = Process.start("anvil", command, directory / "logs")
    try:
        chain = LocalChain(url, directory / "deployment.json", anvil, directory)
        await _wait_for_node(chain)
        environment = {
            "FAIRSIGNAL_RPC_URL": url,
            "FAIRSIGNAL_DEPLOYMENT": str(chain.deployment),
            "FAIRSIGNAL_CHAIN_ID": str(CHAIN_ID),
        }
        deploy = Process.start(
            "deploy", [str(root / "scripts" / "brownie.sh"), "run", "deploy"], directory / "logs", environment
        )
        try:
            code = await asyncio.to_thread(deploy.child.wait)
        finally:
            deploy.stop()
        if code != 0 or not chain.deployment.exists():
            tail = "\n".join(deploy.log.read_text("utf-8", "replace").splitlines()[-12:])
            raise Unavailable(f"Deploying with Brownie failed (exit code {code}):\n{tail}", remedy="Run `make setup`.")
        yield chain
    finally:
        anvil.stop()


async def _register(
    chain: LocalChain, *, owner: DevWallet, operator: DevWallet, keepers: Sequence[DevWallet], threshold: int
) -> None:
    async with open_wallet(chain.rpc_url, chain.deployment, operator) as wallet:
        await wallet.writer.register_operator(operator.address, "https://operator.example/terms")
    async with open_wallet(chain.rpc_url, chain.deployment, owner) as wallet:
        await wallet.writer.set_keepers([keeper.address for keeper in keepers], threshold)


async def _wait_for_node(chain: LocalChain) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while True:
        chain.anvil.check()
        with contextlib.suppress(httpx.HTTPError, json.JSONDecodeError):
            await chain.rpc("eth_chainId")
            return
        if time.monotonic() > deadline:
            raise Unavailable("Anvil did not start.", remedy=f"See {chain.anvil.log}.")
        await asyncio.sleep(0.05)


async def _wait_for_http(process: Process, url: str) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    async with httpx.AsyncClient(timeout=2, verify=_NO_TLS) as http:
        while True:
            process.check()
            with contextlib.suppress(httpx.HTTPError):
                if (await http.get(url)).is_success:
                    return
            if time.monotonic() > deadline:
                raise Unavailable(f"{process.name} did not get ready.", remedy=f"See {process.log}.")
            await asyncio.sleep(0.05)


async def start_backend(chain: LocalChain, url: str, environment: Mapping[str, str]) -> Process:
    """Start a backend and wait until it is ready."""
    command = [sys.executable, "-m", "fairsignal", "serve", "--port", url.rsplit(":", 1)[1]]
    backend = Process.start("backend", command, chain.directory / "logs", environment)
    try:
        await _wait_for_http(backend, f"{url}/readyz")
    except BaseException:
        backend.stop()
        raise
    return backend


async def _wait_for_index(backend: Process, url: str) -> None:
    """Until it follows the chain, which it may only do once the lease of the one before is over."""
    deadline = time.monotonic() + _START_TIMEOUT
    async with httpx.AsyncClient(timeout=2, verify=_NO_TLS) as http:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                state = (await http.get(f"{url}/readyz")).json()
                if state.get("index_block", -1) >= state.get("block", 0):
                    return
            if time.monotonic() > deadline:
                raise Unavailable(f"{backend.name} does not follow the chain.", remedy=f"See {backend.log}.")
            await asyncio.sleep(0.05)


def start_keeper(chain: LocalChain, name: str, url: str, environment: Mapping[str, str]) -> Process:
    """Start one keeper; it answers ``/healthz`` once it is ready."""
    command = [sys.executable, "-m", "fairsignal", "keeper", "--port", url.rsplit(":", 1)[1]]
    return Process.start(name, command, chain.directory / "logs", environment)


@asynccontextmanager
async def local_stack(
    directory: Path,
    *,
    keepers: int = 3,
    threshold: int = 2,
    settings: Mapping[str, str] | None = None,
    keeper_settings: Mapping[str, str] | None = None,
    port: int = 0,
) -> AsyncIterator[Stack]:
    """Start a chain, up to ten keepers and a backend that deposits with them; stop all of it at the end.

    Args:
        settings: environment variables for the backend.
        keeper_settings: the same for every keeper.
        port: the backend's; 0 for a free one.
    """
    wallets = dev_wallets(20)
    operator = wallets[1]
    async with local_chain(directory) as chain:
        await _register(
            chain, owner=wallets[0], operator=operator, keepers=wallets[20 - keepers :], threshold=threshold
        )
        common = {"RPC_URL": chain.rpc_url, "DEPLOYMENT": str(chain.deployment)}
        started: list[Process] = []
        urls, environments = [], []
        backend_url = f"http://127.0.0.1:{port or free_port()}"
        try:
            for index in range(keepers):
                environment = {f"FAIRSIGNAL_KEEPER_{name}": value for name, value in common.items()} | {
                    "FAIRSIGNAL_KEEPER_KEY": wallets[20 - keepers + index].private_key.hex(),
                    "FAIRSIGNAL_KEEPER_DATA_DIR": str(directory / f"keeper-{index + 1}"),
                    "FAIRSIGNAL_KEEPER_BLOBS_URLS": json.dumps([backend_url]),
                    **(keeper_settings or {}),
                }
                urls.append(f"http://127.0.0.1:{free_port()}")
                environments.append(environment)
                started.append(start_keeper(chain, f"keeper-{index + 1}", urls[index], environment))
            for process, url in zip(started, urls, strict=True):
                await _wait_for_http(process, f"{url}/healthz")
            environment = {f"FAIRSIGNAL_{name}": value for name, value in common.items()} | {
                "FAIRSIGNAL_KEY": operator.private_key.hex(),
                "FAIRSIGNAL_DATA_DIR": str(directory / "backend"),
                "FAIRSIGNAL_KEEPER_URLS": json.dumps(urls),
                "FAIRSIGNAL_KEEPER_THRESHOLD": str(threshold),
                **LOCAL_RULES,
                # All people of a local stack come from one address.
                "FAIRSIGNAL_PUBLIC_RATE": "1000000/minute",
                "FAIRSIGNAL_SIGN_IN_RATE": "1000000/minute",
                "FAIRSIGNAL_PUBLIC_RPC_URL": chain.rpc_url,
                **(settings or {}),
            }
            backend = await start_backend(chain, backend_url, environment)
            stack = Stack(chain, backend_url, backend, started, urls, threshold, operator, environment, environments)
            try:
                yield stack
            finally:
                stack.backend.stop()
        finally:
            for process in started:
                process.child.terminate()  # all at once, then wait for each
            for process in started:
                process.stop()
