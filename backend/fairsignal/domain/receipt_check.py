"""Checking a consent receipt without anybody's help: it is whole, signed, and says what its consent word says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import rfc8785
from eth_utils.address import is_checksum_address

from fairsignal.domain.consent import Purpose, lane_parts
from fairsignal.domain.consent_receipt import EVENTS, Controller, ReceiptFacts, build_receipt, receipt_message
from fairsignal.domain.errors import BadInput, IntegrityError

__all__ = ["check_receipt", "receipt_digest", "signed_receipt"]

_UNDECLARED = "not declared by the operator"


def receipt_digest(receipt: Mapping[str, Any]) -> bytes:
    """SHA-256 of the canonical form (RFC 8785).

    Raises:
        BadInput: something in it has no canonical form.
    """
    try:
        return hashlib.sha256(rfc8785.dumps(dict(receipt))).digest()
    except (rfc8785.CanonicalizationError, RecursionError, UnicodeError) as error:
        raise _malformed("it has no canonical form") from error


def signed_receipt(receipt: Mapping[str, Any], signature: bytes) -> dict[str, Any]:
    """What a person keeps."""
    return {
        "receipt": dict(receipt),
        "proof": {
            "type": "EIP-712 over the SHA-256 of the receipt in canonical form (RFC 8785)",
            "digest": "0x" + receipt_digest(receipt).hex(),
            "signature": "0x" + signature.hex(),
        },
    }


def check_receipt(
    document: Any, recover: Callable[[Mapping[str, Any], bytes], str], *, operator: str | None = None
) -> ReceiptFacts:
    """What a signed receipt says, if it is right.

    Args:
        document: as ``signed_receipt`` makes it, parsed from JSON.
        recover: signer of typed data.
        operator: who must have signed; default: the operator that the receipt names.

    Raises:
        BadInput: this is no receipt.
        IntegrityError: ``receipt-altered``, ``wrong-signer``, or ``contradicts-itself``.
    """
    try:
        receipt, proof = document["receipt"], document["proof"]
        facts = _facts(receipt)
        digest, signature = _bytes(proof["digest"]), _bytes(proof["signature"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise _malformed("something is missing, or of another form") from error
    if receipt_digest(receipt) != digest:
        raise IntegrityError(
            "The receipt was altered: its hash is another one.",
            remedy="Take the file as the operator gave it out.",
            code="receipt-altered",
        )
    signer = recover(receipt_message(facts.chain_id, facts.registry, digest), signature)
    if signer != (operator or facts.operator):
        raise IntegrityError(
            f"The receipt was signed by {signer}, not by operator {operator or facts.operator}.",
            remedy="Ask the operator for its own receipt.",
            code="wrong-signer",
        )
    if (where := _first_difference(build_receipt(facts), receipt)) is not None:
        raise IntegrityError(
            f"The receipt contradicts the consent that it is of, at {where}.",
            remedy="Believe the chain; the operator signed something else.",
            code="contradicts-itself",
        )
    return facts


def _facts(receipt: Mapping[str, Any]) -> ReceiptFacts:
    record = receipt["dpv:hasRecordOfActivity"]
    chain, controller = record["fairsignal:onChain"], record["dpv:hasDataController"]
    contact, notice = controller["schema:contactPoint"], record["dpv:hasNotice"]
    operator, purpose = lane_parts(int(chain["fairsignal:lane"], 16))
    named, subject = controller["dct:identifier"], record["dpv:hasDataSubject"]["dct:identifier"]
    if not all(is_checksum_address(address) for address in (named, subject, chain["fairsignal:registry"])):
        raise ValueError
    if named.lower() != operator or chain["fairsignal:event"] not in EVENTS:
        raise ValueError
    revoked_all_at = chain["fairsignal:revokedAllAt"]
    return ReceiptFacts(
        chain_id=int(chain["fairsignal:chain"].removeprefix("eip155:")),
        registry=chain["fairsignal:registry"],
        subject=subject,
        operator=named,
        purpose=Purpose(purpose),
        word=int.from_bytes(_bytes(chain["fairsignal:consent"], 32)),
        event=chain["fairsignal:event"],
        tx_hash="0x" + _bytes(chain["fairsignal:transaction"], 32).hex(),
        block=int(chain["fairsignal:block"]),
        block_time=_seconds(chain["fairsignal:blockTime"]),
        revoked_all_at=0 if revoked_all_at is None else _seconds(revoked_all_at),
        issued_at=_seconds(receipt["dct:created"]),
        url=str(contact["schema:url"]),
        controller=Controller(
            name=_declared(controller["dpv:hasName"]),
            address=_declared(contact["schema:address"]),
            email=_declared(contact["schema:email"]),
            notice_url=str(notice["@id"]),
            language=str(notice["dct:language"]),
            jurisdictions=tuple(
                place.removeprefix("loc:") for place in record["dpv:hasJurisdiction"] if place != _UNDECLARED
            ),
        ),
    )


def _first_difference(wanted: Any, found: Any, where: str = "") -> str | None:
    """Path to what differs; types count, and so does what is too much."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in wanted.keys() | found.keys():
            if key not in wanted or key not in found:
                return f"{where}/{key}"
        return next(
            (at for key in wanted if (at := _first_difference(wanted[key], found[key], f"{where}/{key}"))), None
        )
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        return next((at for i, (a, b) in pairs if (at := _first_difference(a, b, f"{where}/{i}"))), None)
    return None if type(wanted) is type(found) and wanted == found else where or "/"


def _declared(value: Any) -> str:
    return "" if value == _UNDECLARED else str(value)


def _seconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())


def _bytes(value: str, length: int | None = None) -> bytes:
    data = bytes.fromhex(value.removeprefix("0x"))
    if length is not None and len(data) != length:
        raise ValueError
    return data


def _malformed(why: str) -> BadInput:
    return BadInput(
        f"This is no consent receipt: {why}.",
        remedy="Give the file from GET /v1/me/receipts/{purpose}.",
        code="bad-receipt",
    )
