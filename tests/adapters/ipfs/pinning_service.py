"""A small pinning service on loopback, written to the IPFS Pinning Service API 1.0.0, that really keeps what it pins.

It fetches from origins with ``/http`` at their end, as trustless gateways, and is itself one for what it has pinned.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, get_args

import httpx
import uvicorn
from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field

from fairsignal.adapters.ipfs.tree import is_tree, links
from fairsignal.domain.cid import verify_block

Status = Literal["queued", "pinning", "pinned", "failed"]
Fetch = Callable[[str, Sequence[str]], Awaitable[dict[str, bytes]]]
"""(CID, origins) -> all blocks of its tree; raises when they cannot be had."""


class PinObject(BaseModel):
    cid: Annotated[str, Field(min_length=1)]
    name: Annotated[str, Field(max_length=255)] | None = None
    origins: Annotated[list[str], Field(max_length=20)] = []
    meta: dict[str, str] = {}


class Refusal(Exception):
    def __init__(self, status: int, reason: str, details: str = "") -> None:
        self.status, self.reason, self.details = status, reason, details


@dataclass
class Kept:
    requestid: str
    created: datetime
    pin: PinObject
    status: Status = "queued"
    blocks: dict[str, bytes] = field(default_factory=dict, repr=False)
    job: asyncio.Task[None] | None = None

    def told(self, delegates: list[str]) -> dict[str, Any]:
        return {
            "requestid": self.requestid,
            "status": self.status,
            "created": self.created.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "pin": self.pin.model_dump(exclude_none=True),
            "delegates": delegates,
            "info": {"status_details": "as ever"},
        }


async def fetch_over_http(cid: str, origins: Sequence[str]) -> dict[str, bytes]:
    """From the first origin like ``/ip4/127.0.0.1/tcp/8080/http``."""
    (host, port), *_ = [
        (parts[2], parts[4]) for origin in origins if len(parts := origin.split("/")) == 6 and parts[5] == "http"
    ]
    blocks: dict[str, bytes] = {}
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=10, trust_env=False) as http:
        waiting = [cid]
        while waiting:
            name = waiting.pop()
            if name in blocks:
                continue
            answer = await http.get(f"/ipfs/{name}", params={"format": "raw"})
            answer.raise_for_status()
            verify_block(name, answer.content)
            blocks[name] = answer.content
            waiting += links(answer.content) if is_tree(name) else ()
    return blocks


class PinningService:
    """One account's pins.

    Attributes:
        hold: seconds between queued, pinning and pinned.
        funds: without them, nothing new is pinned (409).
        per_page: at most so many results a page, whatever ``limit`` says.
    """

    def __init__(self, fetch: Fetch = fetch_over_http) -> None:
        self.token = secrets.token_urlsafe(24)
        self.kept: dict[str, Kept] = {}
        self.log: list[str] = []
        self.hold = 0.0
        self.funds = True
        self.asked = threading.Event()
        """Somebody wants something pinned."""
        self.per_page = 1000
        self.delegates = ["/ip4/127.0.0.1/tcp/1/p2p/12D3KooWC3gzBzkDUnNzkbTwutm9AHaBrBAnvXbrmaDuSXSE2Voe"]
        self.url = ""
        self._fetch = fetch
        self._newest = datetime.now(UTC)

    @property
    def blocks(self) -> dict[str, bytes]:
        return {cid: data for kept in self.kept.values() for cid, data in kept.blocks.items()}

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.exception_handler(Refusal)
        async def refused(_request: Request, refusal: Refusal) -> JSONResponse:
            error = {"reason": refusal.reason, "details": refusal.details}
            return JSONResponse({"error": error}, refusal.status)

        @app.exception_handler(RequestValidationError)
        async def malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
            return JSONResponse({"error": {"reason": "BAD_REQUEST", "details": str(error.errors())}}, 400)

        def authorized(request: Request) -> None:
            self.log.append(f"{request.method} {request.url.path}")
            if request.headers.get("authorization") != f"Bearer {self.token}":
                raise Refusal(401, "UNAUTHORIZED", "Access token is missing or invalid")

        account = [Depends(authorized)]

        @app.post("/pins", status_code=202, dependencies=account)
        async def add(pin: PinObject) -> dict[str, Any]:
            if not self.funds:
                raise Refusal(409, "INSUFFICIENT_FUNDS", "Unable to process request due to the lack of funds")
            # Pages go by this time, so it must be unique.
            self._newest = max(self._newest + timedelta(microseconds=1), datetime.now(UTC))
            kept = Kept(secrets.token_urlsafe(9) + "/+ .", self._newest, pin)
            self.kept[kept.requestid] = kept
            self.asked.set()
            kept.job = asyncio.create_task(self._pin(kept))
            return kept.told(self.delegates)

        @app.get("/pins", dependencies=account)
        async def listed(
            cid: str | None = None,
            status: str = "pinned",
            before: AwareDatetime | None = None,
            after: AwareDatetime | None = None,
            limit: Annotated[int, Query(ge=1, le=1000)] = 10,
        ) -> dict[str, Any]:
            cids, statuses = (cid or "").split(","), status.split(",")
            if len(cids) > 10 or not set(statuses) <= set(get_args(Status)):
                raise Refusal(400, "BAD_REQUEST")
            found = [
                kept
                for kept in sorted(self.kept.values(), key=lambda kept: kept.created, reverse=True)
                if (cid is None or kept.pin.cid in cids)
                and kept.status in statuses
                and (before is None or kept.created < before)
                and (after is None or kept.created > after)
            ]
            page = found[: min(limit, self.per_page)]
            return {"count": len(found), "results": [kept.told(self.delegates) for kept in page]}

        @app.get("/pins/{requestid:path}", dependencies=account)
        async def one(requestid: str) -> dict[str, Any]:
            return self._known(requestid).told(self.delegates)

        @app.delete("/pins/{requestid:path}", status_code=202, dependencies=account)
        async def remove(requestid: str) -> Response:
            kept = self._known(requestid)
            if kept.job is not None:
                kept.job.cancel()
            del self.kept[kept.requestid]
            return Response(status_code=202)

        @app.get("/ipfs/{cid}")
        async def gateway(cid: str, format: Literal["raw"]) -> Response:  # noqa: A002 - the gateway's parameter
            data = self.blocks.get(cid)
            return Response(status_code=404) if data is None else Response(data, media_type="application/vnd.ipld.raw")

        return app

    def _known(self, requestid: str) -> Kept:
        if requestid not in self.kept:
            raise Refusal(404, "NOT_FOUND", "The specified resource was not found")
        return self.kept[requestid]

    async def _pin(self, kept: Kept) -> None:
        await asyncio.sleep(self.hold)
        kept.status = "pinning"
        await asyncio.sleep(self.hold)
        try:
            kept.blocks = await self._fetch(kept.pin.cid, kept.pin.origins)
            kept.status = "pinned"
        except Exception:  # whatever it was, the pin failed
            kept.status = "failed"


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The app on a free port of loopback, in a thread -> its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)
