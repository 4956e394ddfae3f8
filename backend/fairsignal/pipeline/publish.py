"""Bringing a sealed profile to where it counts: blob store, keepers, chain.

Every step can be repeated, and what a crash left half-way is finished at the next start. The profile counts only once
it is attested, so that there is no state between "before" and "after" for anyone else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog

from fairsignal.domain.errors import Conflict, FairsignalError, Unavailable
from fairsignal.domain.sealing import SealedProfile
from fairsignal.ports import (
    BlobStore,
    ChainReader,
    ChainWriter,
    KeeperClient,
    KeeperInfo,
    ProfileRow,
    Signer,
    UnitOfWorkFactory,
)

__all__ = ["DepositMessage", "Published", "Publisher"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Published:
    """An attested profile, and the transaction that attested it (empty when it was on chain already)."""

    row: ProfileRow
    tx_hash: str


class DepositMessage(Protocol):
    """Builds the EIP-712 message by which the operator hands shares to a keeper."""

    def __call__(self, keeper: str, subject: str, digest: bytes, index: int) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Publisher:
    """Stores, deposits and attests the sealed profiles of one operator."""

    blobs: BlobStore
    keepers: Sequence[tuple[KeeperInfo, KeeperClient]]
    threshold: int
    reader: ChainReader
    writer: ChainWriter
    signer: Signer
    deposit_message: DepositMessage
    units: UnitOfWorkFactory

    async def publish(self, sealed: SealedProfile, subject: str, categories: int) -> Published:
        """Publish a freshly sealed profile.

        Args:
            categories: bitmap of the categories with a signal, for matching.

        Raises:
            Unavailable: a store, too many keepers or the node did not answer; it is finished at the next start.
        """
        row = ProfileRow(
            subject=subject,
            version=sealed.version,
            digest=sealed.digest,
            cid=sealed.cid,
            categories=categories,
            manifest=sealed.manifest,
            deposits=tuple(deposit.sealed for deposit in sealed.deposits),
        )
        await self._save(row)
        return await self.finish(row)

    async def finish(self, row: ProfileRow) -> Published:
        """Do what is left to do for one profile.

        Raises:
            Conflict: it was sealed for another keeper set.
            Unavailable: see ``publish``.
        """
        if len(row.deposits) != len(self.keepers):
            raise Conflict(
                f"The profile was sealed for {len(row.deposits)} keepers, now there are {len(self.keepers)}.",
                remedy="Send the subject's chats again: it is sealed anew.",
                code="keeper-set-changed",
            )
        if not row.stored:
            await self.blobs.put(row.manifest)
            row = await self._save(replace(row, stored=True))
        if len(row.deposited) < len(self.keepers):
            row = await self._save(replace(row, deposited=await self._deposit(row)))
        if len(row.deposited) < self.threshold:
            raise Unavailable(
                f"Only {len(row.deposited)} of {len(self.keepers)} keepers took their shares, "
                f"{self.threshold} are needed.",
                remedy="Check that the keepers run; the profile is finished at the next start.",
                code="keeper-unavailable",
            )
        tx_hash = ""
        if await self.reader.digest_of(self.writer.sender, row.subject) != row.digest:
            tx_hash = (await self.writer.attest(row.subject, row.digest)).tx_hash
        row = await self._save(replace(row, attested=True))
        return Published(row=row, tx_hash=tx_hash)

    async def finish_all(self) -> int:
        """Finish what an earlier run left; -> how many are done. What still fails stays for the next start."""
        async with self.units() as work:
            rows = await work.profiles.unfinished()
        done = 0
        for row in rows:
            try:
                await self.finish(row)
                done += 1
            except FairsignalError as error:
                log.warning("profile not finished", code=error.code)
        return done

    async def _deposit(self, row: ProfileRow) -> tuple[int, ...]:
        async def hand_over(index: int, info: KeeperInfo, client: KeeperClient) -> int | None:
            message = self.deposit_message(info.address, row.subject, row.digest, index)
            try:
                await client.deposit(row.manifest, row.deposits[index - 1], index, self.signer.sign_typed(message))
            except FairsignalError as error:
                log.warning("deposit failed", keeper=info.address, code=error.code)
                return None
            return index

        missing = [
            (index, info, client)
            for index, (info, client) in enumerate(self.keepers, start=1)
            if index not in row.deposited
        ]
        taken = await asyncio.gather(*(hand_over(*keeper) for keeper in missing))
        return tuple(sorted({*row.deposited, *(index for index in taken if index is not None)}))

    async def _save(self, row: ProfileRow) -> ProfileRow:
        async with self.units() as work:
            await work.profiles.save(row)
        return row
