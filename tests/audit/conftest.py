"""One Anvil with our contracts for the tests of the audit; what they add to it is theirs alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from fairsignal.cli.local_stack import LocalChain, local_chain
from tests.audit.scene import DAY, Blobs, Node, Scene


@pytest.fixture(scope="session")
async def chain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalChain]:
    async with local_chain(tmp_path_factory.mktemp("chain")) as running:
        yield running


@pytest.fixture(scope="session")
async def node(chain: LocalChain) -> AsyncIterator[Node]:
    async with httpx.AsyncClient(timeout=20) as http:
        yield await Node.over(chain, http)


@pytest.fixture
async def scene(node: Node, tmp_path: Path) -> AsyncIterator[Scene]:
    """A new operator, on a new UTC day, and a server for its logs."""
    blobs = Blobs()
    app = web.Application()
    app.router.add_get("/v1/blobs/{cid}", blobs.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    _, now = await node.head()
    midnight = (now // DAY + 1) * DAY
    await node.mine(at=midnight)
    scene = Scene(node, blobs, f"http://127.0.0.1:{port}", tmp_path, midnight)
    await node.send(scene.operator, "OperatorRegistry", "register", scene.operator, "https://operator.example/terms")
    scene.start = (await node.head())[0]
    yield scene
    await runner.cleanup()
