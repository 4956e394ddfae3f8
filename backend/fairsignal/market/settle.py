"""An epoch on its way to the chain: closed, built, signed, settled. Each step is committed before the next one begins,
and every step can be taken again: a crash anywhere costs time, and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

import structlog

from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.errors import Conflict, FairsignalError, IntegrityError, Refused, Unavailable
from fairsignal.domain.keeper_messages import settlement_request_message
from fairsignal.domain.log_index import seal_log_key
from fairsignal.domain.settlement import Settlement, pack_quorum, settlement_message
from fairsignal.market.build_epoch import EpochBuilder
from fairsignal.market.close_epoch import EpochCloser
from fairsignal.ports import (
    ChainWriter,
    EpochRow,
    KeeperClient,
    KeeperDirectory,
    KeeperInfo,
    SettlementReader,
    SettlementRequest,
    Signer,
    UnitOfWorkFactory,
)

__all__ = ["Progress", "Settler"]

log = structlog.get_logger(__name__)

_REBUILD = frozenset({"escrow-exhausted"})
_SIGN_AGAIN = frozenset({"not-a-keeper", "wrong-quorum", "unsorted-quorum"})
_ATTEMPTS = 3


class Progress(Protocol):
    """Told where a settlement is; ``done`` counts uses while it is built, signatures while they are collected."""

    def __call__(self, step: str, done: int) -> None: ...


def _silent(step: str, done: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Settler:
    """Settles epochs of one operator. Only one at a time may run on a database; a second one changes nothing."""

    units: UnitOfWorkFactory
    closer: EpochCloser
    builder: EpochBuilder
    settlements: SettlementReader
    writer: ChainWriter
    keepers: KeeperDirectory
    threshold: int
    signer: Signer
    recover: Callable[[dict[str, Any], bytes], str]
    registry: str
    """ProfileRegistry: keepers' messages are bound to it."""

    async def settle(self, wait: timedelta, progress: Progress | None = None) -> EpochRow | None:
        """Finish the epoch that was begun, or begin and finish the next; None when there is nothing to settle.

        Args:
            wait: as ``EpochCloser.close`` takes it.

        Raises:
            Unavailable: node, keepers or database do not answer; go on later.
            Refused: keepers or the contract say no; ``code`` is the rule.
        """
        progress = progress or _silent
        row = await self._unfinished()
        if row is None:
            progress("close", 0)
            row = await self.closer.close(wait)
        if row is None:
            return None
        for _ in range(_ATTEMPTS):
            row = await self._advance(row, progress)
            if row.state == "settled":
                return row
        raise Unavailable(f"Epoch {row.epoch} could not be settled now.", remedy="Try again.", code="not-settled")

    async def _unfinished(self) -> EpochRow | None:
        """The newest epoch, if the chain does not have it yet.

        Raises:
            IntegrityError: the chain has epochs that this database has not.
        """
        async with self.units() as work:
            row = await work.epochs.last()
        books = await self.settlements.books(self.writer.sender)
        known = row.epoch if row is not None else 0
        if books.epoch > known:
            raise IntegrityError(
                f"The chain has settled epoch {books.epoch}, this database knows {known}.",
                remedy="Restore the database's backup: its epochs hold the log keys.",
                code="epoch-lost",
            )
        if row is None or (row.state == "settled" and books.epoch == row.epoch):
            return None
        if row.state == "settled":  # a reorg took the settlement back
            row = replace(row, state="signed")
        return row

    async def _advance(self, row: EpochRow, progress: Progress) -> EpochRow:
        """As far as it goes: the settled epoch, or one that has to begin again further back."""
        if row.state == "closed":
            built = await self.builder.build(row, lambda uses: progress("build", uses))
            row = built.row
            async with self.units() as work:
                await work.use_log.void(row.epoch, built.voided)
                await work.epochs.save(row)
            log.info("epoch built", epoch=row.epoch, uses=row.uses, voided=len(built.voided))
        found = await self._on_chain(row)
        if found is not None:
            return found
        if row.state == "built":
            row = await self._saved(replace(row, state="signed", quorum=await self._quorum(row, progress)))
        progress("send", 0)
        try:
            mined = await self.writer.settle(self._settlement(row), row.quorum)
        except Refused as error:
            return await self._step_back(row, error)
        done = replace(row, state="settled", tx_hash=mined.tx_hash, block=mined.block)
        return await self._saved(done)

    async def _on_chain(self, row: EpochRow) -> EpochRow | None:
        """After a crash between sending and noting: the epoch as the chain has it.

        Raises:
            Conflict: the chain has another settlement of this epoch.
        """
        books = await self.settlements.books(self.writer.sender)
        if books.epoch < row.epoch:
            return None
        found = await self.settlements.settled(self.writer.sender, row.epoch, row.to_block)
        if found is None or found.log_digest != row.log_digest:
            raise Conflict(
                f"The chain has settled another log of epoch {row.epoch} than this database built.",
                remedy="Restore the database that built it; only one may settle for an operator.",
                code="other-settlement",
            )
        return await self._saved(replace(row, state="settled", tx_hash=found.tx_hash, block=found.block))

    async def _step_back(self, row: EpochRow, error: Refused) -> EpochRow:
        """What the contract refused, begun again where it went wrong.

        Raises:
            Refused: doing it again would not help.
        """
        found = await self._on_chain(row)
        if found is not None:
            return found
        if error.code in _REBUILD:
            log.warning("settlement refused; built again", epoch=row.epoch, code=error.code)
            return await self._saved(replace(row, state="closed", quorum=b""))
        if error.code in _SIGN_AGAIN:
            log.warning("settlement refused; signed again", epoch=row.epoch, code=error.code)
            return await self._saved(replace(row, state="built", quorum=b""))
        raise error

    async def _saved(self, row: EpochRow) -> EpochRow:
        async with self.units() as work:
            await work.epochs.save(row)
        return row

    def _settlement(self, row: EpochRow) -> Settlement:
        return Settlement(self.writer.sender, row.epoch, row.root, row.total, row.log_digest, row.debits)

    async def _quorum(self, row: EpochRow, progress: Progress) -> bytes:
        """Signatures of as many keepers as are needed.

        Raises:
            Refused: too few signed, and one of the others said why not.
            Unavailable: too few answered.
        """
        progress("sign", 0)
        books = await self.settlements.books(self.writer.sender)
        builder = self.builder
        message = settlement_message(builder.chain_id, builder.market, self._settlement(row), books.root)
        infos = await self.keepers.introduced()
        asking = {
            asyncio.create_task(self._signed(row, message, client, info))
            for client, info in zip(self.keepers.clients, infos, strict=True)
        }
        signatures: dict[str, bytes] = {}
        errors: list[FairsignalError] = []
        try:
            for answer in asyncio.as_completed(asking):
                try:
                    keeper, signature = await answer
                except FairsignalError as error:
                    log.warning("keeper did not sign", epoch=row.epoch, code=error.code)
                    errors.append(error)
                    continue
                signatures[keeper] = signature
                progress("sign", len(signatures))
                if len(signatures) >= self.threshold:
                    return pack_quorum(signatures, self.threshold)
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        refusals = [error for error in errors if isinstance(error, Refused)]
        if refusals:
            raise refusals[0]
        raise Unavailable(
            f"{len(signatures)} of {self.threshold} keepers signed epoch {row.epoch}.",
            remedy="Check that the keepers run; the settlement goes on by itself.",
            code="too-few-keepers",
        )

    async def _signed(
        self, row: EpochRow, message: dict[str, Any], client: KeeperClient, info: KeeperInfo
    ) -> tuple[str, bytes]:
        context = self.builder.context(row.epoch)
        log_key = seal_log_key(row.log_key, info.hpke_key, context)
        request = settlement_request_message(
            context.chain_id, self.registry, info.address, self.writer.sender, row.log_digest, log_key
        )
        signature = await client.sign_settlement(
            SettlementRequest(
                self.writer.sender, row.log_digest, log_key, await self.signer.sign_digest(digest_of(request))
            )
        )
        if self.recover(message, signature) != info.address:
            raise IntegrityError(
                f"The keeper {info.address} signed something else.",
                remedy="Check that it serves this deployment.",
                code="bad-signature",
            )
        return info.address, signature
