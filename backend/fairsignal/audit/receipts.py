"""Keepers' receipts of released uses beside what the chain records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eth_utils.address import to_checksum_address

from fairsignal.audit.chain_pass import ChainPass
from fairsignal.audit.report import AuditRule, Finding, NotChecked, Section
from fairsignal.domain.errors import BadInput
from fairsignal.domain.use_receipt import UseReceipt, use_receipt_message

__all__ = ["check_receipts"]

Recover = Callable[[Mapping[str, Any], bytes], str]


def check_receipts(
    section: Section,
    receipts: Sequence[UseReceipt],
    passed: ChainPass,
    *,
    chain_id: int,
    registry: str,
    operator: bytes | None,
    recover: Recover,
) -> None:
    """Name every use that a keeper released and that the chain does not record.

    Args:
        registry: ProfileRegistry of the deployment, which receipts are bound to.
        operator: only its campaigns; None for all.
    """
    uses = {(use.campaign, use.index): use for use in passed.record.at_once}
    worthless = newer = right = 0
    for receipt in receipts:
        released = receipt.released
        keeper = _keeper(receipt, passed, chain_id, registry, recover)
        if keeper is None:
            worthless += 1
            continue
        campaign = passed.record.campaigns.get(released.campaign)
        if (
            operator is not None
            and campaign is not None
            and int(campaign.terms.operator, 16) != int.from_bytes(operator)
        ):
            continue
        said = f"Keeper {keeper} released use {released.use_index} of the campaign at {released.released_at}"
        use = uses.get((released.campaign, released.use_index))
        if use is None and released.released_at > passed.final_time:
            newer += 1
            continue
        if use is None:
            evidence = f"{said}; the chain records no such use."
            section.findings.append(Finding(AuditRule.RELEASED_NOT_RECORDED, evidence, campaign=released.campaign))
            continue
        assert campaign is not None  # a recorded use has one
        by = bytes.fromhex(campaign.terms.operator[2:])
        if (by, use.subject, released.digest) not in passed.attested:
            evidence = f"{said}, from a profile 0x{released.digest.hex()} that the operator never attested."
            section.findings.append(
                Finding(AuditRule.RELEASED_NOT_ATTESTED, evidence, use.subject, None, released.campaign, use.block)
            )
            continue
        right += 1
    if right:
        section.checked.append(f"what they released is recorded, paid and of attested profiles ({right:,} receipts)")
    if newer:
        why = "They were released after the final block that the audit reads up to. Audit again later."
        section.not_checked.append(NotChecked(f"{newer} receipts", why, asked=False))
    if worthless:
        why = "They are not signed by a keeper of this deployment."
        section.not_checked.append(NotChecked(f"{worthless} receipts", why))


def _keeper(receipt: UseReceipt, passed: ChainPass, chain_id: int, registry: str, recover: Recover) -> str | None:
    """Who signed it; None unless that is, or was, a keeper."""
    try:
        signer = recover(use_receipt_message(chain_id, registry, receipt.released), receipt.signature)
    except BadInput:
        return None
    return signer if signer in {to_checksum_address(keeper) for keeper in passed.record.keepers_ever()} else None
