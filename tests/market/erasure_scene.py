"""An operator with real databases and stores, keepers with real signatures, and a chain that can be told what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain import LocalSigner, recover_typed
from fairsignal.adapters.db import scrubber, unit_of_work_factory
from fairsignal.adapters.ipfs import EmbeddedBlobStore, ReplicatedBlobStore
from fairsignal.domain.cid import cid_of, digest_of
from fairsignal.domain.errors import Refused, Unavailable
from fairsignal.domain.keeper_messages import erased_message, erasure_message
from fairsignal.market.erase import Eraser
from fairsignal.market.erase_replicas import Replicas
from fairsignal.ports import (
    ErasedAnswer,
    ErasureFacts,
    ErasureLog,
    ErasureReplica,
    Mined,
    ProfileRow,
    UnitOfWorkFactory,
)

CHAIN, REGISTRY = 31337, "0x00000000000000000000000000000000000000F1"
OPERATOR = LocalSigner(bytes(31) + b"\1")
KEEPERS = [LocalSigner(bytes(31) + bytes([2 + index])) for index in range(3)]
SUBJECT = "0x00000000000000000000000000000000000000B1"
OTHER = "0x00000000000000000000000000000000000000B2"
START = 1_800_000_000
DAY = 86_400
MANIFESTS = (b"the first version", b"the second version")


class Crash(BaseException):
    """The process is gone."""


@dataclass
class Steps:
    """Counts what is done, and kills the process before the n-th step, for good."""

    crash_at: int = 0
    count: int = 0

    def __call__(self) -> None:
        self.count += 1
        if self.crash_at and self.count >= self.crash_at:
            raise Crash


@dataclass
class Chain:
    """Requests and confirmations at the head and at the finalized block; every transaction is a block."""

    clock: Clock
    facts: dict[str, list[ErasureFacts]] = field(default_factory=dict)
    """Newest last; what is final is ``final`` blocks long."""
    asked: list[str] = field(default_factory=list)
    final_asked: int = 0
    confirmations: list[str] = field(default_factory=list)
    step: Callable[[], None] = lambda: None
    down: bool = False

    def ask(self, subject: str = SUBJECT) -> None:
        last = self.head(subject)
        self._push(subject, replace(last, requested_at=self.clock.tick(), open=True))
        self.asked.append(subject)

    def finalize(self) -> None:
        self.final_asked = len(self.asked)
        for subject, facts in self.facts.items():
            self.facts[subject] = [facts[-1], facts[-1]]

    def reorg(self, subject: str = SUBJECT) -> None:
        """The newest transaction about this subject is gone."""
        self.facts[subject].pop()

    def head(self, subject: str = SUBJECT) -> ErasureFacts:
        return self.facts.get(subject, [ErasureFacts(0, 0, open=False)])[-1]

    def _push(self, subject: str, facts: ErasureFacts) -> None:
        self.facts.setdefault(subject, [ErasureFacts(0, 0, open=False)]).append(facts)

    async def erasure(self, operator: str, subject: str) -> tuple[ErasureFacts, ErasureFacts]:
        assert operator == OPERATOR.address
        if self.down:
            raise Unavailable("The node is down.")
        return self.head(subject), self.facts.get(subject, [ErasureFacts(0, 0, open=False)])[0]

    async def erasure_requests(self, operator: str, from_block: int) -> ErasureLog:
        """One request a block, and one block a query."""
        if self.down:
            raise Unavailable("The node is down.")
        if from_block >= self.final_asked:
            return ErasureLog((), from_block, complete=True)
        found = (self.asked[from_block],)
        return ErasureLog(found, from_block + 1, complete=from_block + 1 == self.final_asked)

    @property
    def sender(self) -> str:
        return OPERATOR.address

    async def relay_erasure(self, subject: str, operator: str, signed_at: int, signature: bytes) -> Mined:
        self.step()
        self.ask(subject)
        self.step()
        return Mined("0xaa", 1, 1)

    async def confirm_erasure(self, subject: str) -> Mined:
        self.step()
        head = self.head(subject)
        if not head.open:
            raise Refused("There is no request.", code="no-erasure-request")
        self.confirmations.append(subject)
        self._push(subject, replace(head, confirmed_at=self.clock.tick(), open=False))
        self.step()
        return Mined("0xcc", 2, 1)


@dataclass
class Clock:
    time: int = START

    def now(self) -> int:
        return self.time

    def tick(self, seconds: int = 1) -> int:
        self.time += seconds
        return self.time


@dataclass
class Keeper:
    """A keeper with a real signature; ``error`` is what it says instead."""

    signer: LocalSigner
    clock: Clock
    index: int
    error: Exception | None = None
    holds: set[str] = field(default_factory=set)
    calls: int = 0
    receipt_by: LocalSigner | None = None
    late: int = 0
    step: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        return f"http://keeper-{self.index}"

    async def erase(self, operator: str, subject: str, signature: bytes) -> ErasedAnswer:
        self.step()
        self.calls += 1
        if self.error is not None:
            raise self.error
        message = erasure_message(CHAIN, REGISTRY, self.signer.address, subject)
        assert recover_typed(message, signature) == operator == OPERATOR.address
        self.holds.discard(subject)
        self.step()
        at = self.clock.now() - self.late
        receipt = erased_message(CHAIN, REGISTRY, operator, subject, at)
        return ErasedAnswer(at, (self.receipt_by or self.signer).sign_typed(receipt))


class DeadStore(EmbeddedBlobStore):
    """A replica that can stop answering."""

    name = "remote"
    dead = False

    async def delete(self, cid: str) -> bool:
        if self.dead:
            raise Unavailable("The store does not answer.")
        return await super().delete(cid)


@dataclass
class Scene:
    """One operator with a published profile of two versions."""

    engine: AsyncEngine
    directory: Path
    clock: Clock = field(default_factory=Clock)
    locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chain = Chain(self.clock)
        self.keepers = [Keeper(signer, self.clock, index) for index, signer in enumerate(KEEPERS, start=1)]
        self.local, self.remote = EmbeddedBlobStore(self.directory / "a"), DeadStore(self.directory / "b")
        self.units: UnitOfWorkFactory = unit_of_work_factory(self.engine)
        self.scrub = scrubber(self.engine)
        self.eraser = self.started(Steps())

    def started(self, steps: Steps) -> Eraser:
        """A fresh process on the same database, stores, keepers and chain."""
        blobs = ReplicatedBlobStore([self.local, self.remote])

        @asynccontextmanager
        async def units() -> AsyncIterator[Any]:
            steps()
            async with self.units() as work:
                yield work
                steps()
            steps()

        async def erase(cid: str) -> Any:
            steps()
            reports = await blobs.erase(cid)
            steps()
            return reports

        async def cut() -> None:
            steps()
            await self.scrub()

        for part in (self.chain, *self.keepers):
            part.step = steps
        keepers = SimpleNamespace(clients=self.keepers, addresses=[keeper.signer.address for keeper in self.keepers])
        replicas = Replicas(
            units=units,
            blobs=SimpleNamespace(replicas=blobs.replicas, erase=erase),  # type: ignore[arg-type]
            keepers=keepers,  # type: ignore[arg-type]
            signer=OPERATOR,
            clock=self.clock,
            chain_id=CHAIN,
            registry=REGISTRY,
            recover=recover_typed,
            turn=lambda subject: self.locks.setdefault(subject, asyncio.Lock()),
            scrub=cut,
        )
        chain: Any = self.chain
        return Eraser(chain, chain, units, replicas, self.clock, timedelta(seconds=15))

    async def died_at(self, step: int) -> bool:
        """Relay and erase until the process dies before its ``step``-th step; False when there are not as many."""
        steps, others, asked = Steps(crash_at=step), asyncio.all_tasks(), len(self.chain.asked)
        doomed = self.started(steps)
        try:
            await relay(self, doomed)
            for _ in range(2):
                self.chain.finalize()
                await doomed.step()
        except Crash:
            if ending := asyncio.all_tasks() - others:
                await asyncio.wait(ending)  # each dies at its own next step
        self.locks.clear()
        self.eraser = self.started(Steps())
        if len(self.chain.asked) == asked:
            await relay(self)  # the request had not left: the person asks again
        return steps.count >= step

    async def publish(self, subject: str = SUBJECT) -> None:
        for version, manifest in enumerate(MANIFESTS, start=1):
            data = manifest + subject.encode()
            cid = cid_of(data)
            row = ProfileRow(subject, version, digest_of(cid), cid, 1, data, (b"deposit",), attested=True, stored=True)
            async with self.units() as work:
                await work.profiles.save(row)
            for store in (self.local, self.remote):
                await store.put(data)
        for keeper in self.keepers:
            keeper.holds.add(subject)

    async def states(self, subject: str = SUBJECT) -> dict[str, str]:
        report = await self.eraser.report(subject)
        return {replica.name: replica.state for replica in report.replicas}

    async def replica(self, name: str) -> ErasureReplica:
        return next(replica for replica in (await self.eraser.report(SUBJECT)).replicas if replica.name == name)

    async def state(self) -> str:
        return (await self.eraser.report(SUBJECT)).row.state

    async def left(self, subject: str = SUBJECT) -> list[str]:
        """Where something of the subject still is."""
        found = [f"keeper:{keeper.index}" for keeper in self.keepers if subject in keeper.holds]
        for manifest in MANIFESTS:
            cid = cid_of(manifest + subject.encode())
            found += [store.name for store in (self.local, self.remote) if await store.has(cid)]
        async with self.units() as work:
            found += ["profile"] if await work.profiles.get(subject) else []
            found += ["cids"] if await work.profiles.cids(subject) else []
        raw = b"".join(path.read_bytes() for path in self.directory.glob("backend.db*"))
        found += ["database file"] if (MANIFESTS[1] + subject.encode()) in raw else []
        return found

    async def until_closed(self) -> None:
        """As the backend does it, with time passing."""
        for _ in range(12):
            if await self.eraser.step() or await self.state() == "closed":
                return
            self.chain.finalize()
            self.clock.tick(3_600)
        raise AssertionError(await self.state())


ALL = {"database", "blobs:embedded", "blobs:remote", "keeper:1", "keeper:2", "keeper:3"}


async def relay(scene: Scene, eraser: Eraser | None = None) -> None:
    eraser = eraser or scene.eraser
    await eraser.writer.relay_erasure(SUBJECT, OPERATOR.address, scene.clock.now(), b"signature")
    await eraser.requested(SUBJECT)
