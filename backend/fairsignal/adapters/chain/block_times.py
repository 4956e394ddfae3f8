"""``ports.BlockTimes`` over JSON-RPC."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fairsignal.adapters.chain.rpc import Call, Rpc

__all__ = ["RpcBlockTimes"]

_BATCH = 500
"""Blocks in one JSON-RPC batch."""


class RpcBlockTimes:
    """Asks the node for headers, many at a time."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    async def timestamps(self, blocks: Collection[int]) -> Mapping[int, int]:
        wanted = sorted(blocks)
        times: dict[int, int] = {}
        for start in range(0, len(wanted), _BATCH):
            numbers = wanted[start : start + _BATCH]
            found = await self._rpc.batch([Call("eth_getBlockByNumber", [hex(number), False]) for number in numbers])
            times |= {
                number: int(block["timestamp"], 16) for number, block in zip(numbers, found, strict=True) if block
            }
        return times
