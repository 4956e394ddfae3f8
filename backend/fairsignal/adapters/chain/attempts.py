"""Signing an entry of the outbox, committing that, and sending it, in this order."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from eth_utils.crypto import keccak

from fairsignal.adapters.chain.fees import FeePolicy, Fees
from fairsignal.adapters.chain.outbox import Attempt, Outbox, OutboxEntry
from fairsignal.adapters.chain.rpc import Call, Rpc, RpcError
from fairsignal.adapters.chain.signing import sign_transaction
from fairsignal.domain.errors import Unavailable
from fairsignal.ports import Clock, Signer

__all__ = ["Attempts", "FeeMarket"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FeeMarket:
    """What the chain asks per gas now, in wei."""

    block: int
    base_fee: int
    tip: int

    CALLS = (Call("eth_getBlockByNumber", ["latest", False]), Call("eth_maxPriorityFeePerGas", []))
    """Whose answers ``of`` takes."""

    @classmethod
    def of(cls, block: dict[str, str], tip: str) -> FeeMarket:
        return cls(int(block["number"], 16), int(block.get("baseFeePerGas", "0x0"), 16), int(tip, 16))


class Attempts:
    """Attempts of one signer on one chain."""

    def __init__(self, rpc: Rpc, chain_id: int, signer: Signer, outbox: Outbox, fees: FeePolicy, clock: Clock) -> None:
        self._rpc = rpc
        self._chain_id = chain_id
        self._signer = signer
        self._outbox = outbox
        self._fees = fees
        self._clock = clock

    async def first(self, entry: OutboxEntry, market: FeeMarket) -> OutboxEntry:
        """Sign and send an entry that was only committed."""
        return await self._make(entry, self._fees.first(market.base_fee, market.tip), market)

    async def again(self, entry: OutboxEntry, market: FeeMarket) -> OutboxEntry | None:
        """Offer more for an entry that is not taken; the earlier attempts stay valid. None when the cap forbids it."""
        last = entry.attempts[-1]
        fees = self._fees.bumped(Fees(last.max_fee, last.priority_fee), market.base_fee, market.tip)
        return None if fees is None else await self._make(entry, fees, market)

    async def _make(self, entry: OutboxEntry, fees: Fees, market: FeeMarket) -> OutboxEntry:
        intent = entry.intent
        raw = await sign_transaction(
            self._signer,
            {
                "type": 2,
                "chainId": self._chain_id,
                "nonce": entry.nonce,
                "to": intent.to,
                "value": 0,
                "data": intent.data,
                "gas": intent.gas,
                "maxPriorityFeePerGas": fees.priority_fee,
                "maxFeePerGas": fees.max_fee,
            },
        )
        attempt = Attempt(
            number=len(entry.attempts),
            tx_hash="0x" + keccak(raw).hex(),
            raw=raw,
            max_fee=fees.max_fee,
            priority_fee=fees.priority_fee,
            signed_at=self._clock.now(),
            signed_block=market.block,
        )
        entry = await self._outbox.add_attempt(intent.sender, entry.nonce, attempt)
        await self.send(entry)
        return entry

    async def send(self, entry: OutboxEntry) -> None:
        """Send the newest attempt; what becomes of it, receipts tell."""
        last = entry.attempts[-1]
        said = {"what": entry.intent.label, "nonce": entry.nonce, "tx": last.tx_hash}
        try:
            await self._rpc.request("eth_sendRawTransaction", "0x" + last.raw.hex())
        except RpcError as error:
            # Known already, or mined already, or not taken now: it is sent again for as long as it is not mined.
            log.info("broadcast not taken", **said, said=error.message)
        except Unavailable:
            log.warning("node did not answer; the transaction is sent again", **said)
