"""Transactions of one account: estimated, committed to an outbox with their nonce, signed, sent and followed.

Each step is durable before the next begins, and whoever finds an entry can do the next step: after a crash at any
point it is carried out once, since its nonce is its idempotency key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from eth_utils.crypto import keccak

from fairsignal.adapters.chain.attempts import Attempts, FeeMarket
from fairsignal.adapters.chain.fees import FeePolicy
from fairsignal.adapters.chain.follow import Follower, log_outcome, outcome_of
from fairsignal.adapters.chain.outbox import Intent, Outbox, OutboxEntry, OutboxStatus
from fairsignal.adapters.chain.rpc import Call, Rpc
from fairsignal.domain.errors import Refused, Unavailable
from fairsignal.ports import Admission, Clock, Mined, OutboxFigures, Signer

__all__ = ["Sender", "Timings"]

_GAS_MARGIN = 1.2
_FIRST_PAUSE, _LAST_PAUSE, _PAUSES_GROW = 0.02, 1.0, 1.25
"""Seconds between looks for a receipt."""
_FOLLOW_SECONDS = 5.0
"""How often who waits for a transaction follows up the sender; a server's background task does so as well."""


@dataclass(frozen=True, slots=True)
class Timings:
    """How long is waited for what."""

    mining: timedelta = timedelta(seconds=60)
    """For a transaction to be mined, before whoever asked for it is told that it takes longer."""
    reprice: timedelta = timedelta(seconds=30)
    """Before more is offered for a transaction."""


class Sender:
    """Sends calls of one signer."""

    def __init__(
        self,
        rpc: Rpc,
        chain_id: int,
        signer: Signer,
        outbox: Outbox,
        clock: Clock,
        *,
        fees: FeePolicy | None = None,
        timings: Timings | None = None,
        room: int = 32,
    ) -> None:
        """
        Args:
            room: calls that may be pending before further ones wait; urgent ones never do. Nonces are taken in order,
                so what is pending is what an urgent call cannot overtake.
        """
        self._rpc = rpc
        self._signer = signer
        self._outbox = outbox
        self._clock = clock
        self._room = room
        self._timings = timings or Timings()
        self._attempts = Attempts(rpc, chain_id, signer, outbox, fees or FeePolicy(), clock)
        self.follower = Follower(rpc, signer.address, outbox, self._attempts, clock, self._timings.reprice)

    @property
    def address(self) -> str:
        return self._signer.address

    async def send(
        self,
        to: str,
        data: bytes,
        label: str,
        *,
        key: bytes | None = None,
        urgent: bool = False,
        admit: Admission | None = None,
        least_gas: int = 0,
    ) -> Mined:
        """Send one call and wait until it is mined.

        Args:
            key: 32 bytes; while a call of this key is on its way, that one is followed instead.
            urgent: does not wait for room.
            admit: asked with the estimated gas once the contract would take the call, before anything is committed.

        Raises:
            Refused: the contract reverted, or ``admit`` refused.
            Unavailable: the node does not answer, or it was not mined in time and stays in the outbox.
        """
        deadline = time.monotonic() + self._timings.mining.total_seconds()
        found = None if key is None else await self._outbox.on_its_way(self.address, key)
        if found is None:
            estimate, least_nonce, market = await self._prepare(to, data)
            gas = max(estimate, least_gas)
            if admit is not None:
                await admit(gas)
            intent = Intent(self.address, to, data, int(gas * _GAS_MARGIN), label, key or keccak(to.encode() + data))
            commit = self._committer(intent, least_nonce, once=key is not None, room=None if urgent else self._room)
            found = await self._when_there_is_room(commit, deadline)
            if not found.attempts:
                found = await self._attempts.first(found, market)
        else:
            await self.follower.step()  # whoever committed it may have crashed before it was signed or sent
        return await self._await_mined(found, deadline)

    async def figures(self) -> OutboxFigures:
        """What an operator watches."""
        entries = await self._outbox.watched(self.address)
        pending = [entry for entry in entries if entry.status is OutboxStatus.PENDING]
        now = self._clock.now()
        return OutboxFigures(
            pending=len(pending),
            oldest_pending_seconds=max((now - entry.created_at for entry in pending), default=0),
            unfinal=len(entries) - len(pending),
            balance=int(await self._rpc.request("eth_getBalance", self.address, "latest"), 16),
        )

    async def _prepare(self, to: str, data: bytes) -> tuple[int, int, FeeMarket]:
        await self._notice_reorg()
        call = {"from": self.address, "to": to, "data": "0x" + data.hex()}
        # The estimate reverts where the transaction would: a refused one costs neither gas nor a nonce.
        gas, count, block, tip = await self._rpc.batch(
            [
                Call("eth_estimateGas", [call]),
                Call("eth_getTransactionCount", [self.address, "pending"]),
                *FeeMarket.CALLS,
            ]
        )
        return int(gas, 16), int(count, 16), FeeMarket.of(block, tip)

    async def _notice_reorg(self) -> None:
        """What the chain has lost would hold up every later nonce; where nothing runs in the background, see to it."""
        if not self.follower.idle(_FOLLOW_SECONDS):
            return
        mined = [e.nonce for e in await self._outbox.watched(self.address) if e.status is not OutboxStatus.PENDING]
        if mined and int(await self._rpc.request("eth_getTransactionCount", self.address, "latest"), 16) <= max(mined):
            await self.follower.step()

    def _committer(
        self, intent: Intent, least_nonce: int, *, once: bool, room: int | None
    ) -> Callable[[], Awaitable[OutboxEntry | None]]:
        async def commit() -> OutboxEntry | None:
            now = self._clock.now()
            return await self._outbox.commit(intent, least_nonce=least_nonce, room=room, once=once, now=now)

        return commit

    async def _when_there_is_room(
        self, commit: Callable[[], Awaitable[OutboxEntry | None]], deadline: float
    ) -> OutboxEntry:
        pause = _FIRST_PAUSE
        while (entry := await commit()) is None:
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{self._room} transactions wait to be mined already; this one was not sent.",
                    remedy="Try again later; check that the chain produces blocks.",
                    code="chain-busy",
                )
            await asyncio.sleep(pause)
            pause = min(pause * _PAUSES_GROW, _LAST_PAUSE)
        return entry

    async def _await_mined(self, entry: OutboxEntry, deadline: float) -> Mined:
        pause, started = _FIRST_PAUSE, time.monotonic()
        while True:
            if entry.attempts:
                hashes = [attempt.tx_hash for attempt in entry.attempts]
                receipts = await self._rpc.batch([Call("eth_getTransactionReceipt", [each]) for each in hashes])
                if (receipt := next((each for each in receipts if each is not None), None)) is not None:
                    return await self._mined(entry, receipt)
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"The transaction ({entry.intent.label}) was not mined within "
                    f"{self._timings.mining.total_seconds():.0f} s; it stays in the outbox.",
                    remedy="It is followed up; check that the chain produces blocks.",
                )
            await asyncio.sleep(min(pause, max(0.0, deadline - time.monotonic())))
            pause = min(pause * _PAUSES_GROW, _LAST_PAUSE)
            if time.monotonic() - started > _FOLLOW_SECONDS and self.follower.idle(_FOLLOW_SECONDS):
                await self.follower.step()
            # Another process, or the background, may have signed further attempts or moved it.
            entry = await self._outbox.get(self.address, entry.nonce)
            while entry.moved_to is not None:
                entry = await self._outbox.get(self.address, entry.moved_to)

    async def _mined(self, entry: OutboxEntry, receipt: dict[str, Any]) -> Mined:
        entry = outcome_of(entry, receipt)
        await self._outbox.note(entry)
        log_outcome(entry)
        if entry.status is OutboxStatus.REVERTED:
            raise Refused(
                f"The transaction ({entry.intent.label}) reverted in block {entry.block}: the chain changed under it.",
                remedy="Ask again; the refusal will name the rule.",
                code="reverted",
            )
        return Mined(tx_hash=entry.tx_hash, block=entry.block, gas_used=entry.gas_used)
