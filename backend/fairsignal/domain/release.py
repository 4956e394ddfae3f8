"""What an advertiser asks keepers for and what they answer, in the packed forms that are signed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from fairsignal.domain.errors import BadInput

__all__ = ["MAX_ITEMS", "ItemResult", "ReleaseItem", "pack_items", "pack_results"]

MAX_ITEMS = 1_000
"""Of one request."""
_INDEX_BYTES = 5
_ITEM_BYTES = 26


@dataclass(frozen=True, slots=True)
class ReleaseItem:
    """One paid use, whose category an advertiser wants opened."""

    subject: str
    """Address."""
    category: int
    """Bit of the category."""
    use_index: int
    """Position among the campaign's uses, from 0; 40 bits."""
    tx_hash: bytes
    """32 bytes: the transaction that recorded the use. Where to look; not signed, since the chain decides."""
    block: int
    """Number of its block, likewise."""

    def as_json(self) -> dict[str, str | int]:
        """As keepers take it."""
        return {
            "subject": self.subject,
            "category": self.category,
            "use_index": self.use_index,
            "tx_hash": "0x" + self.tx_hash.hex(),
            "block": self.block,
        }


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One keeper's answer for one item: a share, or the rule that refused it."""

    digest: bytes
    """SHA-256 of the manifest that the share belongs to, 32 bytes; zeros when refused."""
    share: bytes | None = field(default=None, repr=False)
    """HPKE message to the advertiser's key on chain."""
    refused: str = ""
    """Code of the rule."""
    detail: str = ""


def pack_items(items: Sequence[ReleaseItem]) -> bytes:
    """26 bytes per item: subject 20, category 1, use index 5.

    Raises:
        BadInput: none, too many, or a value that does not fit.
    """
    if not 1 <= len(items) <= MAX_ITEMS:
        raise BadInput(f"A request names 1 to {MAX_ITEMS} uses.", remedy="Split it.", code="bad-items")
    if len({item.use_index for item in items}) < len(items):
        raise BadInput("A request names each use once.", code="bad-items")
    try:
        packed = [
            bytes.fromhex(item.subject[2:]) + bytes((item.category,)) + item.use_index.to_bytes(_INDEX_BYTES)
            for item in items
        ]
    except (ValueError, OverflowError) as error:
        raise BadInput("A use's subject, category or index is out of range.", code="bad-items") from error
    if any(len(item) != _ITEM_BYTES for item in packed):
        # Else one item's end could pass for another's beginning.
        raise BadInput("A use's subject is an address of 20 bytes.", code="bad-items")
    return b"".join(packed)


def pack_results(results: Sequence[ItemResult]) -> bytes:
    """65 bytes per result, in the request's order: 1 for released or 0, digest 32, SHA-256 of the sealed share 32."""
    return b"".join(
        b"\0" + bytes(64) if result.share is None else b"\1" + result.digest + hashlib.sha256(result.share).digest()
        for result in results
    )
