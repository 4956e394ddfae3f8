"""``ports.AuditFacts`` over JSON-RPC."""

from __future__ import annotations

from collections.abc import Sequence

from eth_utils.address import to_checksum_address

from fairsignal.adapters.chain.contracts import decode_call, decode_output, encode_call
from fairsignal.adapters.chain.deployment import Deployment
from fairsignal.adapters.chain.rpc import Call, Rpc, RpcError
from fairsignal.domain.errors import Refused
from fairsignal.domain.settlement import Settlement
from fairsignal.ports import SettleCall

__all__ = ["RpcAuditFacts"]

_AT_ONCE = 100
"""Calls in one batch."""
_CAMPAIGNS = 500
"""Campaigns in one call."""


class RpcAuditFacts:
    """Reads transactions, and state at a block where the node still has it."""

    def __init__(self, rpc: Rpc, deployment: Deployment) -> None:
        self._rpc = rpc
        self._market = deployment.signal_market

    async def settle_call(self, tx_hash: bytes) -> SettleCall | None:
        transaction = await self._rpc.request("eth_getTransactionByHash", "0x" + tx_hash.hex())
        if transaction is None or (transaction["to"] or "").lower() != self._market.lower():
            return None
        arguments = decode_call("SignalMarket", "settle", bytes.fromhex(transaction["input"][2:]))
        if arguments is None:
            return None
        (operator, epoch, root, total, log_digest), debits, quorum = arguments
        settlement = Settlement(to_checksum_address(operator), epoch, root, total, log_digest, debits)
        return SettleCall(settlement, quorum)

    async def escrows(self, operator: str, campaigns: Sequence[bytes], block: int) -> list[int] | None:
        portions = [campaigns[at : at + _CAMPAIGNS] for at in range(0, len(campaigns), _CAMPAIGNS)]
        answers = await self._at(block, [encode_call("SignalMarket", "campaignsOf", operator, ids) for ids in portions])
        if answers is None:
            return None
        found = []
        for answer in answers:
            (states,) = decode_output("SignalMarket", "campaignsOf", answer)
            found += [int(escrow) for _, escrow, _, _, _ in states]
        return found

    async def credits(self, accounts: Sequence[tuple[bytes, int]], block: int) -> list[int] | None:
        calls = [encode_call("SignalMarket", "creditOf", subject, lane) for subject, lane in accounts]
        answers = await self._at(block, calls)
        if answers is None:
            return None
        found = []
        for answer in answers:
            ((earned, _, _, _),) = decode_output("SignalMarket", "creditOf", answer)
            found.append(int(earned))
        return found

    async def _at(self, block: int, calls: Sequence[bytes]) -> list[bytes] | None:
        """Answers of the market to calls at a block."""
        made = [Call("eth_call", [{"to": self._market, "data": "0x" + data.hex()}, hex(block)]) for data in calls]
        found: list[bytes] = []
        try:
            for start in range(0, len(made), _AT_ONCE):
                found += [bytes.fromhex(answer[2:]) for answer in await self._rpc.batch(made[start : start + _AT_ONCE])]
        except (RpcError, Refused):
            # These views never revert: it is the state that the node does not have any more.
            return None
        return found
