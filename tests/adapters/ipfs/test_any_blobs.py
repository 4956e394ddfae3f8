"""Blobs from servers of any kind, none of which is believed; a real Kubo daemon is two of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from aiohttp import web

from fairsignal.adapters.ipfs import KuboBlobStore
from fairsignal.adapters.ipfs.any_blobs import AnyBlobs
from fairsignal.domain.cid import CHUNK, cid_of
from fairsignal.domain.errors import IntegrityError, NotFound, Unavailable
from tests.adapters.ipfs.conftest import Kubo

DATA = b"a part of a log"
CID = cid_of(DATA)
Handler = Callable[[web.Request], Awaitable[web.Response]]
Serve = Callable[[str, Handler], Awaitable[str]]
BACKEND = "/v1/blobs/{cid}"
NOBODY = "http://127.0.0.1:9"


def held(data: bytes | int | None) -> Handler:
    """Answers for CID with these bytes or this HTTP status; with 404 for everything else."""

    async def answer(request: web.Request) -> web.Response:
        if data is None or request.match_info["cid"] != CID:
            return web.Response(status=404)
        return web.Response(status=data) if isinstance(data, int) else web.Response(body=data)

    return answer


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts servers; -> their URLs."""
    async with AsyncExitStack() as stack:

        async def start(route: str, handler: Handler) -> str:
            app = web.Application()
            app.router.add_get(route, handler)
            runner = web.AppRunner(app)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return f"http://127.0.0.1:{runner.addresses[0][1]}"

        yield start


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.mark.parametrize("route", ["/ipfs/{cid}", BACKEND])
async def test_a_gateway_and_a_backend_are_told_apart(route: str, serve: Serve, http: httpx.AsyncClient) -> None:
    blobs = AnyBlobs([await serve(route, held(DATA))], http)
    assert await blobs.get(CID) == DATA
    with pytest.raises(NotFound):
        await blobs.get(cid_of(b"another"))


async def test_a_kubo_daemon_serves_by_its_rpc_api_and_by_its_gateway(
    kubo: Kubo, kubo_store: KuboBlobStore, http: httpx.AsyncClient
) -> None:
    await kubo_store.put(DATA)
    for address in (kubo.api, kubo.gateway_origin):
        port = address.split("/")[4]
        blobs = AnyBlobs([f"http://127.0.0.1:{port}"], http)
        assert await blobs.get(CID) == DATA


async def test_the_next_source_is_asked_when_one_lacks_it_lies_or_is_down(
    serve: Serve, http: httpx.AsyncClient
) -> None:
    urls = [await serve(BACKEND, held(data)) for data in (None, b"other bytes", DATA)]
    assert await AnyBlobs([NOBODY, *urls], http).get(CID) == DATA


async def test_wrong_bytes_are_told_from_missing_ones_and_from_no_answer(serve: Serve, http: httpx.AsyncClient) -> None:
    answers = (None, b"other bytes", bytes(CHUNK + 1), 503)
    lacking, lying, huge, broken = [await serve(BACKEND, held(data)) for data in answers]
    with pytest.raises(NotFound):
        await AnyBlobs([lacking], http).get(CID)
    for url in (lying, huge):
        with pytest.raises(IntegrityError):
            await AnyBlobs([lacking, url], http).get(CID)
    for urls in ([NOBODY], [broken], [lying, NOBODY], []):
        with pytest.raises(Unavailable):
            await AnyBlobs(urls, http).get(CID)


async def test_a_server_with_a_page_for_every_path_is_asked_in_the_other_forms(
    serve: Serve, http: httpx.AsyncClient
) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(body=DATA if "blobs" in request.path else b"<html>")

    assert await AnyBlobs([await serve("/{path:.*}", page)], http).get(CID) == DATA
