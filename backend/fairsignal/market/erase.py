"""Erasure, from the subject's request on chain to the operator's confirmation there.

A request is noted, nothing of the subject is published from then on, and once it is final everything is erased
everywhere: what does not answer is asked again until it does. Then it is confirmed, once. Every step can be repeated,
so a crash anywhere resumes at the step before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from fairsignal.domain.consent import RELAY_WINDOW
from fairsignal.domain.erasure import pause_after
from fairsignal.domain.errors import FairsignalError, NotFound
from fairsignal.market.erase_replicas import DATABASE, Outcome, Replicas
from fairsignal.ports import (
    ChainReader,
    ChainWriter,
    Clock,
    ErasureReplica,
    ErasureRow,
    UnitOfWork,
    UnitOfWorkFactory,
)

__all__ = ["Eraser", "ErasureReport"]

log = structlog.get_logger(__name__)

_AT_ONCE = 8
"""Subjects that are erased at the same time."""


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """How far a subject's newest erasure has come, and at which places."""

    row: ErasureRow
    replicas: tuple[ErasureReplica, ...]


@dataclass(frozen=True)
class Eraser:
    """Erases subjects of one operator."""

    reader: ChainReader
    writer: ChainWriter
    units: UnitOfWorkFactory
    replicas: Replicas
    clock: Clock
    retry: timedelta
    """Pause after a first attempt in vain."""

    async def requested(self, subject: str) -> ErasureReport:
        """Note a request that was relayed just now."""
        head, _ = await self.reader.erasure(self.writer.sender, subject)
        if head.open:
            await self._note(subject, head.requested_at)
        return await self.report(subject)

    async def report(self, subject: str) -> ErasureReport:
        """
        Raises:
            NotFound: the subject never asked.
        """
        async with self.units() as work:
            row = await work.erasures.get(subject)
            replicas = await work.erasures.replicas(subject)
        if row is None or row.state == "closed":
            # An own transaction is noted once it is final; who sent it may ask before.
            head, _ = await self.reader.erasure(self.writer.sender, subject)
            if head.open:
                row, replicas = ErasureRow(subject, head.requested_at), self._fresh()
        if row is None:
            raise NotFound(
                "This subject has not asked this operator for erasure.",
                remedy="Send a signed RequestErasure to POST /v1/erasures, or call ProfileRegistry.requestErasure.",
                code="no-erasure-request",
            )
        return ErasureReport(row, tuple(replicas))

    async def step(self) -> int:
        """Look for new requests, and do what can be done now for each that is open; -> erasures that were closed."""
        try:
            await self._look()
        except FairsignalError as error:
            log.warning("requests for erasure not read", code=error.code)
        async with self.units() as work:
            rows = await work.erasures.unfinished()
        room, silent = asyncio.Semaphore(_AT_ONCE), set[str]()

        async def advance(row: ErasureRow) -> bool:
            async with room:
                try:
                    return await self._advance(row, silent)
                except FairsignalError as error:
                    log.warning("erasure not finished", state=row.state, code=error.code)
                    return False

        return sum(await asyncio.gather(*map(advance, rows)))

    async def _look(self) -> None:
        complete = False
        while not complete:
            async with self.units() as work:
                start = await work.erasures.read_to()
            found = await self.reader.erasure_requests(self.writer.sender, start)
            for subject in found.subjects:
                _, final = await self.reader.erasure(self.writer.sender, subject)
                if final.open:  # else it was confirmed since
                    await self._note(subject, final.requested_at)
            async with self.units() as work:
                await work.erasures.set_read_to(found.next_block)
            complete = found.complete

    async def _note(self, subject: str, requested_at: int) -> None:
        async with self.units() as work:
            row = await work.erasures.get(subject)
            if row is not None and row.requested_at >= requested_at:
                return
            if row is None or row.state in ("confirmed", "closed"):
                await self._open(work, subject, requested_at)
            else:
                await work.erasures.save(replace(row, requested_at=requested_at))

    async def _open(self, work: UnitOfWork, subject: str, requested_at: int) -> None:
        await work.erasures.forget(subject)
        await work.erasures.save(ErasureRow(subject, requested_at))
        for replica in self._fresh():
            await work.erasures.save_replica(subject, replica)

    def _fresh(self) -> list[ErasureReplica]:
        return [ErasureReplica(name) for name in sorted(self.replicas.names)]

    async def _advance(self, row: ErasureRow, silent: set[str]) -> bool:
        """As many steps as can be taken now; True when the erasure is closed."""
        if row.state == "requested":
            row = await self._await_finality(row)
        if row.state == "erasing":
            row = await self._erase(row, silent)
        if row.state == "erased":
            row = await self._confirm(row)
        if row.state == "confirmed":
            row = await self._close(row)
        return row.state == "closed"

    async def _await_finality(self, row: ErasureRow) -> ErasureRow:
        """What a reorg can take back is no reason to delete anything."""
        head, final = await self.reader.erasure(self.writer.sender, row.subject)
        if final.open or final.confirmed_at >= row.requested_at:
            return await self._save(replace(row, state="erasing"))
        lost = not head.open and head.confirmed_at < row.requested_at
        if lost and self.clock.now() - row.requested_at > RELAY_WINDOW:
            log.warning("a request for erasure was lost in a reorg")
            async with self.units() as work:
                await work.erasures.forget(row.subject)
        return row

    async def _erase(self, row: ErasureRow, silent: set[str]) -> ErasureRow:
        replicas = {replica.name: replica for replica in await self._current(row.subject)}
        now = self.clock.now()
        due = [
            name
            for name in self.replicas.names
            if replicas[name].state != "erased" and replicas[name].next_try_at <= now and name not in silent
        ]

        async def note(name: str, outcome: Outcome) -> None:
            if outcome.state == "pending" and name != DATABASE:
                silent.add(name)  # the others are not kept waiting for it in this round
            replicas[name] = self._after(replicas[name], outcome)
            async with self.units() as work:
                await work.erasures.save_replica(row.subject, replicas[name])

        await self.replicas.erase(row.subject, due, note)
        if any(replica.state != "erased" for replica in replicas.values()):
            return row
        erased = replace(row, state="erased")
        async with self.units() as work:
            await work.profiles.forget_cids(row.subject)
            await work.erasures.save(erased)
        return erased

    async def _current(self, subject: str) -> Sequence[ErasureReplica]:
        """Those that were noted, and those set up since. What is not set up any more is shown and waited for."""
        async with self.units() as work:
            noted = {replica.name: replica for replica in await work.erasures.replicas(subject)}
            for name in self.replicas.names:
                if name not in noted:
                    noted[name] = ErasureReplica(name)
                    await work.erasures.save_replica(subject, noted[name])
            for name, replica in noted.items():
                if name not in self.replicas.names and replica.state != "erased":
                    noted[name] = replace(replica, error="not-configured")
                    await work.erasures.save_replica(subject, noted[name])
        return list(noted.values())

    def _after(self, replica: ErasureReplica, outcome: Outcome) -> ErasureReplica:
        attempts = replica.attempts + 1
        wait = 0 if outcome.state == "erased" else pause_after(attempts, self.retry)
        return ErasureReplica(
            name=replica.name,
            state=outcome.state,
            attempts=attempts,
            error=outcome.error,
            next_try_at=self.clock.now() + wait if wait else 0,
            erased_at=outcome.erased_at,
            receipt=outcome.receipt,
        )

    async def _confirm(self, row: ErasureRow) -> ErasureRow:
        head, _ = await self.reader.erasure(self.writer.sender, row.subject)
        tx_hash = ""
        if head.open:  # else an earlier run confirmed it and did not come to note it
            tx_hash = (await self.writer.confirm_erasure(row.subject)).tx_hash
            head, _ = await self.reader.erasure(self.writer.sender, row.subject)
            if head.open:
                return row  # the subject asked again; nothing was published since
        return await self._save(replace(row, state="confirmed", confirmed_at=head.confirmed_at, tx_hash=tx_hash))

    async def _close(self, row: ErasureRow) -> ErasureRow:
        """Keepers go by the finalized block: until the confirmation is final they delete what is deposited."""
        head, final = await self.reader.erasure(self.writer.sender, row.subject)
        if head.open or head.confirmed_at < row.requested_at:
            # Asked again, or a reorg took the confirmation: everything is gone through once more.
            async with self.units() as work:
                await self._open(work, row.subject, max(head.requested_at, row.requested_at))
            return ErasureRow(row.subject, head.requested_at)
        if not final.open and final.confirmed_at >= row.requested_at:
            return await self._save(replace(row, state="closed"))
        return row

    async def _save(self, row: ErasureRow) -> ErasureRow:
        async with self.units() as work:
            await work.erasures.save(row)
        return row
