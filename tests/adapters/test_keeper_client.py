"""A keeper may say anything: the client turns nonsense into "unavailable" and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from fairsignal.adapters.keepers import HttpKeeperClient
from fairsignal.domain.errors import BadInput, FairsignalError, Refused, Unavailable


@asynccontextmanager
async def keeper_that_says(status: int, body: bytes) -> AsyncIterator[HttpKeeperClient]:
    """A real HTTP server on loopback with one answer for everything."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, httpx.AsyncClient(timeout=2) as http:
        yield HttpKeeperClient(f"http://127.0.0.1:{port}", http)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"hpke_key": 5}', b'{"hpke_key": "0xzz"}', b"\xff", b"null"])
async def test_nonsense_is_unavailable(body: bytes) -> None:
    async with keeper_that_says(200, body) as keeper:
        with pytest.raises(Unavailable) as caught:
            await keeper.info()
    assert caught.value.code == "keeper-unavailable"


@pytest.mark.parametrize(
    ("status", "kind"), [(403, Refused), (404, Refused), (422, BadInput), (503, Unavailable), (500, Unavailable)]
)
async def test_problems_keep_their_rule(status: int, kind: type[FairsignalError]) -> None:
    async with keeper_that_says(status, b'{"code": "some-rule", "detail": "Because."}') as keeper:
        with pytest.raises(kind) as caught:
            await keeper.info()
    assert caught.value.code == "some-rule"


async def test_error_that_is_no_problem_document_is_unavailable() -> None:
    async with keeper_that_says(400, b"[1]") as keeper:
        with pytest.raises(Unavailable):
            await keeper.info()
