"""The last chapter of ``fairsignal demo``: somebody from outside checks all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairsignal.audit.report import Verdict
from fairsignal.bootstrap.audit import open_auditor, receipts_of_keepers
from fairsignal.cli.local_stack import Stack
from fairsignal.domain.errors import Refused

if TYPE_CHECKING:
    from fairsignal.cli.demo_story import Story

__all__ = ["audit_passes"]


async def audit_passes(story: Story, stack: Stack, key: bytes) -> None:
    """What ``fairsignal audit --all --keeper ...`` does, with a key that the operator seals its logs to.

    Args:
        key: the auditor's X25519 key.

    Raises:
        Refused: the audit does not pass.
    """
    with story.step("an auditor checks it from the chain and IPFS alone: the audit passes") as say:
        await stack.chain.finalize()
        receipts = await receipts_of_keepers(stack.keeper_urls)
        chain = stack.chain
        async with open_auditor(chain.rpc_url, chain.deployment, [stack.url], key) as (auditor, _):
            report = await auditor.run(None, None, receipts)
        for epoch in report.epochs:
            for words in epoch.checked:
                say(f"epoch {epoch.epoch}: {words}")
        for words in report.at_once.checked:
            say(f"recorded at once: {words}")
        for words in report.receipts.checked:
            say(f"keepers' receipts: {words}")
        findings = [finding for section in report.sections for finding in section.findings]
        gaps = [gap for section in report.sections for gap in section.not_checked]
        for finding in findings:
            say(f"{finding.rule}: {finding.evidence}")
        for gap in gaps:
            say(f"not checked: {gap.what}: {gap.why}")
        say(f"{len(findings)} findings, {len(gaps)} things not checked")
        story.numbers["audit"] = {
            "verdict": str(report.verdict),
            "epochs": len(report.epochs),
            "uses": report.uses_at_once + sum(epoch.uses or 0 for epoch in report.epochs),
            "findings": len(findings),
            "not_checked": len(gaps),
        }
        if report.verdict is not Verdict.HONEST:
            raise Refused("The audit does not pass.", remedy="See the lines above.", code="audit")
