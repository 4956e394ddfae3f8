"""Campaigns that this operator serves: their terms, checked against the chain, and the advertiser's voucher."""

from __future__ import annotations

from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.errors import BadInput, NotFound
from fairsignal.ports import ChainReader, Pacing, UnitOfWorkFactory, VoucherRow

__all__ = ["accept_voucher"]


async def accept_voucher(
    reader: ChainReader,
    units: UnitOfWorkFactory,
    *,
    operator: str,
    terms: CampaignTerms,
    ceiling: int,
    signature: bytes,
    signer: str,
    pacing: Pacing,
    now: int,
) -> VoucherRow:
    """Keep an advertiser's voucher: from now on its campaign can be matched and its uses recorded.

    A voucher for no more uses than the one we have changes nothing, its pacing neither: vouchers of uses recorded at
    once are public, and anyone could send one again.

    Args:
        operator: our own address.
        pacing: whether uses are spread over the campaign's life, which counts from ``now`` (Unix seconds) on.
        signer: the address that the voucher's signature recovers to.

    Raises:
        BadInput: the campaign is another operator's, or the voucher is not the advertiser's.
        NotFound: no such campaign was opened on chain.
    """
    if terms.operator != operator:
        raise BadInput(
            f"This campaign is for operator {terms.operator}, not for {operator}.",
            remedy="Open a campaign for this operator.",
            code="wrong-operator",
        )
    if signer != terms.advertiser:
        raise BadInput(
            "The voucher was not signed by the campaign's advertiser.",
            remedy="Sign it with the wallet that opened the campaign, on the chain of this deployment.",
            code="bad-signature",
        )
    if await reader.campaign(terms) is None:
        raise NotFound(
            f"No campaign with id 0x{terms.id.hex()} was opened on chain.",
            remedy="Open it first; every term counts, since the id is their hash.",
            code="no-such-campaign",
        )
    async with units() as work:
        known = await work.vouchers.get(terms.id)
        if known is not None and known.ceiling >= ceiling:
            return known
        since = now if known is None else known.accepted_at
        row = VoucherRow(terms, ceiling, signature, pacing, since)
        await work.vouchers.save(row)
    return row
