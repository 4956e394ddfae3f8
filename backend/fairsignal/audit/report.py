"""What an audit found, and what it could not check."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from eth_utils.address import to_checksum_address

from fairsignal.domain.violations import Violation

__all__ = ["AuditReport", "AuditRule", "EpochAudit", "Finding", "NotChecked", "Verdict"]


class AuditRule(StrEnum):
    """Rules that only an audit sees broken, beyond those of ``domain.violations``; stable names."""

    LOG_MISSING = "log-missing"
    LOG_ALTERED = "log-altered"
    LOG_KEY_DOES_NOT_OPEN = "log-key-does-not-open"
    NOT_AS_SETTLED = "not-as-settled"
    UNKNOWN_SIGNER = "unknown-signer"
    WRONG_ESCROW = "wrong-escrow"
    WRONG_CREDIT = "wrong-credit"
    RELEASED_NOT_RECORDED = "released-not-recorded"
    RELEASED_NOT_ATTESTED = "released-not-attested"


class Verdict(StrEnum):
    """In short; the exit code of ``fairsignal audit`` follows from it."""

    HONEST = "honest"
    FINDINGS = "findings"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule: which, where, and what shows it."""

    rule: str
    evidence: str
    """A sentence with the numbers."""
    subject: bytes | None = None
    use_id: bytes | None = None
    campaign: bytes | None = None
    block: int | None = None

    @classmethod
    def of(cls, violation: Violation) -> Finding:
        return cls(
            rule=str(violation.rule),
            evidence=violation.detail,
            subject=violation.subject,
            use_id=violation.use_id,
            campaign=violation.campaign,
            block=violation.block,
        )

    def as_json(self) -> dict[str, str | int]:
        """Only what is known."""
        document: dict[str, str | int] = {"rule": self.rule, "evidence": self.evidence}
        if self.subject is not None:
            document["subject"] = to_checksum_address(self.subject)
        for name, value in (("use", self.use_id), ("campaign", self.campaign)):
            if value is not None:
                document[name] = "0x" + value.hex()
        if self.block is not None:
            document["block"] = self.block
        return document


@dataclass(frozen=True, slots=True)
class NotChecked:
    """What an audit has no answer to, and what would give one."""

    what: str
    why: str
    asked: bool = True
    """False for what nobody asked for, such as the uses themselves without an auditor's key."""

    def as_json(self) -> dict[str, str | bool]:
        return {"what": self.what, "why": self.why, "asked": self.asked}


@dataclass
class Section:
    """A part of an audit."""

    checked: list[str] = field(default_factory=list)
    """What holds, a few words each."""
    findings: list[Finding] = field(default_factory=list)
    not_checked: list[NotChecked] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "checked": self.checked,
            "findings": [finding.as_json() for finding in self.findings],
            "not_checked": [gap.as_json() for gap in self.not_checked],
        }


@dataclass
class EpochAudit(Section):
    """One settled epoch of one operator. Amounts in token base units."""

    operator: str = ""
    epoch: int = 0
    block: int = 0
    """Of the settlement."""
    tx_hash: str = ""
    log: str = ""
    """CID of the log's index."""
    gross: int = 0
    total: int = 0
    from_block: int | None = None
    to_block: int | None = None
    uses: int | None = None
    signers: list[str] | None = None
    """Keepers who signed; None when they are not to be seen."""
    opened: bool = False
    """The uses themselves were read."""

    def as_json(self) -> dict[str, Any]:
        return {
            "operator": self.operator,
            "epoch": self.epoch,
            "block": self.block,
            "tx_hash": self.tx_hash,
            "log": self.log,
            "from_block": self.from_block,
            "to_block": self.to_block,
            "uses": self.uses,
            "gross": str(self.gross),
            "total": str(self.total),
            "signers": self.signers,
            "opened": self.opened,
            **super().as_json(),
        }


@dataclass
class AuditReport:
    """All of it."""

    chain_id: int
    market: str
    final_block: int
    epochs: list[EpochAudit] = field(default_factory=list)
    at_once: Section = field(default_factory=Section)
    receipts: Section = field(default_factory=Section)
    uses_at_once: int = 0
    receipts_read: int = 0

    @property
    def sections(self) -> list[Section]:
        return [*self.epochs, self.at_once, self.receipts]

    @property
    def verdict(self) -> Verdict:
        """Findings count whatever could not be checked besides."""
        if any(section.findings for section in self.sections):
            return Verdict.FINDINGS
        if any(gap.asked for section in self.sections for gap in section.not_checked):
            return Verdict.INCOMPLETE
        return Verdict.HONEST

    def as_json(self) -> dict[str, Any]:
        return {
            "verdict": str(self.verdict),
            "chain_id": self.chain_id,
            "market": self.market,
            "final_block": self.final_block,
            "epochs": [epoch.as_json() for epoch in self.epochs],
            "at_once": {"uses": self.uses_at_once, **self.at_once.as_json()},
            "receipts": {"read": self.receipts_read, **self.receipts.as_json()},
        }
