"""The load: a process of its own, with requests written beforehand over connections that stay open.

.venv/bin/python -m bench.decisions.load PLAN    # a JSON file; prints figures as JSON

It costs some 40 us a request, a fraction of what the server takes: it is not what is measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvloop

_HEAD = b"POST /v1/decisions HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_PATIENCE = 30.0


class Connection(asyncio.Protocol):
    """One request at a time over HTTP/1.1, answers with Content-Length."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._wanted = -1
        self._answer: asyncio.Future[bytes] | None = None
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._wanted < 0 and (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end]).lower()
            length = head.index(b"content-length:") + 15
            self._wanted = end + 4 + int(head[length:].split(b"\r\n", 1)[0])
        if 0 <= self._wanted <= len(self._buffer) and self._answer is not None:
            self._answer.set_result(bytes(self._buffer[: self._wanted]))
            del self._buffer[: self._wanted]
            self._wanted = -1

    def connection_lost(self, _error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("closed"))

    async def ask(self, request: bytes) -> bytes:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        async with asyncio.timeout(_PATIENCE):
            return await self._answer


async def steady(connections: list[Connection], requests: list[bytes], per_s: float, seconds: float) -> dict[str, Any]:
    """A request every ``1 / per_s`` seconds, whatever became of those before; counted from when each was due."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in connections:
        free.put_nowait(connection)
    taken: list[float] = []
    allowed = failed = 0

    async def one(request: bytes, due: float) -> None:
        nonlocal allowed, failed
        connection = await free.get()
        answer = await connection.ask(request)
        free.put_nowait(connection)
        taken.append(time.perf_counter() - due)
        failed += not answer.startswith(b"HTTP/1.1 200")
        allowed += b'"allowed":true' in answer

    start = time.perf_counter()
    tasks = []
    for number in range(int(per_s * seconds)):
        due = start + number / per_s
        if (ahead := due - time.perf_counter()) > 0:
            await asyncio.sleep(ahead)
        tasks.append(asyncio.create_task(one(requests[number % len(requests)], due)))
    await asyncio.gather(*tasks)
    return _figures(taken, time.perf_counter() - start) | {"failed": failed, "allowed": allowed}


async def saturated(connections: list[Connection], requests: list[bytes], seconds: float) -> dict[str, Any]:
    """As many as go, one after the other on every connection."""
    taken: list[float] = []
    allowed = failed = 0
    end = time.perf_counter() + seconds

    async def one_after_the_other(connection: Connection, number: int) -> None:
        nonlocal allowed, failed
        while time.perf_counter() < end:
            start = time.perf_counter()
            answer = await connection.ask(requests[number % len(requests)])
            taken.append(time.perf_counter() - start)
            failed += not answer.startswith(b"HTTP/1.1 200")
            allowed += answer.count(b'"allowed":true')
            number += len(connections)

    start = time.perf_counter()
    await asyncio.gather(*(one_after_the_other(connection, at) for at, connection in enumerate(connections)))
    return _figures(taken, time.perf_counter() - start) | {"failed": failed, "allowed": allowed}


def _figures(taken: list[float], seconds: float) -> dict[str, Any]:
    ordered = sorted(taken)

    def quantile(part: float) -> float:
        return round(ordered[min(int(part * len(ordered)), len(ordered) - 1)] * 1_000, 3)

    return {
        "requests": len(taken),
        "per_s": round(len(taken) / seconds, 1),
        "p50_ms": quantile(0.5),
        "p99_ms": quantile(0.99),
        "p999_ms": quantile(0.999),
    }


async def main(plan: dict[str, Any]) -> None:
    os.setpriority(os.PRIO_PROCESS, 0, plan["priority"])
    url = urlsplit(plan["url"])
    assert url.hostname is not None
    requests = [_HEAD % (url.netloc.encode(), len(body)) + body.encode() for body in plan["bodies"]]
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(Connection, url.hostname, url.port))[1] for _ in range(plan["connections"])
    ]
    if "per_s" in plan:
        found = await steady(connections, requests, plan["per_s"], plan["seconds"])
    else:
        found = await saturated(connections, requests, plan["seconds"])
    cpu = time.process_time()
    print(json.dumps(found | {"client_cpu_s": round(cpu, 2)}))


if __name__ == "__main__":
    uvloop.run(main(json.loads(Path(sys.argv[1]).read_text("utf-8"))))
