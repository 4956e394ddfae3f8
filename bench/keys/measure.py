"""The measurements. Times are the wall's; where it says "per core", the process's CPU."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

from bench.keys.profiles import profile
from bench.keys.world import KEEPERS, THRESHOLD, World
from fairsignal.domain.hpke import new_private_key, public_key_of
from fairsignal.domain.release import ReleaseItem
from fairsignal.domain.sealing import KeeperKey, SealContext
from fairsignal.pipeline.seal import seal
from fairsignal.ports import BlobStore

__all__ = ["IN_FLIGHT", "Latencies", "blob_rates", "call_per_fact", "cohort", "saturated", "seal_rate", "steady"]

IN_FLIGHT = 16
_CONTEXT = SealContext(31337, "0x" + "11" * 20, "0x" + "22" * 20, "0x" + "33" * 20, 1)


@dataclass(frozen=True)
class Latencies:
    """Of single releases."""

    per_s: float
    p50_ms: float
    p95_ms: float
    failed: int


async def saturated(world: World, seconds: float) -> Latencies:
    """As many as go, always ``IN_FLIGHT`` at once."""
    taken: list[float] = []
    failed = 0
    end = time.perf_counter() + seconds

    async def one_after_the_other(offset: int) -> None:
        nonlocal failed
        number = offset
        while time.perf_counter() < end:
            ok, duration = await _release(world, [world.items[number % len(world.items)]])
            taken.append(duration)
            failed += not ok
            number += IN_FLIGHT

    start = time.perf_counter()
    await asyncio.gather(*(one_after_the_other(offset) for offset in range(IN_FLIGHT)))
    return _latencies(taken, failed, time.perf_counter() - start)


async def steady(world: World, per_s: float, seconds: float) -> Latencies:
    """A request every ``1 / per_s`` seconds, whatever became of those before; at most ``IN_FLIGHT`` at once.

    Counted from when each was due, so that one that had to wait for its turn is not told as fast.
    """
    gate = asyncio.Semaphore(IN_FLIGHT)
    taken: list[float] = []
    failed = 0

    async def one(number: int, due: float) -> None:
        nonlocal failed
        async with gate:
            ok, _ = await _release(world, [world.items[number % len(world.items)]])
        taken.append(time.perf_counter() - due)
        failed += not ok

    start = time.perf_counter()
    tasks = []
    for number in range(int(per_s * seconds)):
        due = start + number / per_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*tasks)
    return _latencies(taken, failed, time.perf_counter() - start)


async def cohort(world: World, seconds: float) -> tuple[float, int]:
    """(categories opened per second, requests): one request for all subjects, again and again, two at once."""
    opened = requests = 0
    end = time.perf_counter() + seconds
    start = time.perf_counter()

    async def again_and_again() -> None:
        nonlocal opened, requests
        while time.perf_counter() < end:
            released = await world.client.open(world.request(world.items))
            opened += sum(item.opened for item in released.items)
            requests += 1

    await asyncio.gather(again_and_again(), again_and_again())
    return opened / (time.perf_counter() - start), requests


async def call_per_fact(world: World, seconds: float) -> tuple[float, float]:
    """(checks per second with one JSON-RPC batch, and with one call per fact): what a keeper asks its node."""
    reader, terms = world.client.reader, world.terms
    item = world.items[0]

    async def batched() -> None:
        await reader.release_snapshot(terms, [item])

    async def single() -> None:
        for tag in ("latest", "finalized"):
            await reader.head(tag)  # type: ignore[arg-type]
            await reader.campaign(terms)
            await reader.consent(item.subject, terms.lane)
            await reader.digest_of(terms.operator, item.subject)
        await reader.uses(terms.id, item.subject)

    return await _rate(batched, seconds), await _rate(single, seconds)


def seal_rate(seconds: float) -> float:
    """Profiles sealed per second of CPU: eight categories with a signal, forty empty ones, five keepers."""
    keys = [KeeperKey(index, public_key_of(new_private_key())) for index in range(1, KEEPERS + 1)]
    subject, what = public_key_of(new_private_key()), profile()
    seal(what, _CONTEXT, subject, keys, THRESHOLD)
    count, start, end = 0, time.process_time(), time.perf_counter() + seconds
    while time.perf_counter() < end:
        seal(what, _CONTEXT, subject, keys, THRESHOLD)
        count += 1
    return count / (time.process_time() - start)


async def blob_rates(store: BlobStore, count: int, size: int) -> tuple[float, float]:
    """(puts per second, gets per second) of blobs as large as a sealed profile, four at once."""
    blobs = [os.urandom(size) for _ in range(count)]
    gate = asyncio.Semaphore(4)

    async def put(data: bytes) -> str:
        async with gate:
            return await store.put(data)

    async def get(cid: str) -> None:
        async with gate:
            await store.get(cid)

    start = time.perf_counter()
    cids = await asyncio.gather(*(put(data) for data in blobs))
    middle = time.perf_counter()
    await asyncio.gather(*(get(cid) for cid in cids))
    return count / (middle - start), count / (time.perf_counter() - middle)


async def _release(world: World, items: list[ReleaseItem]) -> tuple[bool, float]:
    start = time.perf_counter()
    released = await world.client.open(world.request(items))
    return all(item.opened for item in released.items), time.perf_counter() - start


async def _rate(action: Callable[[], object], seconds: float) -> float:
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        await action()  # type: ignore[misc]
        count += 1
    return count / (time.perf_counter() - start)


def _latencies(taken: list[float], failed: int, seconds: float) -> Latencies:
    cuts = quantiles(taken, n=20)
    return Latencies(round(len(taken) / seconds, 1), round(median(taken) * 1e3, 2), round(cuts[18] * 1e3, 2), failed)
