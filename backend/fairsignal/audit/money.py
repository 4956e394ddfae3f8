"""Credits and escrows on chain beside what all events together come to."""

from __future__ import annotations

from collections import defaultdict

from fairsignal.audit.chain_pass import ChainPass
from fairsignal.audit.report import AuditReport, AuditRule, Finding, NotChecked
from fairsignal.audit.settled import settle_call
from fairsignal.ports import AuditFacts

__all__ = ["check_money"]

_GONE = "The node has no state of the final block any more. A node that keeps more blocks, or an archive, knows."


async def check_money(report: AuditReport, passed: ChainPass, facts: AuditFacts, operator: bytes | None) -> None:
    """What people were credited for uses recorded at once, and what campaigns hold, at the final block.

    Args:
        operator: only its people and campaigns; None for all.
    """
    await _credits(report, passed, facts, operator)
    await _escrows(report, passed, facts, operator)


async def _credits(report: AuditReport, passed: ChainPass, facts: AuditFacts, operator: bytes | None) -> None:
    section = report.at_once
    expected = {
        account: earned
        for account, earned in passed.books.earned.items()
        if operator is None or account[1] >> 8 == int.from_bytes(operator, "big")
    }
    found = await facts.credits(list(expected), passed.final_block)
    if found is None:
        section.not_checked.append(NotChecked("credits for uses recorded at once", _GONE, asked=False))
        return
    wrong = 0
    for ((subject, lane), earned), credited in zip(expected.items(), found, strict=True):
        if credited != earned:
            wrong += 1
            evidence = f"Uses for purpose {lane & 0xFF} earned {earned} base units, {credited} were credited."
            section.findings.append(Finding(AuditRule.WRONG_CREDIT, evidence, subject, block=passed.final_block))
    if expected and not wrong:
        section.checked.append(f"what people were credited is the shares of their uses ({len(expected):,} accounts)")


async def _escrows(report: AuditReport, passed: ChainPass, facts: AuditFacts, operator: bytes | None) -> None:
    """What was paid in, less uses, settlements and refunds, is still there."""
    section = report.at_once
    debits: defaultdict[bytes, int] = defaultdict(int)
    for whose, settlements in passed.record.settlements.items():
        if operator not in (None, whose):
            continue
        for settled in settlements:
            call = await settle_call(settled, facts)
            if call is None:
                why = f"Epoch {settled.epoch} was settled through another contract, whose debits are not to be seen."
                section.not_checked.append(NotChecked("escrows of campaigns", why, asked=False))
                return
            packed = call.settlement.debits
            for at in range(0, len(packed), 32):
                debits[packed[at : at + 20]] += int.from_bytes(packed[at + 20 : at + 32], "big")
    by_operator: defaultdict[str, list[bytes]] = defaultdict(list)
    for campaign in passed.record.campaigns.values():
        if operator is None or int(campaign.terms.operator, 16) == int.from_bytes(operator, "big"):
            by_operator[campaign.terms.operator].append(campaign.id)
    wrong = count = 0
    for of, campaigns in by_operator.items():
        found = await facts.escrows(of, campaigns, passed.final_block)
        if found is None:
            section.not_checked.append(NotChecked("escrows of campaigns", _GONE, asked=False))
            return
        for campaign_id, escrow in zip(campaigns, found, strict=True):
            count += 1
            expected = passed.books.escrow[campaign_id] - debits[campaign_id[:20]]
            if escrow != expected:
                wrong += 1
                evidence = f"All events come to an escrow of {expected} base units; the chain has {escrow}."
                section.findings.append(
                    Finding(AuditRule.WRONG_ESCROW, evidence, campaign=campaign_id, block=passed.final_block)
                )
    if count and not wrong:
        section.checked.append(
            f"escrows follow from what was paid in, used, settled and refunded ({count:,} campaigns)"
        )
