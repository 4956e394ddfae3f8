"""``ports.SettlementReader`` over JSON-RPC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fairsignal.adapters.chain.contracts import decode_log, decode_output, encode_call, event_topic
from fairsignal.adapters.chain.deployment import Deployment
from fairsignal.adapters.chain.rpc import Call, Rpc
from fairsignal.domain.settlement import claims_lane
from fairsignal.ports import OperatorBooks, SettledEpoch

__all__ = ["RpcSettlementReader"]

_IDS = 500
"""Campaigns in one call."""
_RANGE = 2_000
"""Blocks whose logs are asked for at once; public nodes refuse long ranges."""


class RpcSettlementReader:
    """Reads the market's books and escrows."""

    def __init__(self, rpc: Rpc, deployment: Deployment) -> None:
        self._rpc, self._market = rpc, deployment.signal_market

    async def books(self, operator: str) -> OperatorBooks:
        ((root, pool, total, operator_share, epoch),) = await self._view("booksOf", operator)
        return OperatorBooks(bytes(root), int(pool), int(total), int(operator_share), int(epoch))

    async def escrows(self, operator: str, campaigns: Sequence[bytes]) -> list[int]:
        escrows: list[int] = []
        for start in range(0, len(campaigns), _IDS):
            (found,) = await self._view("campaignsOf", operator, list(campaigns[start : start + _IDS]))
            escrows += [int(escrow) if opened else 0 for opened, escrow, _, _, _ in found]
        return escrows

    async def claimed(self, operator: str, subject: str) -> int:
        ((_, claimed, _, _),) = await self._view("creditOf", subject, claims_lane(operator))
        return int(claimed)

    async def settled(self, operator: str, epoch: int, from_block: int) -> SettledEpoch | None:
        head = int(await self._rpc.request("eth_blockNumber"), 16)
        topics = ["0x" + event_topic("SignalMarket", "Settled").hex(), f"0x{int(operator, 16):064x}"]
        for start in range(from_block, head + 1, _RANGE):
            wanted = {
                "address": self._market,
                "topics": topics,
                "fromBlock": hex(start),
                "toBlock": hex(min(head, start + _RANGE - 1)),
            }
            for log in await self._rpc.request("eth_getLogs", wanted):
                data = [bytes.fromhex(topic[2:]) for topic in log["topics"]], bytes.fromhex(log["data"][2:])
                fields = decode_log("SignalMarket", "Settled", *data)
                if fields["epoch"] == epoch:
                    return SettledEpoch(
                        bytes(fields["logDigest"]), str(log["transactionHash"]), int(log["blockNumber"], 16)
                    )
        return None

    async def _view(self, function: str, *arguments: Any) -> tuple[Any, ...]:
        data = "0x" + encode_call("SignalMarket", function, *arguments).hex()
        call = Call("eth_call", [{"to": self._market, "data": data}, "latest"])
        answer = await self._rpc.request(call.method, *call.params)
        return decode_output("SignalMarket", function, bytes.fromhex(answer[2:]))
