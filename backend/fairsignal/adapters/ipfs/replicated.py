"""One blob in several places: ``put`` returns once enough have it, the others follow in the background.

What is written in the background is lost when the process stops; the copies are then made by
``fairsignal storage verify --heal``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial

import structlog

from fairsignal.adapters.ipfs.writes import Write, Writes, outcome
from fairsignal.domain.cid import cid_of, parse
from fairsignal.domain.errors import BadInput, FairsignalError, IntegrityError, NotFound, Unavailable
from fairsignal.ports import Replica, ReplicaReport, ReplicaState

__all__ = ["ReplicatedBlobStore"]

log = structlog.get_logger(__name__)

_GRACE = 10.0
"""Seconds that ``close`` gives what is being written in the background."""


class ReplicatedBlobStore:
    """``ports.ReplicaSet``.

    Args:
        stores: in the order in which they are read; their names differ.
        copies: replicas that must have a blob before ``put`` returns.

    Raises:
        BadInput: more copies than replicas, or none.
    """

    def __init__(self, stores: Sequence[Replica], copies: int = 1) -> None:
        if not 1 <= copies <= len(stores):
            raise BadInput(
                f"FAIRSIGNAL_BLOB_COPIES is {copies}, but there are {len(stores)} blob stores.",
                remedy="Lower it, or set FAIRSIGNAL_IPFS_API or FAIRSIGNAL_PINNING_URL.",
                code="bad-setting",
            )
        self._stores = tuple(stores)
        self._copies = copies
        self._writes = Writes()
        self._erasures = 0
        """How many there were: what was read before one must not be written back after it."""

    @property
    def name(self) -> str:
        return "+".join(self.replicas)

    @property
    def replicas(self) -> tuple[str, ...]:
        return tuple(store.name for store in self._stores)

    async def put(self, data: bytes) -> str:
        """As the port says.

        Raises:
            Unavailable: fewer than ``copies`` replicas have it; says which do not. What was written stays.
        """
        cid = await asyncio.to_thread(cid_of, data)
        pushed = {
            self._writes.start(cid, store.name, partial(store.put, data)): store.name
            for store in self._stores
            if not store.pulls
        }
        pulled = {
            self._writes.start(cid, store.name, partial(_pull, store, data, pushed)): store.name
            for store in self._stores
            if store.pulls
        }
        names, waiting = pushed | pulled, set(pushed | pulled)
        stored, failed = 0, []
        while waiting and stored < self._copies:
            ended, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for write in ended:
                report = outcome(write)
                stored += report.ok
                if not report.ok:
                    failed.append(f"{names[write]}: {report.detail}")
        if stored >= self._copies:
            return cid
        raise Unavailable(
            f"Only {stored} of {self._copies} copies were stored. {' '.join(failed)}",
            remedy="Check these stores, or lower FAIRSIGNAL_BLOB_COPIES; storing again is harmless.",
            code="too-few-copies",
        )

    async def get(self, cid: str) -> bytes:
        """The first good copy; a replica that gave other bytes is healed in the background."""
        parse(cid)
        erasures = self._erasures
        liars: list[Replica] = []
        silent: list[str] = []
        for store in self._stores:
            try:
                data = await store.get(cid)
            except NotFound:
                continue
            except IntegrityError:
                log.warning("blob corrupt", store=store.name, cid=cid)
                liars.append(store)
            except Unavailable as error:
                silent.append(f"{store.name}: {error.message}")
            else:
                if erasures == self._erasures:
                    self._rewrite(cid, data, (liar for liar in liars if not self._writes.is_writing(cid, liar.name)))
                return data
        if silent:
            raise Unavailable(
                f"No reachable store has {cid}. {' '.join(silent)}",
                remedy="Try again when they answer.",
                code="store-unavailable",
            )
        if liars:
            raise IntegrityError(
                f"All copies of {cid} hold other bytes: {', '.join(store.name for store in liars)}.",
                remedy="Run `fairsignal storage verify --heal`, or import the blob again.",
                code="cid-mismatch",
            )
        raise NotFound(f"No blob store has {cid}.", remedy="Import it again.", code="no-such-blob")

    async def has(self, cid: str) -> bool:
        parse(cid)
        silent: Unavailable | None = None
        for store in self._stores:
            try:
                if await store.has(cid):
                    return True
            except Unavailable as error:
                silent = error
        if silent is not None:
            raise silent
        return False

    async def delete(self, cid: str) -> bool:
        """Everywhere.

        Raises:
            Unavailable: not everywhere; says where not.
        """
        ends = await self._everywhere(cid)
        failed = [f"{report.name}: {report.detail}" for report, _ in ends if not report.ok]
        if failed:
            raise Unavailable(
                f"{cid} is not deleted everywhere. {' '.join(failed)}",
                remedy="Delete it again when these stores answer.",
                code="not-erased",
            )
        return any(there for _, there in ends)

    async def erase(self, cid: str) -> tuple[ReplicaReport, ...]:
        return tuple(report for report, _ in await self._everywhere(cid))

    async def verify(self, cid: str) -> tuple[ReplicaState, ...]:
        parse(cid)
        return tuple(await asyncio.gather(*(store.state(cid) for store in self._stores)))

    async def heal(self, cid: str, spare: bytes | None = None) -> tuple[ReplicaState, ...]:
        erasures = self._erasures
        states = await self.verify(cid)
        damaged = [
            store
            for store, state in zip(self._stores, states, strict=True)
            if state.condition in ("missing", "corrupt")
        ]
        data = await self._good_copy(cid, states, spare) if damaged else None
        if data is None:
            return states
        for pulls in (False, True):  # those that fetch for themselves last: they need somebody to fetch from
            if erasures == self._erasures and (
                writes := self._rewrite(cid, data, (store for store in damaged if store.pulls is pulls))
            ):
                await asyncio.wait(writes)
        return await self.verify(cid)

    async def settle(self) -> None:
        await self._writes.settle()

    async def close(self) -> None:
        """Let the background finish for a short while, then close every replica."""
        await self._writes.close(_GRACE)
        await asyncio.gather(*(store.close() for store in self._stores))

    def _rewrite(self, cid: str, data: bytes, stores: Iterable[Replica]) -> list[Write]:
        return [self._writes.start(cid, store.name, partial(store.replace, data)) for store in stores]

    async def _good_copy(self, cid: str, states: Sequence[ReplicaState], spare: bytes | None) -> bytes | None:
        for store, state in zip(self._stores, states, strict=True):
            if state.condition == "present":
                try:
                    return await store.get(cid)
                except (NotFound, IntegrityError, Unavailable):
                    continue
        if spare is not None and await asyncio.to_thread(cid_of, spare) == cid:
            return spare
        return None

    async def _everywhere(self, cid: str) -> list[tuple[ReplicaReport, bool]]:
        """Delete at every replica -> (report, whether there was something to delete)."""
        parse(cid)
        self._erasures += 1
        await self._writes.stop(cid)  # it would come back behind the deletion

        async def delete(store: Replica) -> tuple[ReplicaReport, bool]:
            try:
                there = await store.delete(cid)
            except FairsignalError as error:
                log.warning("blob not erased", store=store.name, cid=cid, code=error.code)
                return ReplicaReport(store.name, ok=False, detail=error.message), False
            return ReplicaReport(store.name, ok=True, detail="removed" if there else "was not there"), there

        return await asyncio.gather(*(delete(store) for store in self._stores))


async def _pull(store: Replica, data: bytes, pushed: Iterable[Write]) -> str:
    """Have a replica fetch for itself, once another one has the bytes."""
    sources = list(pushed)
    if sources:
        await asyncio.wait(sources)
        if not any(outcome(write).ok for write in sources):
            raise Unavailable("There is no replica to fetch from.", remedy="Heal it later.", code="nothing-to-fetch")
    return await store.put(data)
