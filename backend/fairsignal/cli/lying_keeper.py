"""A keeper that lies, for the demo and the tests of those who must notice: the real one, but for what it remembers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import uvicorn
from starlette.types import ASGIApp

from fairsignal.api.keeper import create_keeper_app
from fairsignal.bootstrap.keeper import open_keeper
from fairsignal.config import KeeperSettings
from fairsignal.domain.sealing import SLOTS
from fairsignal.domain.shamir import SCALAR_BYTES, scalars
from fairsignal.ports import Deposit, DepositBox, HeldShares

__all__ = ["lying_keeper", "serving"]

_PREFIX = "FAIRSIGNAL_KEEPER_"


@dataclass(frozen=True)
class _AlteredBox:
    """A ``DepositBox`` that takes shares as they are and gives out others, of the right form."""

    box: DepositBox

    async def put(self, deposit: Deposit, came: int) -> None:
        await self.box.put(deposit, came)

    async def get(self, operator: str, subject: str, digest: bytes) -> Deposit | None:
        deposit = await self.box.get(operator, subject, digest)
        if deposit is None:
            return None
        invented = b"".join(value.to_bytes(SCALAR_BYTES) for value in scalars(SLOTS, os.urandom))
        return replace(deposit, shares=invented)

    async def of(self, operator: str, subject: str) -> HeldShares:
        return await self.box.of(operator, subject)

    async def held(self, after: tuple[str, str], limit: int) -> list[HeldShares]:
        return await self.box.held(after, limit)

    async def delete(self, operator: str, subject: str, digests: Sequence[bytes]) -> int:
        return await self.box.delete(operator, subject, digests)

    async def close(self) -> None:
        await self.box.close()


@asynccontextmanager
async def lying_keeper(environment: Mapping[str, str], url: str) -> AsyncIterator[None]:
    """Serve at ``url`` a keeper with keys, database and node of its own, which signs what it says and makes shares up.

    Args:
        environment: that of the honest process, which must not run meanwhile.
    """
    settings = KeeperSettings.model_validate(
        {
            # As pydantic reads them from the environment: lists are JSON.
            name.removeprefix(_PREFIX).lower(): json.loads(value) if value.startswith("[") else value
            for name, value in environment.items()
            if name.startswith(_PREFIX)
        }
    )
    async with (
        open_keeper(settings) as keeper,
        serving(create_keeper_app(replace(keeper, box=_AlteredBox(keeper.box))), url),
    ):
        yield


class _Server(uvicorn.Server):
    """Leaves signals to whoever runs the event loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp, url: str) -> AsyncIterator[None]:
    """Serve an application at a loopback address (``http://127.0.0.1:<port>``) in this event loop."""
    host, port = url.removeprefix("http://").rsplit(":", 1)
    server = _Server(
        uvicorn.Config(
            app,
            host=host,
            port=int(port),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            if task.done():
                await task  # says why it did not start
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task
