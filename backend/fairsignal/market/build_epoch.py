"""From the rows of an epoch to its log and its sums: person by person, so that memory does not grow with the uses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fairsignal.domain.decision import Rule
from fairsignal.domain.epoch_rules import EpochCheck
from fairsignal.domain.errors import IntegrityError
from fairsignal.domain.log_index import LogIndex, SealedKey, parse_index
from fairsignal.domain.log_keys import LogContext, LogKeys
from fairsignal.domain.merkle import MerkleTree, pack_leaf, unpack_leaves
from fairsignal.domain.use_record import UseRecord
from fairsignal.epochs.check import new_check
from fairsignal.epochs.follow import ChainFollower
from fairsignal.epochs.read import Books, DayCount, read_books
from fairsignal.epochs.timestamps import Timestamps
from fairsignal.epochs.write import LogWriter, put_exactly
from fairsignal.ports import (
    BlobStore,
    BlockTimes,
    EpochRow,
    LoggedUse,
    SettlementReader,
    UnitOfWorkFactory,
)

__all__ = ["BuiltEpoch", "EpochBuilder"]

_ADDRESS = 20


@dataclass(frozen=True, slots=True)
class BuiltEpoch:
    """An epoch's log, stored, and the row that says so."""

    row: EpochRow
    voided: dict[bytes, str] = field(repr=False)
    """Use id -> the rule that it breaks on the final chain."""


@dataclass(frozen=True)
class EpochBuilder:
    """Builds logs of one operator. The same rows on the same chain give the same bytes, whenever it was stopped."""

    units: UnitOfWorkFactory
    blobs: BlobStore
    chain: ChainFollower
    times: BlockTimes
    settlements: SettlementReader
    decimals: int
    """Of the market's token."""
    chain_id: int
    market: str
    operator: str
    scratch: Path
    """Folder for what does not fit into memory."""

    def context(self, epoch: int) -> LogContext:
        return LogContext(self.chain_id, self.market, self.operator, epoch)

    async def build(self, row: EpochRow, progress: Callable[[int], None] | None = None) -> BuiltEpoch:
        """Check every use against the final chain, void those that break a rule, and store the log of the others.

        Args:
            row: a closed epoch.
            progress: told how many uses were read so far.

        Raises:
            IntegrityError: the last epoch's log cannot be read as it was.
            Unavailable: node, database or blob store do not answer.
        """
        previous, books = await self._previous(row)
        async with self.units() as work:
            voided = await work.use_log.voided(row.epoch)
        while True:
            run = _Run(self, row, previous, books, voided, progress)
            built = await run.build()
            if built is not None:
                return built
            # A campaign's escrow does not cover its uses, which takes a refund: its newest uses go unpaid.
            voided = voided | await run.beyond_escrow()

    async def _previous(self, row: EpochRow) -> tuple[EpochRow | None, Books]:
        if row.epoch == 1:
            return None, Books()
        async with self.units() as work:
            previous = await work.epochs.get(row.epoch - 1)
        if previous is None or previous.state != "settled":
            raise IntegrityError(
                f"Epoch {row.epoch - 1} is not settled in this database.",
                remedy="Restore its backup.",
                code="epoch-lost",
            )
        keys = LogKeys(previous.log_key, self.context(previous.epoch))
        return previous, await read_books(self.blobs, parse_index(previous.index), keys.books)


class _Run:
    """One pass over an epoch's uses."""

    def __init__(
        self,
        builder: EpochBuilder,
        row: EpochRow,
        previous: EpochRow | None,
        books: Books,
        excluded: dict[bytes, str],
        progress: Callable[[int], None] | None,
    ) -> None:
        self._builder, self._row, self._previous, self._books = builder, row, previous, books
        self._excluded, self._progress = excluded, progress
        self._keys = LogKeys(row.log_key, builder.context(row.epoch))
        self._broken: dict[bytes, str] = {}
        self._leaves = bytearray()
        self._before: Iterator[tuple[bytes, int]] = unpack_leaves(books.leaves)
        self._due = next(self._before, None)
        self._timestamps = Timestamps(builder.times)
        self._places: dict[bytes, int] = {}
        self._short: dict[bytes, int] = {}

    async def build(self) -> BuiltEpoch | None:
        """None when an escrow does not cover what was found; ``beyond_escrow`` says which uses that concerns."""
        builder, row = self._builder, self._row
        async with builder.units() as work:
            counts = await work.use_log.campaigns(row.from_block, row.to_block)
        self._places = {campaign: place for place, campaign in enumerate(counts)}
        index = self._index(tuple((campaign, 0) for campaign in counts))
        record = await builder.chain.upto(row.to_block)
        check = await new_check(
            index, self._books, self._timestamps, chain=record, decimals=builder.decimals, unique_ids=False
        )
        with LogWriter(builder.blobs, self._keys, builder.scratch, sum(counts.values())) as writer:
            await self._read(check, writer)
            self._write_totals_before(None)
            check.finish()
            if not await self._is_covered(check, index):
                return None
            stored = await writer.finish(self._leaves, _days(check))
        total = sum(total for _, total in unpack_leaves(self._leaves))
        index = replace(
            index,
            campaigns=tuple(zip(counts, check.debits, strict=True)),
            uses=check.uses,
            subjects=len(self._leaves) // (_ADDRESS + 12),
            gross=check.gross,
            total=total,
            root=MerkleTree.build(self._leaves).root,
            use_directories=stored.uses,
            total_directories=stored.totals,
            day_directories=stored.days,
        )
        encoded = index.encode()
        digest = await put_exactly(builder.blobs, encoded)
        done = replace(
            row,
            state="built",
            uses=check.uses,
            gross=check.gross,
            total=total,
            root=index.root,
            log_digest=digest,
            index=encoded,
            debits=index.debits,
            quorum=b"",
        )
        return BuiltEpoch(done, self._excluded | self._broken)

    async def beyond_escrow(self) -> dict[bytes, str]:
        """The newest uses of campaigns whose escrow ran short, as many as it does not cover."""
        row, beyond = self._row, dict[bytes, str]()
        for campaign, count in self._short.items():
            async with self._builder.units() as work:
                newest = await work.use_log.newest(
                    campaign, row.from_block, row.to_block, count + len(self._broken) + len(self._excluded)
                )
            counted = [use_id for use_id in newest if use_id not in self._broken and use_id not in self._excluded]
            beyond |= dict.fromkeys(counted[:count], str(Rule.BUDGET_EXHAUSTED))
        return beyond

    def _index(self, campaigns: tuple[tuple[bytes, int], ...]) -> LogIndex:
        row, previous = self._row, self._previous
        handed_on = b""
        if previous is not None:
            books = LogKeys(previous.log_key, self._builder.context(previous.epoch)).books
            handed_on = self._keys.seal_previous_books(books)
        return LogIndex(
            context=self._keys.context,
            previous=previous.log_digest if previous is not None else bytes(32),
            from_block=row.from_block,
            to_block=row.to_block,
            campaigns=campaigns,
            uses=0,
            subjects=0,
            gross=0,
            total=0,
            root=bytes(32),
            use_directories=(),
            total_directories=(),
            day_directories=(),
            log_commitment=self._keys.commitment,
            books_commitment=self._keys.books_commitment,
            previous_books=handed_on,
            auditors=tuple(SealedKey(bytes.fromhex(key), bytes.fromhex(sealed)) for key, sealed in row.auditors),
        )

    async def _read(self, check: EpochCheck, writer: LogWriter) -> None:
        read = 0
        async for uses in self._people():
            subject = bytes.fromhex(uses[0].subject[2:])
            records = [
                UseRecord(use.use_id, self._places[use.campaign], use.category, use.block)
                for use in uses
                if use.use_id not in self._excluded
            ]
            result = check.group(subject, records)
            self._broken.update((found.use_id, str(found.rule)) for found in result.violations if found.use_id)
            if result.kept:
                total = self._write_total(subject, result.share)
                writer.add(subject, total, [UseRecord(*record) for record in result.kept])
            read += len(uses)
            if self._progress is not None:
                self._progress(read)

    async def _people(self) -> AsyncIterator[Sequence[LoggedUse]]:
        """The epoch's uses, one person's at a time, ascending."""
        row, waiting = self._row, list[LoggedUse]()
        async with self._builder.units() as work:
            async for portion in work.use_log.stream(row.from_block, row.to_block):
                await self._timestamps.need({use.block for use in portion})
                for use in portion:
                    if waiting and use.subject != waiting[0].subject:
                        yield waiting
                        waiting = []
                    waiting.append(use)
        if waiting:
            yield waiting

    def _write_total(self, subject: bytes, share: int) -> int:
        """The subject's new running total, after those of everybody before."""
        self._write_totals_before(subject)
        total = share
        if self._due is not None and self._due[0] == subject:
            total += self._due[1]
            self._due = next(self._before, None)
        self._leaves += pack_leaf(subject, total)
        return total

    def _write_totals_before(self, subject: bytes | None) -> None:
        while self._due is not None and (subject is None or self._due[0] < subject):
            self._leaves += pack_leaf(*self._due)
            self._due = next(self._before, None)

    async def _is_covered(self, check: EpochCheck, index: LogIndex) -> bool:
        ids = [campaign for campaign, _ in index.campaigns]
        escrows = await self._builder.settlements.escrows(self._builder.operator, ids)
        record = await self._builder.chain.upto(0)
        for campaign, debit, escrow in zip(ids, check.debits, escrows, strict=True):
            if debit > escrow:
                price = record.campaigns[campaign].terms.price_per_use
                self._short[campaign] = -(-(debit - escrow) // price)
        return not self._short


def _days(check: EpochCheck) -> list[DayCount]:
    return [(subject, lane & 0xFF, count) for (subject, lane), count in check.day_counts.items()]
