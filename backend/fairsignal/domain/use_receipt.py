"""A keeper's word that it released one use's key: evidence against whoever says that there was no such use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fairsignal.domain.eip712 import typed_data
from fairsignal.domain.errors import BadInput
from fairsignal.domain.keeper_messages import KEEPER_DOMAIN

__all__ = ["Released", "UseReceipt", "use_receipt_message"]

_INDEX_BITS = 40


@dataclass(frozen=True, slots=True, order=True)
class Released:
    """One release as its keeper noted it; the order is that of the fields."""

    campaign: bytes
    """32 bytes."""
    use_index: int
    """Position among the campaign's uses."""
    digest: bytes
    """SHA-256 of the manifest that the share was of, 32 bytes."""
    released_at: int
    """Unix seconds, by the keeper's clock."""


def use_receipt_message(chain_id: int, registry: str, released: Released) -> dict[str, Any]:
    """EIP-712 typed data of a receipt; it names no person.

    Args:
        registry: ProfileRegistry of the deployment.
    """
    fields = {
        "campaign": ("bytes32", released.campaign),
        "useIndex": ("uint40", released.use_index),
        "digest": ("bytes32", released.digest),
        "releasedAt": ("uint40", released.released_at),
    }
    return typed_data(KEEPER_DOMAIN, chain_id, registry, "UseReceipt", fields)


@dataclass(frozen=True, slots=True)
class UseReceipt:
    """A release with its keeper's signature."""

    released: Released
    signature: bytes = field(repr=False)
    """EIP-712 ``UseReceipt``, 65 bytes, by the keeper's chain key."""

    def as_json(self) -> dict[str, str | int]:
        """As keepers give it out and audits read it."""
        return {
            "campaign": "0x" + self.released.campaign.hex(),
            "use_index": self.released.use_index,
            "digest": "0x" + self.released.digest.hex(),
            "released_at": self.released.released_at,
            "signature": "0x" + self.signature.hex(),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> UseReceipt:
        """
        Raises:
            BadInput: not a receipt.
        """
        return cls(
            Released(
                campaign=_bytes(document, "campaign", 32),
                use_index=_number(document, "use_index"),
                digest=_bytes(document, "digest", 32),
                released_at=_number(document, "released_at"),
            ),
            signature=_bytes(document, "signature", 65),
        )


def _bytes(document: Mapping[str, Any], name: str, length: int) -> bytes:
    value = document.get(name)
    if not isinstance(value, str) or not re.fullmatch(f"0x[0-9a-fA-F]{{{2 * length}}}", value):
        raise _bad(name)
    return bytes.fromhex(value[2:])


def _number(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << _INDEX_BITS:
        raise _bad(name)
    return value


def _bad(name: str) -> BadInput:
    return BadInput(
        f"The receipt's {name} is missing or malformed.",
        remedy="Take receipts as keepers give them at GET /v1/receipts.",
        code="bad-receipt",
    )
