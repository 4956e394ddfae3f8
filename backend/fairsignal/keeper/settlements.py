"""A keeper's signature under a settlement: given only for what it computed itself, from the log and its own node."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from fairsignal.domain.chain_events import Settled
from fairsignal.domain.chain_record import ChainRecord
from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.errors import BadInput, IntegrityError, Refused
from fairsignal.domain.keeper_messages import settlement_request_message
from fairsignal.domain.log_index import LogIndex, keys_of, open_log_key
from fairsignal.domain.log_keys import LogKeys
from fairsignal.domain.settlement import Settlement, root_on_chain, settlement_message
from fairsignal.domain.violations import Violation
from fairsignal.epochs.check import check_epoch
from fairsignal.epochs.follow import ChainFollower
from fairsignal.epochs.previous import check_continues, read_previous_books
from fairsignal.epochs.read import Books, LogReader, fetch_index
from fairsignal.ports import (
    BlobSource,
    BlockTimes,
    ChainReader,
    Clock,
    EpochKeys,
    OperatorBooks,
    RateLimit,
    SettlementReader,
    SettlementRequest,
    Signer,
)

__all__ = ["SettlementKeeper"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SettlementKeeper:
    """Checks epochs one at a time: each takes as much memory as there are people in it."""

    reader: ChainReader
    settlements: SettlementReader
    chain: ChainFollower
    times: BlockTimes
    blobs: BlobSource
    keys: EpochKeys = field(repr=False)
    signer: Signer
    clock: Clock
    registry: str
    """ProfileRegistry: keepers' messages are bound to it."""
    market: str
    recover: Callable[[dict[str, Any], bytes], str]
    limit: RateLimit
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)
    _passed: dict[bytes, LogIndex] = field(default_factory=dict, init=False, repr=False)

    async def sign(self, request: SettlementRequest) -> bytes:
        """Check an epoch's log and sign its settlement; -> signature, 65 bytes.

        Raises:
            BadInput: not signed by the operator, or of another deployment.
            Refused: the log breaks a rule, which ``code`` names, and does not follow on what is settled and final.
            IntegrityError, NotFound, Unavailable: the log cannot be read, or the node does not answer.
        """
        message = settlement_request_message(
            self.reader.chain_id,
            self.registry,
            self.signer.address,
            request.operator,
            request.log_digest,
            request.log_key,
        )
        if self.recover(message, request.signature) != request.operator:
            raise BadInput(
                "The request is not signed by the operator.",
                remedy="Sign the SettlementRequest message with the operator's key.",
                code="bad-signature",
            )
        await self.limit("settlements", request.operator, 1)
        async with self._turn:
            books = await self.settlements.books(request.operator)
            index = self._passed.get(request.log_digest)
            if index is None or index.context.epoch != books.epoch + 1:
                index = await self._checked(request, books)
                # Asked again, which the operator does after a crash, it answers at once.
                self._passed.clear()
                self._passed[request.log_digest] = index
        settlement = Settlement(
            request.operator, index.context.epoch, index.root, index.total, request.log_digest, index.debits
        )
        log.info("settlement signed", epoch=index.context.epoch, uses=index.uses)
        signed = settlement_message(self.reader.chain_id, self.market, settlement, books.root)
        return await self.signer.sign_digest(digest_of(signed))

    async def _checked(self, request: SettlementRequest, books: OperatorBooks) -> LogIndex:
        index = await fetch_index(self.blobs, request.log_digest)
        context = index.context
        if (context.chain_id, context.market, context.operator) != (
            self.reader.chain_id,
            self.market,
            request.operator,
        ):
            raise BadInput("This log is of another chain, market or operator.", code="wrong-context")
        if context.epoch != books.epoch + 1:
            raise Refused(
                f"The chain has settled epoch {books.epoch}; the next is not {context.epoch}.",
                remedy="Settle epochs in order.",
                code="wrong-epoch",
            )
        final = await self.reader.head("finalized")
        if index.to_block > final.number:
            raise _not_final(f"Block {index.to_block}")
        record = await self.chain.upto(final.number)
        keys = keys_of(index, self._open(request.log_key, index))
        previous = await self._previous(index, keys, books, record)
        report = await check_epoch(
            LogReader(self.blobs, index, keys),
            previous,
            chain=record,
            times=self.times,
            decimals=self.reader.token_decimals,
            most=1,
        )
        _refuse(report.violations)
        return index

    async def _previous(self, index: LogIndex, keys: LogKeys, books: OperatorBooks, record: ChainRecord) -> Books:
        """What the epoch begins with, from the log that the chain names."""
        settled = record.settlements.get(bytes.fromhex(index.context.operator[2:]), [])
        last: Settled | None = settled[-1] if settled else None
        if (last.epoch if last else 0) != books.epoch or (last and root_on_chain(last.root) != books.root):
            raise _not_final(f"The settlement of epoch {books.epoch}")
        if last is None:
            _refuse(check_continues(index, None, bytes(32)))
            return Books()
        previous = await fetch_index(self.blobs, last.log_digest)
        _refuse(check_continues(index, previous, last.log_digest))
        return await read_previous_books(self.blobs, index, keys, previous, last.root)

    def _open(self, sealed: bytes, index: LogIndex) -> bytes:
        """With the key of this epoch of keys, or of the one before."""
        *earlier, newest = self.keys.usable(self.clock.now())
        for key in earlier:
            try:
                return open_log_key(sealed, key, index.context)
            except IntegrityError:
                continue
        return open_log_key(sealed, newest, index.context)


def _not_final(what: str) -> Refused:
    return Refused(f"{what} is not final yet.", remedy="Try again once it is.", code="not-final")


def _refuse(violations: list[Violation]) -> None:
    """Refuse the first, without saying whose use it is."""
    for violation in violations:
        use = f"Use 0x{violation.use_id.hex()}: " if violation.use_id is not None else ""
        raise Refused(
            f"{use}{violation.detail}",
            remedy="Take the use out of the epoch, or correct the sum.",
            code=str(violation.rule),
        )
