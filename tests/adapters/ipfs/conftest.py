"""A real Kubo daemon in a throw-away repository, offline, on random ports."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

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
from fairsignal.ports import BlobStore
from tests.adapters.ipfs.folders import Folder
from tests.adapters.ipfs.pinning_service import PinningService, serving

_SETUP = Path(__file__).parents[3] / "scripts" / "setup.py"


def _find_kubo() -> Path | None:
    spec = importlib.util.spec_from_file_location("fairsignal_setup", _SETUP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.find_kubo()


@dataclass(frozen=True)
class Kubo:
    """A running daemon."""

    binary: Path
    repository: Path
    api: str
    """Multiaddr of its RPC API."""

    @property
    def gateway_origin(self) -> str:
        """Multiaddr of its gateway, as an origin to fetch from over HTTP."""
        port = (self.repository / "gateway").read_text().strip().rpartition(":")[2]
        return f"/ip4/127.0.0.1/tcp/{port}/http"

    def run(self, *args: str, stdin: bytes | None = None) -> bytes:
        """The `ipfs` command on this repository."""
        done = subprocess.run(
            [self.binary, *args], env=self.environment, input=stdin, capture_output=True, check=True, timeout=60
        )
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "IPFS_PATH": str(self.repository), "IPFS_TELEMETRY": "off"}


@pytest.fixture(scope="session")
def kubo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubo]:
    binary = _find_kubo()
    if binary is None:
        missing = "no `ipfs` on the PATH and none built: run `python3 scripts/setup.py kubo`"
        if os.environ.get("FAIRSIGNAL_REQUIRE_KUBO") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("kubo")
    daemon = Kubo(binary, folder / "repository", "")
    daemon.run("init", "--profile=test,server")
    with (folder / "daemon.log").open("wb") as log:
        process = subprocess.Popen(
            [binary, "daemon", "--offline"], env=daemon.environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield Kubo(binary, daemon.repository, _wait_until_ready(process, daemon.repository, folder / "daemon.log"))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], repository: Path, log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if b"Daemon is ready" in log.read_bytes():
            return (repository / "api").read_text().strip()
        time.sleep(0.05)
    pytest.fail(f"the Kubo daemon did not start:\n{log.read_text()}")


@pytest.fixture
def embedded_store(tmp_path: Path) -> EmbeddedBlobStore:
    return EmbeddedBlobStore(tmp_path / "store")


@pytest.fixture
async def kubo_store(kubo: Kubo) -> AsyncIterator[KuboBlobStore]:
    store = KuboBlobStore(kubo.api, timeout=timedelta(seconds=20))
    yield store
    await store.close()


@pytest.fixture
def service() -> Iterator[PinningService]:
    """A pinning service with nothing pinned."""
    service = PinningService()
    with serving(service.app()) as service.url:
        yield service


@pytest.fixture
async def pinning_store(service: PinningService, kubo: Kubo) -> AsyncIterator[PinningBlobStore]:
    """The service, fetching from the Kubo daemon."""
    timeout = timedelta(seconds=20)
    store = PinningBlobStore(
        PinningApi(service.url, SecretStr(service.token), timeout=timeout),
        TrustlessGateway(service.url, timeout=timeout),
        origins=[kubo.gateway_origin],
        patience=timedelta(seconds=30),
    )
    yield store
    await store.close()


@pytest.fixture
async def replicated_store(
    embedded_store: EmbeddedBlobStore, kubo_store: KuboBlobStore, pinning_store: PinningBlobStore
) -> ReplicatedBlobStore:
    """All three at once, and all must have what is put."""
    return ReplicatedBlobStore([embedded_store, kubo_store, pinning_store], copies=3)


@pytest.fixture(params=["embedded", "kubo", "replicated"])
def store(request: pytest.FixtureRequest) -> BlobStore:
    """Every adapter of the port in turn."""
    chosen: BlobStore = request.getfixturevalue(f"{request.param}_store")
    return chosen


@pytest.fixture
def folders(tmp_path: Path) -> list[Folder]:
    return [Folder(tmp_path / name) for name in ("first", "second", "third")]


@pytest.fixture
async def replicas(folders: list[Folder]) -> AsyncIterator[ReplicatedBlobStore]:
    store = ReplicatedBlobStore(folders, copies=2)
    yield store
    for folder in folders:
        folder.gate.set()
    await store.close()
