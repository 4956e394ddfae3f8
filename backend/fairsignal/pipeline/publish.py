"""Bringing a sealed profile to where it counts: blob store, keepers, chain.

Every step can be repeated, and what a crash left half-way is finished at the next start. The profile counts only once
it is attested, so that there is no state between "before" and "after" for anyone else.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from weakref import WeakValueDictionary

import structlog

from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.errors import Conflict, FairsignalError, Unavailable
from fairsignal.domain.sealing import SealedProfile
from fairsignal.pipeline.erasure_gate import refuse_while_erasing
from fairsignal.ports import (
    BlobStore,
    ChainReader,
    ChainWriter,
    KeeperClient,
    KeeperDirectory,
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
    """Stores, deposits and attests the sealed profiles of one operator: attested once a quorum has its shares, and seen
    to until all keepers have."""

    blobs: BlobStore
    keepers: KeeperDirectory
    threshold: int
    reader: ChainReader
    writer: ChainWriter
    signer: Signer
    deposit_message: DepositMessage
    units: UnitOfWorkFactory
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def publish(self, sealed: SealedProfile, subject: str, categories: int) -> Published:
        """Publish a freshly sealed profile, in the subject's ``turn``.

        Args:
            categories: bitmap of the categories with a signal, for matching.

        Raises:
            Unavailable: a store, too many keepers or the node did not answer; it is finished later.
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
            Refused: the subject asked for erasure.
            Unavailable: see ``publish``.
        """
        await self.refuse_while_erasing(row.subject)
        count = len(self.keepers.clients)
        if row.deposits and len(row.deposits) != count:
            raise Conflict(
                f"The profile was sealed for {len(row.deposits)} keepers, now there are {count}.",
                remedy="Send the subject's chats again: it is sealed anew.",
                code="keeper-set-changed",
            )
        if not row.stored:
            await self.blobs.put(row.manifest)
            row = await self._save(replace(row, stored=True))
        if len(row.deposited) < count:
            row = await self._save(replace(row, deposited=await self._deposit(row)))
        if len(row.deposited) < self.threshold:
            raise Unavailable(
                f"Only {len(row.deposited)} of {count} keepers took their shares, {self.threshold} are needed.",
                remedy="Check that the keepers run; the profile is finished as soon as they do.",
                code="keeper-unavailable",
            )
        tx_hash = ""
        if await self.reader.digest_of(self.writer.sender, row.subject) != row.digest:
            tx_hash = (await self.writer.attest(row.subject, row.digest)).tx_hash
        # Once every keeper has its shares, the way to them is forgotten here.
        deposits = () if len(row.deposited) == count else row.deposits
        row = await self._save(replace(row, attested=True, deposits=deposits))
        return Published(row=row, tx_hash=tx_hash)

    async def finish_all(self) -> int:
        """Finish what is left of all profiles; -> how many are done. What still fails stays for the next time."""
        async with self.units() as work:
            subjects = [row.subject for row in await work.profiles.unfinished()]
        done = 0
        for subject in subjects:
            async with self.turn(subject):
                async with self.units() as work:
                    row = await work.profiles.get(subject)
                if row is None or (row.attested and not row.deposits):
                    continue
                if not row.attested:
                    # Keepers give up shares that stay without attestation: what they took long ago may be gone.
                    row = replace(row, deposited=())
                try:
                    done += not (await self.finish(row)).row.deposits
                except FairsignalError as error:
                    log.warning("profile not finished", code=error.code)
        return done

    async def refuse_while_erasing(self, subject: str) -> None:
        """
        Raises:
            Refused: the subject asked for erasure, which is not over.
        """
        await refuse_while_erasing(self.reader, self.units, self.writer.sender, subject)

    def turn(self, subject: str) -> asyncio.Lock:
        """One at a time per subject: versions count up, and the newest attested is the newest stored."""
        return self._turns.setdefault(subject, asyncio.Lock())

    async def _deposit(self, row: ProfileRow) -> tuple[int, ...]:
        async def hand_over(index: int, address: str, client: KeeperClient) -> int | None:
            message = self.deposit_message(address, row.subject, row.digest, index)
            try:
                signature = await self.signer.sign_digest(digest_of(message))
                await client.deposit(row.manifest, row.deposits[index - 1], index, signature)
            except FairsignalError as error:
                log.warning("deposit failed", keeper=address, code=error.code)
                return None
            return index

        members = zip(self.keepers.addresses, self.keepers.clients, strict=True)
        missing = [
            (index, address, client)
            for index, (address, client) in enumerate(members, start=1)
            if index not in row.deposited
        ]
        taken = await asyncio.gather(*(hand_over(*keeper) for keeper in missing))
        return tuple(sorted({*row.deposited, *(index for index in taken if index is not None)}))

    async def _save(self, row: ProfileRow) -> ProfileRow:
        async with self.units() as work:
            await work.profiles.save(row)
        return row
