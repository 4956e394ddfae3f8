"""Erasing one subject at one place: the operator's database, a blob store, a keeper."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.errors import FairsignalError, IntegrityError, Unavailable
from fairsignal.domain.keeper_messages import erased_message, erasure_message
from fairsignal.ports import (
    Clock,
    ErasureReplicaState,
    KeeperClient,
    KeeperDirectory,
    ReplicaSet,
    Signer,
    UnitOfWorkFactory,
)

__all__ = ["DATABASE", "Outcome", "Replicas"]

DATABASE = "database"
_BLOBS = "blobs:"
_KEEPER = "keeper:"
_SECONDS = 60.0
"""For one attempt at one place; clients have shorter time-outs of their own for single requests."""
_STORE_SECONDS = 600.0
"""The same for blob stores, which may hold hundreds of versions."""
_AT_ONCE = 32
"""Blobs that are deleted at the same time."""
_SKEW = 600
"""Seconds that a keeper's clock may differ from ours: an older receipt may be of an earlier erasure."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt came to."""

    state: ErasureReplicaState
    error: str = ""
    """Code."""
    erased_at: int = 0
    """Unix seconds."""
    receipt: bytes = field(default=b"", repr=False)


Done = Callable[[str, Outcome], Awaitable[None]]
"""Is told of each place as soon as it is known what the attempt there came to."""


@dataclass(frozen=True)
class Replicas:
    """All places where one operator keeps something of a subject."""

    units: UnitOfWorkFactory
    blobs: ReplicaSet
    keepers: KeeperDirectory
    signer: Signer
    """The operator's."""
    clock: Clock
    chain_id: int
    registry: str
    """ProfileRegistry."""
    recover: Callable[[dict[str, Any], bytes], str]
    turn: Callable[[str], AbstractAsyncContextManager[Any]]
    """Whoever publishes a profile of the subject holds it meanwhile."""
    scrub: Callable[[], Awaitable[None]]
    """Makes what was deleted from the database unreadable in its files as well."""

    @property
    def names(self) -> tuple[str, ...]:
        blobs = (_BLOBS + name for name in self.blobs.replicas)
        keepers = (f"{_KEEPER}{index}" for index, _ in enumerate(self.keepers.clients, start=1))
        return (DATABASE, *blobs, *keepers)

    async def erase(self, subject: str, names: Collection[str], done: Done) -> None:
        """One attempt at each of these places, at the same time but for the database.

        That goes first: whoever heals blobs meanwhile then finds that the profile is none of ours any more.
        """
        if DATABASE in names:
            await done(DATABASE, await self._attempt(self._forget(subject)))
        stores = [name for name in names if name.startswith(_BLOBS)]
        members = list(zip(self.keepers.addresses, self.keepers.clients, strict=True))
        asked = [
            self._at_keeper(name, subject, *members[int(name.removeprefix(_KEEPER)) - 1], done)
            for name in names
            if name.startswith(_KEEPER)
        ]
        await asyncio.gather(*asked, *([self._at_stores(subject, stores, done)] if stores else []))

    async def _attempt(self, work: Awaitable[Outcome], seconds: float = _SECONDS) -> Outcome:
        try:
            async with asyncio.timeout(seconds):
                return await work
        except Unavailable as error:
            return Outcome("pending", error.code)
        except FairsignalError as error:
            return Outcome("refused", error.code)
        except TimeoutError:
            return Outcome("pending", "timeout")

    async def _forget(self, subject: str) -> Outcome:
        # A profile that is being published just now is published first, and then erased like any other.
        async with self.turn(subject), self.units() as work:
            await work.profiles.forget(subject)
        await self.scrub()
        return Outcome("erased", erased_at=self.clock.now())

    async def _at_keeper(self, name: str, subject: str, address: str, client: KeeperClient, done: Done) -> None:
        await done(name, await self._attempt(self._ask_keeper(subject, address, client)))

    async def _ask_keeper(self, subject: str, address: str, client: KeeperClient) -> Outcome:
        operator = self.signer.address
        request = erasure_message(self.chain_id, self.registry, address, subject)
        answer = await client.erase(operator, subject, await self.signer.sign_digest(digest_of(request)))
        receipt = erased_message(self.chain_id, self.registry, operator, subject, answer.erased_at)
        if self.recover(receipt, answer.receipt) != address or abs(answer.erased_at - self.clock.now()) > _SKEW:
            raise IntegrityError(
                "The keeper's receipt is not signed by the keeper that the chain names, or is not of today.",
                remedy="Check that it is the right keeper, and both clocks.",
                code="bad-receipt",
            )
        return Outcome("erased", erased_at=answer.erased_at, receipt=answer.receipt)

    async def _at_stores(self, subject: str, names: Collection[str], done: Done) -> None:
        failed: set[str] = set()
        room = asyncio.Semaphore(_AT_ONCE)

        async def delete(cid: str) -> None:
            async with room:
                failed.update(_BLOBS + report.name for report in await self.blobs.erase(cid) if not report.ok)

        async def delete_all() -> Outcome:
            async with self.units() as work:
                cids = await work.profiles.cids(subject)
            await asyncio.gather(*map(delete, cids))
            return Outcome("erased", erased_at=self.clock.now())

        outcome = await self._attempt(delete_all(), _STORE_SECONDS)
        for name in names:
            await done(name, Outcome("pending", "not-erased") if name in failed else outcome)
