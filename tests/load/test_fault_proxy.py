"""Each fault does what it says: else the load test would prove nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.load.fault_proxy import Fault, FaultProxy, fault_proxy

SOON = 0.3
"""Seconds."""


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    """Before a server that says everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionResetError):
            while data := await reader.read(1024):
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, fault_proxy("127.0.0.1", server.sockets[0].getsockname()[1], delay=SOON) as running:
        yield running


async def _connect(proxy: FaultProxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float = 5.0) -> bytes:
    writer.write(b"hello")
    await writer.drain()
    return await asyncio.wait_for(reader.read(1024), seconds)


async def test_without_a_fault_everything_passes(proxy: FaultProxy) -> None:
    assert await _echo(*await _connect(proxy)) == b"hello"
    assert proxy.passed == 10


async def test_slow_delays_both_ways(proxy: FaultProxy) -> None:
    connection = await _connect(proxy)
    await proxy.set(Fault.SLOW)
    before = asyncio.get_running_loop().time()
    assert await _echo(*connection) == b"hello"
    assert asyncio.get_running_loop().time() - before >= 2 * SOON


async def test_stalled_says_nothing_and_goes_on_afterwards(proxy: FaultProxy) -> None:
    reader, writer = await _connect(proxy)
    await proxy.set(Fault.STALL)
    with pytest.raises(TimeoutError):
        await _echo(reader, writer, SOON)
    await proxy.set(Fault.NONE)
    assert await asyncio.wait_for(reader.read(1024), 5) == b"hello"


async def test_reset_breaks_off_open_and_new_connections(proxy: FaultProxy) -> None:
    reader, writer = await _connect(proxy)
    assert await _echo(reader, writer) == b"hello"
    await proxy.set(Fault.RESET)
    with pytest.raises(ConnectionResetError):
        await _echo(reader, writer)
    connection = await _connect(proxy)
    with pytest.raises(ConnectionResetError):
        await _echo(*connection)


async def test_down_refuses_until_it_is_up_again(proxy: FaultProxy) -> None:
    await proxy.set(Fault.DOWN)
    with pytest.raises(ConnectionRefusedError):
        await _connect(proxy)
    await proxy.set(Fault.NONE)
    assert await _echo(*await _connect(proxy)) == b"hello"


async def test_unix_sockets_can_be_behind(tmp_path: Path) -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    path = tmp_path / "server"
    async with await asyncio.start_unix_server(greet, path), fault_proxy(str(path), 0) as proxy:
        reader, _ = await _connect(proxy)
        assert await asyncio.wait_for(reader.read(), 5) == b"hello"
