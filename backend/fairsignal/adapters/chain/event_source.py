"""``ports.EventSource`` over JSON-RPC."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import Any

import aiohttp
import structlog

from fairsignal.adapters.chain.deployment import Deployment
from fairsignal.adapters.chain.events import decode_logs, log_filter
from fairsignal.adapters.chain.ranges import AdaptiveRange
from fairsignal.adapters.chain.rpc import Call, Rpc, RpcError
from fairsignal.domain.errors import Unavailable
from fairsignal.domain.reorg import Header, Tips, check_links
from fairsignal.ports import BlockEvents, EventRange

__all__ = ["RpcEventSource"]

log = structlog.get_logger(__name__)

_AHEAD = 2
"""Ranges that are asked for while an earlier one is worked on."""
_BATCH = 100
"""Blocks in one JSON-RPC batch."""
_TOO_LARGE = (400, 413)
"""HTTP statuses by which gateways refuse what would be too much."""


class RpcEventSource:
    """Reads events by range where blocks are final, and by block hash where they are not."""

    def __init__(self, rpc: Rpc, deployment: Deployment, sizes: AdaptiveRange | None = None) -> None:
        self._rpc = rpc
        self._filter = log_filter(deployment)
        self._sizes = sizes or AdaptiveRange()
        self.start_block = deployment.start_block

    async def tips(self, number: int) -> Tips:
        latest, final, ours = await self._rpc.batch([_block("latest"), _block("finalized"), _block(hex(number))])
        if latest is None or final is None:
            raise Unavailable(
                "The node names no finalized block.", remedy="Use a node that has synchronised.", code="no-final-block"
            )
        return Tips(_header(latest), int(final["number"], 16), None if ours is None else _header(ours))

    async def header(self, number: int) -> Header | None:
        found = await self._rpc.request("eth_getBlockByNumber", hex(number), False)
        return None if found is None else _header(found)

    async def hashes(self, numbers: Sequence[int]) -> Mapping[int, bytes]:
        return {header.number: header.hash for header in await self._headers(hex(number) for number in numbers)}

    async def _headers(self, tags: Iterable[str]) -> list[Header]:
        calls = [_block(tag) for tag in tags]
        found = []
        for start in range(0, len(calls), _BATCH):
            found += await self._rpc.batch(calls[start : start + _BATCH])
        return [_header(block) for block in found if block is not None]

    async def ranges(self, first: int, last: int) -> AsyncGenerator[EventRange, None]:
        reading: deque[asyncio.Task[list[EventRange]]] = deque()
        try:
            while first <= last or reading:
                while first <= last and len(reading) <= _AHEAD:
                    end = min(last, first + self._sizes.size - 1)
                    reading.append(asyncio.create_task(self._range(first, end)))
                    first = end + 1
                for part in await reading[0]:
                    yield part
                reading.popleft()
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)

    async def _range(self, first: int, last: int) -> list[EventRange]:
        """The range, in parts when the node does not take it whole."""
        span = last - first + 1
        try:
            part = await self._read(first, last)
        except Unavailable as error:
            if span == 1 or not _may_be_too_large(error):
                raise
            log.info("range halved", blocks=span, code=error.code)
            self._sizes.failed(span)
            middle = first + span // 2 - 1
            return [*await self._range(first, middle), *await self._range(middle + 1, last)]
        self._sizes.succeeded(span, len(part.events))
        return [part]

    async def _read(self, first: int, last: int) -> EventRange:
        wanted = self._filter | {"fromBlock": hex(first), "toBlock": hex(last)}
        # The block is asked for in the same batch: a node that does not have it would not have its logs either.
        logs, block = await self._rpc.batch([Call("eth_getLogs", [wanted]), _block(hex(last))])
        if block is None:
            raise Unavailable(f"The node does not have block {last}.", remedy="Try again.", code="node-behind")
        return EventRange(_header(block), decode_logs(logs, await self._timestamps(logs)))

    async def _timestamps(self, logs: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
        """Of blocks whose logs come without."""
        numbers = {log["blockNumber"] for log in logs if log.get("blockTimestamp") is None}
        return {hex(header.number): header.timestamp for header in await self._headers(sorted(numbers))}

    async def blocks(self, first: int, last: int) -> list[BlockEvents]:
        headers = await self._headers(hex(number) for number in range(first, last + 1))
        if len(headers) != last - first + 1:
            raise Unavailable("The chain became shorter while it was read.", remedy="Try again.", code="chain-moved")
        check_links(headers[0].parent, headers, first)
        calls = [Call("eth_getLogs", [self._filter | {"blockHash": "0x" + header.hash.hex()}]) for header in headers]
        logs = []
        for start in range(0, len(calls), _BATCH):
            logs += await self._rpc.batch(calls[start : start + _BATCH])
        return [
            BlockEvents(header, decode_logs(found, {hex(header.number): header.timestamp}))
            for header, found in zip(headers, logs, strict=True)
        ]


def _block(tag: str) -> Call:
    return Call("eth_getBlockByNumber", [tag, False])


def _header(block: Mapping[str, Any]) -> Header:
    return Header(
        number=int(block["number"], 16),
        hash=bytes.fromhex(block["hash"][2:]),
        parent=bytes.fromhex(block["parentHash"][2:]),
        timestamp=int(block["timestamp"], 16),
    )


def _may_be_too_large(error: Unavailable) -> bool:
    """Nodes have many ways to say that a range is too large, and some just take too long."""
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientResponseError):
        return cause.status in _TOO_LARGE
    return isinstance(error, RpcError) or isinstance(cause, TimeoutError)
