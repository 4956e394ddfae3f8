"""Consent receipts in the terms of ISO/IEC TS 27560:2023, as JSON-LD in the Data Privacy Vocabulary (docs/receipts.md).

A receipt says in words what one consent word on chain says in bits. It is built from the facts alone, so whoever has it
can build it again and compare. Vocabulary: DPV 2.3 and its guide for 27560 (https://w3id.org/dpv/guides/consent-27560).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fairsignal.domain.categories import BY_BIT
from fairsignal.domain.consent import Consent, Purpose, lane_of
from fairsignal.domain.eip712 import typed_data

__all__ = ["EVENTS", "SCHEMA", "Controller", "ReceiptFacts", "build_receipt", "receipt_message"]

SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#receipt"
EVENTS = ("Granted", "Approved", "Revoked")
"""Events of the ConsentRegistry that store a consent word."""

# Everything that the terms expand to: whoever reads a receipt as JSON-LD need not fetch anything.
_CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "fairsignal": "urn:fairsignal:terms:",
}
_PURPOSES = {
    Purpose.AD_TARGETING: ("dpv:TargetedAdvertising", "Advertisements chosen by the person's interests."),
    Purpose.FEED_RECOMMENDATION: (
        "dpv:ProvidePersonalisedRecommendations",
        "Recommendations chosen by the person's interests.",
    ),
    Purpose.PROACTIVE_MESSAGE: ("dpv:DirectMarketing", "Messages sent because of the person's interests."),
    Purpose.MEASUREMENT: ("dpv:ServiceUsageAnalytics", "Measuring what advertisements achieve."),
    Purpose.MODEL_TRAINING: ("dpv:ResearchAndDevelopment", "Training models."),
}
_UNDECLARED = "not declared by the operator"


@dataclass(frozen=True, slots=True)
class Controller:
    """What an operator says of itself; empty where it says nothing."""

    name: str = ""
    address: str = ""
    email: str = ""
    notice_url: str = ""
    """Of the notice that people see before they consent."""
    language: str = "en"
    """Of that notice, ISO 639."""
    jurisdictions: tuple[str, ...] = ()
    """ISO 3166 codes."""


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """All that a receipt is made of. Times in Unix seconds."""

    chain_id: int
    registry: str
    subject: str
    operator: str
    purpose: Purpose
    word: int
    """The consent word that the event stored."""
    event: str
    """One of ``EVENTS``."""
    tx_hash: str
    block: int
    block_time: int
    revoked_all_at: int
    """Of the subject; 0 for never."""
    issued_at: int
    url: str
    """Of the operator's backend."""
    controller: Controller


def build_receipt(facts: ReceiptFacts) -> dict[str, Any]:
    """The receipt, ready to be hashed in canonical form: no number in it is larger than JavaScript's."""
    name = (
        f"{facts.chain_id}:{facts.registry.lower()}:{facts.subject.lower()}:{facts.operator.lower()}"
        f":{facts.purpose}:{Consent.from_word(facts.word).version}"
    )
    return {
        "@context": _CONTEXT,
        "@id": f"urn:fairsignal:receipt:{name}:{facts.block}",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": SCHEMA,
        "dpv:hasIdentifier": f"urn:fairsignal:receipt:{name}:{facts.block}",
        "dct:created": _iso(facts.issued_at),
        "dct:publisher": _did(facts.chain_id, facts.operator),
        "dpv:hasRecordOfActivity": _record(facts, f"urn:fairsignal:consent:{name}"),
    }


def receipt_message(chain_id: int, registry: str, digest: bytes) -> dict[str, Any]:
    """EIP-712 typed data that the operator signs.

    Args:
        digest: SHA-256 of the receipt in canonical form (RFC 8785).
    """
    return typed_data("Fairsignal Receipts", chain_id, registry, "ConsentReceipt", {"digest": ("bytes32", digest)})


def _record(facts: ReceiptFacts, name: str) -> dict[str, Any]:
    consent, controller = Consent.from_word(facts.word), facts.controller
    operator = _did(facts.chain_id, facts.operator)
    return {
        "@id": name,
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record",
        "dct:identifier": name,
        "dpv:hasDataSubject": {
            "@id": _did(facts.chain_id, facts.subject),
            "@type": "dpv:DataSubject",
            "dct:identifier": facts.subject,
        },
        "dpv:hasDataController": {
            "@id": operator,
            "@type": ["dpv:Organisation", "dpv:DataController"],
            "dct:identifier": facts.operator,
            "dpv:hasName": controller.name or _UNDECLARED,
            "schema:contactPoint": {
                "@type": "schema:ContactPoint",
                "schema:address": controller.address or _UNDECLARED,
                "schema:email": controller.email or _UNDECLARED,
                "schema:url": facts.url,
            },
        },
        "dpv:hasNotice": {
            "@id": controller.notice_url or facts.url,
            "@type": "dpv:ConsentNotice",
            "dct:language": controller.language,
        },
        "dpv:hasJurisdiction": [f"loc:{code}" for code in controller.jurisdictions] or [_UNDECLARED],
        "dpv:hasLegalBasis": "dpv:ExplicitlyExpressedConsent",
        "dpv:hasProcess": _process(facts, consent, operator),
        "dpv:hasConsentControl": {
            "@type": ["dpv:WithdrawConsent", "dpv:ProvideConsent"],
            "dpv:isExercisedAt": [
                f"{facts.url}/v1/consents/relay-revocation",
                f"eip155:{facts.chain_id}:{facts.registry}",
            ],
        },
        "dpv:hasRight": [
            _right("eu-gdpr:A7-3", "withdraw consent", f"{facts.url}/v1/consents/relay-revocation"),
            _right("eu-gdpr:A15", "access", f"{facts.url}/v1/me/export"),
            _right("eu-gdpr:A17", "erasure", f"{facts.url}/v1/erasures"),
            _right("eu-gdpr:A20", "data portability", f"{facts.url}/v1/me/export"),
        ],
        "dpv:hasConsentStatus": _events(facts, consent),
        "fairsignal:terms": {
            "fairsignal:floorMillionths": consent.floor,
            "fairsignal:usesPerDay": consent.cap,
            "fairsignal:version": consent.version,
        },
        "fairsignal:onChain": {
            "fairsignal:chain": f"eip155:{facts.chain_id}",
            "fairsignal:registry": facts.registry,
            "fairsignal:lane": f"0x{lane_of(facts.operator, facts.purpose):042x}",
            "fairsignal:consent": f"0x{facts.word:064x}",
            "fairsignal:event": facts.event,
            "fairsignal:transaction": facts.tx_hash,
            "fairsignal:block": facts.block,
            "fairsignal:blockTime": _iso(facts.block_time),
            "fairsignal:revokedAllAt": _iso(facts.revoked_all_at) if facts.revoked_all_at else None,
        },
    }


def _process(facts: ReceiptFacts, consent: Consent, operator: str) -> dict[str, Any]:
    broader, description = _PURPOSES[facts.purpose]
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@id": f"fairsignal:purpose-{facts.purpose}",
            "@type": "dpv:Purpose",
            "skos:broader": broader,
            "dct:description": description,
        },
        "dpv:hasPersonalData": [
            {
                "@type": "dpv:PersonalData",
                "skos:broader": "pd:Interest",
                "dct:identifier": BY_BIT[bit].slug if bit in BY_BIT else f"bit {bit}",
                "dpv:hasDataSource": {"@type": "dpv:DataSubjectDataSource", "dpv:hasProcessing": "dpv:Infer"},
            }
            for bit in range(128)
            if consent.allows(bit)
        ],
        "dpv:hasProcessing": ["dpv:Infer", "dpv:Store", "dpv:Use", "dpv:Disclose"],
        "dpv:hasStorageCondition": [
            {
                "@type": "dpv:StorageLocation",
                "dpv:hasLocation": "dpv:DecentralisedLocations",
                "dct:description": "Encrypted, per category; keys are split among independent keepers.",
            },
            {"@type": "dpv:StorageDuration", "dpv:hasDuration": _until(consent.ends_at)},
        ],
        "dpv:hasRecipient": [
            operator,
            {
                "@type": "dpv:ThirdParty",
                "dct:description": "Advertisers whose campaign is for this operator, purpose and one of these "
                "categories; each use is paid and on record.",
            },
        ],
    }


def _events(facts: ReceiptFacts, consent: Consent) -> list[dict[str, Any]]:
    subject = {"dpv:isIndicatedBy": "dpv:DataSubject", "dpv:hasIndicationMethod": "signature of the wallet"}
    given: dict[str, Any] = {
        "@type": ["dpv:ConsentGiven", "dpv:ExplicitlyExpressedConsent"],
        "dpv:isIndicatedAtTime": _iso(consent.granted_at),
        "dpv:hasDuration": _until(consent.ends_at),
        **subject,
    }
    if consent.guarded:
        given["dpv:isIndicatedBy"] = ["dpv:DataSubject", "dpv:GuardianOfDataSubject"]
    ended = _ended_at(facts, consent)
    if ended is not None:
        return [given, {"@type": "dpv:ConsentWithdrawn", "dpv:isIndicatedAtTime": _iso(ended), **subject}]
    if facts.issued_at >= consent.ends_at:
        return [given, {"@type": "dpv:ConsentExpired", "dpv:isIndicatedAtTime": _iso(consent.ends_at)}]
    return [given]


def _ended_at(facts: ReceiptFacts, consent: Consent) -> int | None:
    """When the person ended it; a revocation replaces the end that was agreed to."""
    if facts.event == "Revoked":
        return consent.ends_at
    return facts.revoked_all_at if facts.revoked_all_at >= consent.granted_at else None


def _right(law: str, title: str, where: str) -> dict[str, Any]:
    return {"@type": ["dpv:DataSubjectRight", law], "dct:title": f"Right to {title}", "dpv:isExercisedAt": where}


def _until(seconds: int) -> dict[str, str]:
    return {"@type": "dpv:UntilTimeDuration", "rdf:value": _iso(seconds)}


def _did(chain_id: int, address: str) -> str:
    """CAIP-10 account as a DID (did:pkh)."""
    return f"did:pkh:eip155:{chain_id}:{address}"


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
