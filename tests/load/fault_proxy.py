"""A TCP proxy that makes what is behind it slow, silent, broken off or gone, for tests of what the rest does then."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

__all__ = ["Fault", "FaultProxy", "fault_proxy"]

_CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of zero seconds: closing sends RST instead of FIN."""


class Fault(StrEnum):
    """What befalls every connection, open ones too."""

    NONE = "none"
    SLOW = "slow"
    """Each chunk waits, in both directions."""
    STALL = "stall"
    """Connections are taken, and nothing gets through."""
    RESET = "reset"
    """Open connections are reset, new ones as soon as they say something."""
    DOWN = "down"
    """Nobody listens, as after a kill."""


class FaultProxy:
    """Listens on a loopback port of its own and passes everything on."""

    def __init__(self, host: str, port: int, *, delay: float = 0.3) -> None:
        """
        Args:
            host: of the server behind, or the path of its Unix socket with ``port`` 0.
            delay: seconds that a chunk waits while the fault is ``SLOW``.
        """
        self._host, self._target, self._delay = host, port, delay
        self._fault = Fault.NONE
        self._changed = asyncio.Condition()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.passed = 0
        """Bytes that went through, both ways."""

    async def start(self) -> None:
        """Listen; at the same port again after ``Fault.DOWN``."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, reuse_address=True)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def set(self, fault: Fault) -> None:
        """From now on, for open and new connections."""
        self._fault = fault
        if fault is Fault.DOWN:
            await self._stop_listening()
        elif self._server is None:
            await self.start()
        if fault in (Fault.RESET, Fault.DOWN):
            self._break_off()
        async with self._changed:
            self._changed.notify_all()

    async def close(self) -> None:
        """Stop listening and break off what is open."""
        await self._stop_listening()
        self._break_off()

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _break_off(self) -> None:
        for writer in list(self._writers):
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        behind: asyncio.StreamWriter | None = None
        try:
            back, behind = (
                await asyncio.open_connection(self._host, self._target)
                if self._target
                else await asyncio.open_unix_connection(self._host)
            )
            self._writers.add(behind)
            ways = (
                asyncio.ensure_future(self._pump(reader, behind)),
                asyncio.ensure_future(self._pump(back, writer)),
            )
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass  # the server behind is gone, or this loop is ending: so does this connection
        finally:
            for end in (writer, behind):
                if end is not None:
                    self._writers.discard(end)
                    if self._fault is Fault.RESET:
                        _reset(end)
                    end.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await source.read(_CHUNK):
                if self._fault is Fault.SLOW:
                    await asyncio.sleep(self._delay)
                async with self._changed:
                    await self._changed.wait_for(lambda: self._fault is not Fault.STALL)
                if self._fault is Fault.RESET:
                    return
                sink.write(chunk)
                await sink.drain()
                self.passed += len(chunk)


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport = writer.transport
    transport.abort()


@asynccontextmanager
async def fault_proxy(host: str, port: int, *, delay: float = 0.3) -> AsyncIterator[FaultProxy]:
    """A proxy before one server, closed at the end."""
    proxy = FaultProxy(host, port, delay=delay)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()
