"""What was settled on chain beside what the log's index says of itself: public, no key needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eth_utils.address import to_checksum_address

from fairsignal.audit.chain_pass import ChainPass
from fairsignal.audit.report import AuditRule, EpochAudit, Finding, NotChecked
from fairsignal.domain.chain_events import Settled
from fairsignal.domain.errors import BadInput
from fairsignal.domain.log_index import LogIndex
from fairsignal.domain.log_keys import LogContext
from fairsignal.domain.settlement import quorum_signatures, root_on_chain, settlement_message
from fairsignal.ports import AuditFacts, SettleCall

__all__ = ["Recover", "check_against_chain", "check_signers", "settle_call"]

_NO_ROOT = bytes(32)

Recover = Callable[[Mapping[str, Any], bytes], str]
"""(EIP-712 typed data, signature) -> address."""


async def check_against_chain(
    audit: EpochAudit, settled: Settled, index: LogIndex, context: LogContext, facts: AuditFacts, passed: ChainPass
) -> None:
    """Context, root, total, gross and debits of an index against the event, and the money that really moved."""
    _compare(audit, settled, index, context)
    call = await settle_call(settled, facts)
    if call is not None:
        if call.settlement.debits != index.debits:
            evidence = "The debits that the settling transaction named are not those of the log's index."
            audit.findings.append(Finding(AuditRule.NOT_AS_SETTLED, evidence, block=settled.at.block))
        else:
            audit.checked.append("debits as in the settling transaction")
        return
    await _compare_escrows(audit, settled, index, facts, passed)


def _compare(audit: EpochAudit, settled: Settled, index: LogIndex, context: LogContext) -> None:
    said = {
        "context": (index.context, context),
        "root": ("0x" + index.root.hex(), "0x" + settled.root.hex()),
        "total": (index.total, settled.total),
        "gross": (index.gross, settled.gross),
        "sum of the debits": (sum(debit for _, debit in index.campaigns), settled.gross),
    }
    wrong = False
    for name, (log, chain) in said.items():
        if log != chain:
            wrong = True
            evidence = f"The log's {name} is {log}, on chain it is {chain}."
            audit.findings.append(Finding(AuditRule.NOT_AS_SETTLED, evidence, block=settled.at.block))
    if index.to_block >= settled.at.block:
        wrong = True
        evidence = f"The epoch holds blocks up to {index.to_block}, but it was settled in block {settled.at.block}."
        audit.findings.append(Finding(AuditRule.NOT_AS_SETTLED, evidence, block=settled.at.block))
    if not wrong:
        audit.checked.append("root, total and gross of the log as settled")


async def _compare_escrows(
    audit: EpochAudit, settled: Settled, index: LogIndex, facts: AuditFacts, passed: ChainPass
) -> None:
    """Another contract called the market: what left the escrows in that block shows the debits."""
    block, operator = settled.at.block, index.context.operator
    campaigns = [campaign for campaign, _ in index.campaigns]
    twice = [other for other in passed.record.settlements[settled.operator] if other.at.block == block]
    before = after = None
    if len(twice) == 1:
        before = await facts.escrows(operator, campaigns, block - 1)
        after = await facts.escrows(operator, campaigns, block)
    if before is None or after is None:
        why = (
            "The settlement went through another contract, and the node has no state of that block (or there was more "
            "than one settlement in it). A node with an archive knows."
        )
        audit.not_checked.append(NotChecked("each campaign's debit", why, asked=False))
        return
    gained = passed.other_flows[block]
    wrong = False
    for (campaign, debit), had, has in zip(index.campaigns, before, after, strict=True):
        left = had + gained.get(campaign, 0) - has
        if left != debit:
            wrong = True
            evidence = f"{left} base units left the campaign's escrow; the log says {debit}."
            audit.findings.append(Finding(AuditRule.NOT_AS_SETTLED, evidence, campaign=campaign, block=block))
    if not wrong:
        audit.checked.append("debits as they left the escrows")


async def check_signers(
    audit: EpochAudit,
    settled: Settled,
    previous: Settled | None,
    context: LogContext,
    facts: AuditFacts,
    passed: ChainPass,
    recover: Recover,
) -> None:
    """Who signed: keepers in office, as many as it takes."""
    call = await settle_call(settled, facts)
    if call is None:
        why = "The settlement went through another contract; the market itself let no other quorum pass."
        audit.not_checked.append(NotChecked("which keepers signed", why, asked=False))
        return
    audit.signers = _signers(call, previous, context, recover)
    keepers, threshold = passed.record.keepers_at(settled.at.block)
    in_office = {to_checksum_address(keeper) for keeper in keepers}
    strangers = [signer for signer in audit.signers if signer not in in_office]
    if strangers or len(set(audit.signers)) < threshold:
        evidence = (
            f"{len(set(audit.signers) & in_office)} keepers in office signed, {threshold} are needed"
            + (f"; {', '.join(strangers)} is none" if strangers else "")
            + "."
        )
        audit.findings.append(Finding(AuditRule.UNKNOWN_SIGNER, evidence, block=settled.at.block))
    else:
        audit.checked.append(f"signed by {len(audit.signers)} keepers in office")


def _signers(call: SettleCall, previous: Settled | None, context: LogContext, recover: Recover) -> list[str]:
    before = root_on_chain(previous.root if previous else _NO_ROOT)
    message = settlement_message(context.chain_id, context.market, call.settlement, before)
    signers = []
    for signature in quorum_signatures(call.quorum):
        try:
            signers.append(recover(message, signature))
        except BadInput:
            signers.append("an unreadable signature")
    return signers


async def settle_call(settled: Settled, facts: AuditFacts) -> SettleCall | None:
    """The call that an event came of; None when another contract made it."""
    call = await facts.settle_call(settled.at.tx_hash)
    if call is None:
        return None
    same = call.settlement.epoch == settled.epoch and int(call.settlement.operator, 16) == int.from_bytes(
        settled.operator
    )
    return call if same else None
