"""Does an epoch's log follow from the chain and from the epoch before? The same answer for whoever asks: a keeper
before it signs, an auditor afterwards.

Uses are judged by ``domain.epoch_rules``, sums by ``domain.epoch_sums``; this brings them log and chain together.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from fairsignal.domain.chain_record import ChainRecord
from fairsignal.domain.consent import lane_of
from fairsignal.domain.epoch_rules import EpochCheck
from fairsignal.domain.epoch_sums import compare_days, compare_sums, compare_totals
from fairsignal.domain.errors import FairsignalError, IntegrityError
from fairsignal.domain.log_index import LogIndex
from fairsignal.domain.log_parts import GROUP_RECORDS, LEAF_BYTES, Group, open_group
from fairsignal.domain.merkle import MerkleTree, unpack_leaves
from fairsignal.domain.person_days import DAY
from fairsignal.domain.use_record import UseRecord
from fairsignal.domain.violations import EpochRule, Violation
from fairsignal.epochs.people import People
from fairsignal.epochs.read import BadPart, Books, LogReader
from fairsignal.epochs.timestamps import Timestamps
from fairsignal.ports import BlockTimes

__all__ = ["EpochReport", "check_epoch", "new_check"]

_PEOPLE = 32
"""After whom other tasks get their turn."""
_timestamp = attrgetter("timestamp")


@dataclass
class EpochReport:
    """What a check found."""

    index: LogIndex
    violations: list[Violation] = field(default_factory=list)
    complete: bool = True
    """False when it stopped at the most violations that were asked for."""
    bad_parts: list[BadPart] = field(default_factory=list)
    """What could not be read: sums that depend on it are not compared."""
    check: EpochCheck | None = None
    """The sums as recomputed, and uses recorded at once that overran a cap."""
    root: bytes | None = None
    """As recomputed from the totals; None when they could not be read."""


async def new_check(
    index: LogIndex,
    previous: Books,
    timestamps: Timestamps,
    *,
    chain: ChainRecord,
    decimals: int,
    unique_ids: bool = True,
) -> EpochCheck:
    """The rules of one epoch, ready for its groups.

    Args:
        index: only its context, block range and campaign ids are used.
    """
    operator, first = index.context.operator, index.from_block + 1
    await timestamps.need({index.from_block, first, index.to_block})
    day = timestamps[first] // DAY
    same_day = timestamps[index.from_block] // DAY == day
    begin = bisect_left(chain.at_once, day * DAY, key=_timestamp)
    return EpochCheck(
        operator=operator,
        decimals=decimals,
        from_block=index.from_block,
        to_block=index.to_block,
        campaigns=[chain.campaigns.get(campaign) for campaign, _ in index.campaigns],
        history=chain.consents,
        timestamps=timestamps,
        at_once=(use for use in chain.at_once[begin:] if use.block <= index.to_block),
        earlier={(subject, lane_of(operator, purpose)): count for subject, purpose, count in previous.days}
        if same_day
        else {},
        unique_ids=unique_ids,
    )


async def check_epoch(
    log: LogReader,
    previous: Books | None,
    *,
    chain: ChainRecord,
    times: BlockTimes,
    decimals: int,
    most: int = 10_000,
    progress: Callable[[int], None] | None = None,
) -> EpochReport:
    """Check a log against the chain and the books of the epoch before. ``previous.check_continues`` comes first.

    Args:
        log: with an ``on_bad``, what cannot be read is reported; without, it raises.
        previous: empty ``Books`` for the first epoch; None when they could not be read, and are not compared.
        chain: fed with final blocks up to the epoch's last, at least.
        decimals: of the market's token.
        most: violations after which to stop.
        progress: told how many uses were checked so far.

    Raises:
        IntegrityError, NotFound, Unavailable: the log cannot be read, as ``log.on_bad`` says; or the node not.
    """
    report = EpochReport(log.index)
    told, log.on_bad = log.on_bad, _noting(report.bad_parts, log.on_bad)
    try:
        return await _Checker(log, previous, chain, Timestamps(times), decimals, most, report).run(progress)
    finally:
        log.on_bad = told


def _noting(bad_parts: list[BadPart], on_bad: Callable[[BadPart], None] | None) -> Callable[[BadPart], None] | None:
    if on_bad is None:
        return None

    def note(bad: BadPart) -> None:
        bad_parts.append(bad)
        on_bad(bad)

    return note


class _Checker:
    def __init__(
        self,
        log: LogReader,
        previous: Books | None,
        chain: ChainRecord,
        timestamps: Timestamps,
        decimals: int,
        most: int,
        report: EpochReport,
    ) -> None:
        self._log, self._index, self._previous = log, log.index, previous
        self._chain, self._timestamps, self._decimals = chain, timestamps, decimals
        self._most, self._report = most, report
        self._shares: dict[int, int] = {}
        self._last_tag = b""
        self._waiting: list[Group] = []

    async def run(self, progress: Callable[[int], None] | None) -> EpochReport:
        report, index = self._report, self._index
        books = await self._log.books()
        readable = not any(bad.kind == "totals" for bad in report.bad_parts)
        check = report.check = await new_check(
            index, self._previous or Books(), self._timestamps, chain=self._chain, decimals=self._decimals
        )
        people = People(books.leaves, self._log.keys)
        async for groups in self._log.groups():
            await self._groups(groups, people, check, readable)
            if progress is not None:
                progress(check.listed_uses)
            if not report.complete:
                return report
        await self._groups([], people, check, readable, last=True)
        self._found(check.finish())
        if report.complete:
            self._sums(books, check, readable)
        return report

    async def _groups(
        self, groups: list[Group], people: People, check: EpochCheck, readable: bool, *, last: bool = False
    ) -> None:
        """Check those of the groups that are known to be complete: the last person's may go on in the next part."""
        waiting = self._waiting + groups
        opened = []
        at = 0
        while at < len(waiting):
            end = at + 1
            while end < len(waiting) and waiting[end].tag == waiting[at].tag:
                end += 1
            if end == len(waiting) and not last:
                break
            person = self._opened(waiting[at:end], people, readable)
            if person is not None:
                opened.append(person)
            at = end
        self._waiting = waiting[at:]
        await self._timestamps.need(
            {
                use.block
                for _, _, records in opened
                for use in records
                if self._index.from_block < use.block <= self._index.to_block
            }
        )
        for number, (position, subject, records) in enumerate(opened):
            result = check.group(subject, records)
            self._shares[position] = result.listed_share
            self._found(result.violations)
            if number % _PEOPLE == 0:
                await asyncio.sleep(0)

    def _opened(self, groups: list[Group], people: People, readable: bool) -> tuple[int, bytes, list[UseRecord]] | None:
        """One person's groups -> (position, subject, records)."""
        tag = groups[0].tag
        if tag <= self._last_tag:
            self._found([Violation(EpochRule.GROUPS_OUT_OF_ORDER, f"The group 0x{tag.hex()} is not in its place.")])
            return None
        self._last_tag = tag
        person = people.find(tag)
        if person is None:
            if readable:
                self._found([Violation(EpochRule.GROUP_OF_NOBODY, f"Nobody with a total has the tag 0x{tag.hex()}.")])
            return None
        position, subject, total = person
        key, _ = self._log.keys.of_subject(subject)
        records: list[UseRecord] = []
        for number, group in enumerate(groups):
            try:
                said, found = open_group(key, number, group.sealed)
            except IntegrityError as error:
                if self._log.on_bad is None:
                    raise
                detail = f"The group 0x{tag.hex()} does not open."
                self._found([Violation(EpochRule.GROUP_OF_NOBODY, f"{detail} {error.message}", subject)])
                return None
            if said != total or (number < len(groups) - 1 and len(found) != GROUP_RECORDS):
                detail = f"The group says {said} base units or is not full; the totals say {total}."
                self._found([Violation(EpochRule.WRONG_SHARE, detail, subject)])
            records += found
        return position, subject, records

    def _sums(self, books: Books, check: EpochCheck, readable: bool) -> None:
        index, previous = self._index, self._previous
        uses_readable = not any(bad.kind == "uses" for bad in self._report.bad_parts)
        if uses_readable and readable and previous is not None:
            before = sum(total for _, total in unpack_leaves(previous.leaves))
            debits = [debit for _, debit in index.campaigns]
            sums = {"debits": debits, "gross": index.gross, "uses": index.uses, "total": index.total}
            self._found(compare_sums(check, previous_total=before, **sums))  # type: ignore[arg-type]
            subjects = [bytes(subject) for subject, _ in unpack_leaves(books.leaves)]
            shares = sorted((subjects[position], share) for position, share in self._shares.items())
            self._found(
                compare_totals(unpack_leaves(previous.leaves), shares, unpack_leaves(books.leaves), total=index.total)
            )
        days_readable = not any(bad.kind == "days" for bad in self._report.bad_parts)
        if uses_readable and readable and days_readable and previous is not None:
            operator = index.context.operator
            days = ((subject, lane_of(operator, purpose), count) for subject, purpose, count in books.days)
            self._found(compare_days(check, days))
        if readable:
            self._root(books)

    def _root(self, books: Books) -> None:
        index = self._index
        leaves = len(books.leaves) // LEAF_BYTES
        if leaves != index.subjects:
            detail = f"There are {leaves} totals; the index says {index.subjects}."
            self._found([Violation(EpochRule.WRONG_SUBJECTS, detail)])
        try:
            root = self._report.root = MerkleTree.build(books.leaves).root
        except FairsignalError as error:
            self._found([Violation(EpochRule.WRONG_ROOT, error.message)])
            return
        if root != index.root:
            detail = f"The totals come to 0x{root.hex()}; the index says 0x{index.root.hex()}."
            self._found([Violation(EpochRule.WRONG_ROOT, detail)])

    def _found(self, violations: Iterable[Violation]) -> None:
        report = self._report
        for violation in violations:
            if len(report.violations) >= self._most:
                report.complete = False
                return
            report.violations.append(violation)
