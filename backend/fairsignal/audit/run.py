"""The whole audit: the chain once, then each epoch, uses recorded at once, and keepers' receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from eth_utils.address import to_checksum_address

from fairsignal.audit.chain_pass import ChainPass, read_chain
from fairsignal.audit.epoch import EpochAuditor
from fairsignal.audit.money import check_money
from fairsignal.audit.receipts import check_receipts
from fairsignal.audit.report import AuditReport, EpochAudit, Finding, NotChecked
from fairsignal.audit.settled import Recover
from fairsignal.domain.errors import NotFound
from fairsignal.domain.use_receipt import UseReceipt
from fairsignal.ports import AuditFacts, BlobSource, BlockTimes, EventSource

__all__ = ["Auditor", "Progress"]


def _silent(step: str, done: int, total: int) -> None:
    """Tells nobody."""


class Progress(Protocol):
    """Is told how far a step is."""

    def __call__(self, step: str, done: int, total: int) -> None: ...


@dataclass
class Auditor:
    """Audits one deployment."""

    source: EventSource
    facts: AuditFacts
    times: BlockTimes
    blobs: BlobSource
    chain_id: int
    market: str
    registry: str
    """ProfileRegistry, which receipts are bound to."""
    decimals: int
    recover: Recover
    key: bytes | None = field(default=None, repr=False)
    """An auditor's X25519 key; None to check what is public."""

    async def run(
        self, epoch: int | None, operator: bytes | None, receipts: Sequence[UseReceipt], progress: Progress = _silent
    ) -> AuditReport:
        """
        Args:
            epoch: one; None for all.
            operator: whose, 20 bytes; None for everybody's.
            receipts: of keepers, to be found on chain.

        Raises:
            NotFound: there is no such epoch.
            Unavailable: the node does not answer.
        """
        digests = {receipt.released.digest for receipt in receipts}
        passed = await read_chain(
            self.source, self.decimals, digests, lambda done, total: progress("reading the chain", done, total)
        )
        report = AuditReport(self.chain_id, self.market, passed.final_block)
        epochs = EpochAuditor(
            chain_id=self.chain_id,
            market=self.market,
            decimals=self.decimals,
            passed=passed,
            facts=self.facts,
            times=self.times,
            blobs=self.blobs,
            recover=self.recover,
            key=self.key,
        )
        for whose, settlements in sorted(passed.record.settlements.items()):
            if operator not in (None, whose):
                continue
            for previous, settled in zip([None, *settlements], settlements, strict=False):
                if epoch not in (None, settled.epoch):
                    continue
                step = f"epoch {settled.epoch} of {to_checksum_address(whose)}"
                report.epochs.append(await epochs.audit(settled, previous, partial(progress, step)))
        if epoch is not None and not report.epochs:
            raise NotFound(
                f"Epoch {epoch} was not settled up to the final block {passed.final_block}.",
                remedy="See `fairsignal audit --all`; a new epoch is audited once its block is final.",
                code="no-such-epoch",
            )
        self._at_once(report, passed, epoch, operator)
        if epoch is None:
            await check_money(report, passed, self.facts, operator)
        if receipts:
            report.receipts_read = len(receipts)
            check_receipts(
                report.receipts,
                receipts,
                passed,
                chain_id=self.chain_id,
                registry=self.registry,
                operator=operator,
                recover=self.recover,
            )
        return report

    def _at_once(self, report: AuditReport, passed: ChainPass, epoch: int | None, operator: bytes | None) -> None:
        """Uses recorded at once in the same blocks, judged when the chain was read."""
        ranges = [(0, passed.final_block)] if epoch is None else _ranges(report.epochs)
        if epoch is not None and len(ranges) < len(report.epochs):
            why = "Without the log's index it is not known which blocks the epoch holds."
            report.at_once.not_checked.append(NotChecked("uses recorded at once in the epoch's blocks", why))
        campaigns = passed.record.campaigns

        def concerns(campaign: bytes | None, block: int | None) -> bool:
            of = campaigns.get(campaign or b"")
            ours = operator is None or of is None or int(of.terms.operator, 16) == int.from_bytes(operator, "big")
            return ours and any(first <= (block or 0) <= last for first, last in ranges)

        uses = sum(concerns(use.campaign, use.block) for use in passed.record.at_once)
        report.uses_at_once = uses
        report.at_once.findings += [
            Finding.of(violation) for violation in passed.violations if concerns(violation.campaign, violation.block)
        ]
        if not report.at_once.findings:
            report.at_once.checked.append(
                f"consent, price, floor and cap of each, as of its place in its block ({uses:,} uses)"
            )


def _ranges(epochs: Sequence[EpochAudit]) -> list[tuple[int, int]]:
    return [
        (epoch.from_block + 1, epoch.to_block)
        for epoch in epochs
        if epoch.from_block is not None and epoch.to_block is not None
    ]
