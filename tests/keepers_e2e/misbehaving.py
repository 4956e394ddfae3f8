"""Servers that misbehave, on loopback: keepers that answer wrongly, and stores that return other bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fairsignal.cli.local_stack import free_port
from fairsignal.cli.lying_keeper import serving

Change = Callable[[dict[str, Any], dict[str, Any]], Awaitable[dict[str, Any]]]
"""(request's body, keeper's answer) -> what is answered instead"""


@asynccontextmanager
async def intercepted(keeper_url: str, change: Change) -> AsyncIterator[str]:
    """A man in the middle of a keeper's releases; -> its address."""

    async def release(request: Request) -> Response:
        asked = await request.json()
        async with httpx.AsyncClient(timeout=10) as http:
            answer = await http.post(f"{keeper_url}/v1/release", json=asked)
        return JSONResponse(await change(asked, answer.json()), answer.status_code)

    url = f"http://127.0.0.1:{free_port()}"
    async with serving(Starlette(routes=[Route("/v1/release", release, methods=["POST"])]), url):
        yield url


@asynccontextmanager
async def blob_server(content: Callable[[str], bytes]) -> AsyncIterator[str]:
    """A gateway that answers any CID with whatever it likes; -> its address."""

    async def blob(request: Request) -> Response:
        return Response(content(request.path_params["cid"]), media_type="application/octet-stream")

    url = f"http://127.0.0.1:{free_port()}"
    async with serving(Starlette(routes=[Route("/{cid}", blob)]), url):
        yield url


Forward = Callable[[], Awaitable[Response]]


class Wire:
    """Everything that a server says to others passes here; a test may put a fault into it."""

    def __init__(self) -> None:
        self.fault: Fault | None = None

    async def carry(self, to: str, what: str, forward: Forward) -> Response:
        return await (forward() if self.fault is None else self.fault.around(to, what, forward))


class Fault:
    """Acts once, at the ``count``-th matching request: before it arrives, or after it was answered there.

    Args:
        to: name of the receiver, or what it begins with.
        what: path of the request, or the JSON-RPC method.
        cut: the line is dead from then on: neither this answer nor anything later gets through.
    """

    def __init__(self, moment: str, to: str, what: str, count: int, act: Callable[[], None], *, cut: bool) -> None:
        self._moment, self._to, self._what, self._count = moment, to, what, count
        self._act, self._cut = act, cut
        self._seen = 0
        self._turn = asyncio.Lock()
        self.happened = False

    async def around(self, to: str, what: str, forward: Forward) -> Response:
        if self._cut and self.happened:
            return Response(status_code=502)
        if not to.startswith(self._to) or what != self._what:
            return await forward()
        # One at a time: what was done before the fault is then known exactly.
        async with self._turn:
            if self._cut and self.happened:
                return Response(status_code=502)
            self._seen += 1
            if self._seen != self._count:
                return await forward()
            if self._moment == "after":
                answer = await forward()
                self._strike()
                return Response(status_code=502) if self._cut else answer
            self._strike()
            return Response(status_code=502) if self._cut else await forward()

    def _strike(self) -> None:
        self.happened = True
        self._act()


@asynccontextmanager
async def watched(name: str, upstream: str, wire: Wire) -> AsyncIterator[str]:
    """A proxy before one server that carries everything over ``wire``; -> its address."""

    async def relay(request: Request) -> Response:
        body = await request.body()

        async def forward() -> Response:
            try:
                async with httpx.AsyncClient(timeout=10) as http:
                    answer = await http.request(
                        request.method,
                        upstream + request.url.path,
                        content=body,
                        headers={"content-type": "application/json"},
                    )
            except httpx.HTTPError:
                return Response(status_code=502)
            return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

        asked = json.loads(body) if name == "node" else {}
        what = asked.get("method", "") if isinstance(asked, dict) and asked else request.url.path
        return await wire.carry(name, what, forward)

    url = f"http://127.0.0.1:{free_port()}"
    async with serving(Starlette(routes=[Route("/{path:path}", relay, methods=["GET", "POST"])]), url):
        yield url
