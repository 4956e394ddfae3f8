"""What a keeper says to auditors about its releases: which uses, when, of which profile; never of whom."""

from __future__ import annotations

from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.use_receipt import Released, UseReceipt, use_receipt_message
from fairsignal.keeper.service import Keeper

__all__ = ["MAX_RECEIPTS", "receipts"]

MAX_RECEIPTS = 200
"""In one answer: each takes a tenth of a millisecond to sign."""


async def receipts(keeper: Keeper, after: Released | None = None, limit: int = MAX_RECEIPTS) -> list[UseReceipt]:
    """The next receipts behind ``after``, in the order of ``Released``; an empty list at the end."""
    found = await keeper.log.released(after, min(limit, MAX_RECEIPTS))
    chain_id, registry = keeper.reader.chain_id, keeper.registry
    digests = [digest_of(use_receipt_message(chain_id, registry, released)) for released in found]
    return [
        UseReceipt(released, await keeper.signer.sign_digest(digest))
        for released, digest in zip(found, digests, strict=True)
    ]
