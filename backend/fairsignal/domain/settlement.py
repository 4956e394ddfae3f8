"""Settling an epoch and claiming from it: what keepers and people sign, as SignalMarket takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fairsignal.domain.eip712 import typed_data
from fairsignal.domain.errors import BadInput

__all__ = [
    "Settlement",
    "claim_message",
    "claims_lane",
    "compact_signature",
    "pack_quorum",
    "quorum_signatures",
    "root_on_chain",
    "settlement_message",
    "withdrawal_message",
]

_DOMAIN = "Fairsignal SignalMarket"
_V = 27
_ROOT_BYTES = 20
_COMPACT = 64
"""Bytes of a signature in the form of EIP-2098."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an epoch of metered uses comes to. Amounts in token base units."""

    operator: str
    epoch: int
    root: bytes
    """Of people's running totals, 32 bytes."""
    total: int
    """Sum of these totals."""
    log_digest: bytes
    """SHA-256 of the log's index."""
    debits: bytes
    """Packed, 32 bytes each: the first 20 bytes of a campaign's id, amount 12."""


def root_on_chain(root: bytes) -> bytes:
    """The 20 bytes that the market keeps of a root."""
    return root[:_ROOT_BYTES]


def settlement_message(chain_id: int, market: str, settlement: Settlement, previous_root: bytes) -> dict[str, Any]:
    """EIP-712 typed data that keepers sign; valid for one state of the operator's books.

    Args:
        previous_root: the 20 bytes that the market holds now.
    """
    fields = {
        "operator": ("address", settlement.operator),
        "epoch": ("uint40", settlement.epoch),
        "previousRoot": ("bytes20", previous_root),
        "root": ("bytes32", settlement.root),
        "total": ("uint96", settlement.total),
        "debits": ("bytes", settlement.debits),
        "logDigest": ("bytes32", settlement.log_digest),
    }
    return typed_data(_DOMAIN, chain_id, market, "Settlement", fields)


def claim_message(
    chain_id: int, market: str, subject: str, operator: str, total: int, to: str, deadline: int
) -> dict[str, Any]:
    """EIP-712 typed data by which a person has everything up to a running total paid out; anyone may send it.

    Args:
        total: the running total that the person saw, base units.
        deadline: Unix seconds.
    """
    fields = {
        "subject": ("address", subject),
        "operator": ("address", operator),
        "total": ("uint256", total),
        "to": ("address", to),
        "deadline": ("uint256", deadline),
    }
    return typed_data(_DOMAIN, chain_id, market, "Claim", fields)


def withdrawal_message(
    chain_id: int, market: str, subject: str, lane: int, earned: int, to: str, deadline: int
) -> dict[str, Any]:
    """EIP-712 typed data by which a person has its credit on a lane paid out; anyone may send it.

    Args:
        earned: everything earned on the lane so far, ever, in base units.
        deadline: Unix seconds.
    """
    fields = {
        "subject": ("address", subject),
        "lane": ("uint256", lane),
        "earned": ("uint256", earned),
        "to": ("address", to),
        "deadline": ("uint256", deadline),
    }
    return typed_data(_DOMAIN, chain_id, market, "Withdrawal", fields)


def claims_lane(operator: str) -> int:
    """The lane on which the market keeps what a subject claimed of an operator's settlements: its purpose is 0."""
    return int(operator, 16) << 8


def compact_signature(signature: bytes) -> bytes:
    """A signature of 65 bytes (v = 27 or 28, low s) in the 64 bytes of EIP-2098."""
    if len(signature) != 65 or signature[64] not in (_V, _V + 1) or signature[32] & 0x80:
        raise BadInput("The signature is malformed.", remedy="Sign again.", code="bad-signature")
    parity = signature[64] - _V
    return signature[:32] + bytes((signature[32] | parity << 7,)) + signature[33:64]


def quorum_signatures(quorum: bytes) -> list[bytes]:
    """The signatures of a quorum, 65 bytes each: the inverse of ``compact_signature`` for each.

    Raises:
        BadInput: not a whole number of signatures.
    """
    if len(quorum) % _COMPACT:
        raise BadInput("A quorum is made of signatures of 64 bytes.", code="bad-quorum")
    return [_expanded(quorum[at : at + _COMPACT]) for at in range(0, len(quorum), _COMPACT)]


def _expanded(compact: bytes) -> bytes:
    r, first, rest = compact[:32], compact[32], compact[33:]
    return r + bytes((first & 0x7F,)) + rest + bytes((_V + (first >> 7),))


def pack_quorum(signatures: Mapping[str, bytes], threshold: int) -> bytes:
    """As ``IOperatorRegistry.requireQuorum`` takes it: exactly ``threshold`` signatures, by ascending address.

    Args:
        signatures: keeper's address -> signature of 65 bytes; at least ``threshold``.
    """
    signers = sorted(signatures, key=lambda address: int(address, 16))[:threshold]
    return b"".join(compact_signature(signatures[signer]) for signer in signers)
