"""One settled epoch: its log from IPFS, beside the chain; and, with an auditor's key, every use in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from eth_utils.address import to_checksum_address

from fairsignal.audit.chain_pass import ChainPass
from fairsignal.audit.report import AuditRule, EpochAudit, Finding, NotChecked
from fairsignal.audit.settled import Recover, check_against_chain, check_signers
from fairsignal.domain.chain_events import Settled
from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.errors import FairsignalError, IntegrityError, NotFound, Unavailable
from fairsignal.domain.hpke import public_key_of
from fairsignal.domain.log_index import LogIndex, check_books_key, keys_of, open_log_key
from fairsignal.domain.log_keys import LogContext, LogKeys
from fairsignal.domain.merkle import MerkleTree
from fairsignal.domain.violations import EpochRule
from fairsignal.epochs.check import check_epoch
from fairsignal.epochs.previous import check_continues
from fairsignal.epochs.read import BadPart, Books, LogReader, fetch_index, read_books
from fairsignal.ports import AuditFacts, BlobSource, BlockTimes

__all__ = ["EpochAuditor"]

_NO_DIGEST = bytes(32)


@dataclass
class EpochAuditor:
    """Audits epochs of any operator against one pass over the chain."""

    chain_id: int
    market: str
    decimals: int
    passed: ChainPass
    facts: AuditFacts
    times: BlockTimes
    blobs: BlobSource
    recover: Recover
    key: bytes | None = field(default=None, repr=False)
    """The auditor's X25519 key; None to check what is public."""

    async def audit(
        self, settled: Settled, previous: Settled | None, progress: Callable[[int, int], None]
    ) -> EpochAudit:
        """
        Args:
            previous: the settlement of the epoch before; None for the first.
            progress: told (uses checked, uses).

        Raises:
            Unavailable: the node does not answer.
        """
        operator = to_checksum_address(settled.operator)
        context = LogContext(self.chain_id, self.market, operator, settled.epoch)
        audit = EpochAudit(
            operator=operator,
            epoch=settled.epoch,
            block=settled.at.block,
            tx_hash="0x" + settled.at.tx_hash.hex(),
            log=cid_of_digest(settled.log_digest),
            gross=settled.gross,
            total=settled.total,
        )
        await check_signers(audit, settled, previous, context, self.facts, self.passed, self.recover)
        index = await self._index(audit, settled.log_digest, "the log's index")
        if index is None:
            return audit
        audit.from_block, audit.to_block, audit.uses = index.from_block, index.to_block, index.uses
        await check_against_chain(audit, settled, index, context, self.facts, self.passed)
        before = None
        if previous is not None:
            before = await self._index(audit, previous.log_digest, f"the index of epoch {previous.epoch}")
        digest = previous.log_digest if previous else _NO_DIGEST
        broken = check_continues(index, before, digest)
        audit.findings += map(Finding.of, broken)
        if not broken and (before is not None or previous is None):
            audit.checked.append("continues the epoch before")
        keys = self._keys(audit, index, context)
        if keys is not None:
            await self._uses(audit, index, keys, before, previous, progress)
        return audit

    async def _index(self, audit: EpochAudit, digest: bytes, what: str) -> LogIndex | None:
        try:
            return await fetch_index(self.blobs, digest)
        except FairsignalError as error:
            _unreadable(audit, what, digest, error)
            return None

    def _keys(self, audit: EpochAudit, index: LogIndex, context: LogContext) -> LogKeys | None:
        uses = f"the {index.uses:,} uses themselves, their consents, prices and caps, and people's totals"
        if self.key is None:
            why = "They are encrypted to auditors, and no --key-file is given."
            audit.not_checked.append(NotChecked(uses, why, asked=False))
            return None
        own = public_key_of(self.key)
        sealed = next((auditor.sealed for auditor in index.auditors if auditor.key == own), None)
        if sealed is None:
            why = f"The log is not sealed to this auditor's key 0x{own.hex()}. Ask the operator to name it."
            audit.not_checked.append(NotChecked(uses, why))
            return None
        try:
            return keys_of(index, open_log_key(sealed, self.key, context))
        except IntegrityError as error:
            evidence = f"The log key that is sealed to this auditor is not the log's: {error.message}"
            audit.findings.append(Finding(AuditRule.LOG_KEY_DOES_NOT_OPEN, evidence))
            return None

    async def _uses(
        self,
        audit: EpochAudit,
        index: LogIndex,
        keys: LogKeys,
        before: LogIndex | None,
        previous: Settled | None,
        progress: Callable[[int, int], None],
    ) -> None:
        if index.to_block > self.passed.final_block:
            why = f"Block {index.to_block} is not final yet."
            audit.not_checked.append(NotChecked("the uses themselves", why))
            return
        books = await self._books(audit, index, keys, before, previous)
        bad: list[BadPart] = []
        report = await check_epoch(
            LogReader(self.blobs, index, keys, bad.append),
            books,
            chain=self.passed.record,
            times=self.times,
            decimals=self.decimals,
            progress=lambda done: progress(done, index.uses),
        )
        for part in bad:
            name = "directory" if part.directory else "part"
            _unreadable(audit, f"{name} {part.number} of the {part.kind}", part.digest, part.error)
        audit.findings += map(Finding.of, report.violations)
        if report.check is not None:
            audit.findings += map(Finding.of, report.check.overruns)
        if not report.complete:
            why = f"{len(report.violations):,} broken rules are enough."
            audit.not_checked.append(NotChecked("the rest of the log", why))
        if books is None:
            why = f"What epoch {index.context.epoch - 1} ended with cannot be read."
            audit.not_checked.append(NotChecked("sums and running totals", why))
        audit.opened = not bad
        if not (report.violations or bad) and report.check is not None:
            people = f"running totals and their root ({index.subjects:,} people)"
            audit.checked += [
                f"consent, price, floor and cap of each use ({report.check.listed_uses:,} uses)",
                people,
            ]

    async def _books(
        self, audit: EpochAudit, index: LogIndex, keys: LogKeys, before: LogIndex | None, previous: Settled | None
    ) -> Books | None:
        """What the epoch starts from, and that it is what the chain settled last; None when it cannot be read."""
        if previous is None:
            return Books()
        if before is None:
            return None
        what = f"the totals that epoch {previous.epoch} ended with"
        bad: list[BadPart] = []
        try:
            key = check_books_key(before, keys.previous_books(index.previous_books))
        except IntegrityError as error:
            audit.findings.append(
                Finding(EpochRule.WRONG_PREVIOUS, f"{what.capitalize()} do not open: {error.message}")
            )
            return None
        try:
            books = await read_books(self.blobs, before, key, bad.append)
        except FairsignalError as error:
            _unreadable(audit, what, previous.log_digest, error)
            return None
        for part in bad:
            _unreadable(audit, f"part {part.number} of {what}", part.digest, part.error)
        if bad:
            return None
        root = MerkleTree.build(books.leaves).root
        if root != previous.root:
            evidence = f"{what.capitalize()} come to 0x{root.hex()}; 0x{previous.root.hex()} was settled."
            audit.findings.append(Finding(EpochRule.WRONG_ROOT, evidence, block=previous.at.block))
        return books


def _unreadable(audit: EpochAudit, what: str, digest: bytes, error: FairsignalError) -> None:
    cid = cid_of_digest(digest)
    if isinstance(error, NotFound):
        audit.findings.append(Finding(AuditRule.LOG_MISSING, f"Nobody has {what} ({cid})."))
    elif isinstance(error, Unavailable):
        audit.not_checked.append(NotChecked(what, f"{error.message} ({cid})"))
    else:
        audit.findings.append(
            Finding(AuditRule.LOG_ALTERED, f"What is served as {what} ({cid}) is not it: {error.message}")
        )
