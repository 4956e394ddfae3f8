"""Campaigns, uses recorded at once, settlements, and money that was paid out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fairsignal.domain.chain_events import (
    At,
    CampaignClosing,
    CampaignOpened,
    CampaignRefunded,
    CampaignToppedUp,
    Claimed,
    RecipientKeySet,
    Settled,
    UseRecorded,
    Withdrawn,
)
from fairsignal.domain.projection.rows import Apply, Row, Rows, Touch

__all__ = ["APPLY", "TOUCH"]

# Columns of a campaign's row.
_FUNDED, _USES, _CLOSES_AT, _REFUNDED, _BLOCK = 5, 6, 7, 8, 10


def _campaign(rows: Rows, campaign: bytes, at: At) -> Row:
    row = rows.get("campaigns", (campaign,))
    if row is None:
        # The contract lets nobody do this: logs before it are missing, and a guess would be wrong about money.
        raise LookupError(f"block {at.block} changes campaign 0x{campaign.hex()}, which was never opened")
    return row


def _change(rows: Rows, campaign: bytes, at: At, column: int, change: Callable[[Any], Any]) -> None:
    new = list(_campaign(rows, campaign, at))
    new[column] = change(new[column])
    new[_BLOCK] = at.block
    rows.put("campaigns", (campaign,), tuple(new))


def _opened(rows: Rows, event: CampaignOpened) -> None:
    target, block = event.target, event.at.block
    operator, purpose = target[11:31], target[31]
    row = (event.advertiser, target, event.bid, operator, purpose, str(event.amount), 0, 0, "0", block, block)
    rows.put("campaigns", (event.campaign,), row)


def _topped_up(rows: Rows, event: CampaignToppedUp) -> None:
    _change(rows, event.campaign, event.at, _FUNDED, lambda funded: str(int(funded) + event.amount))


def _closing(rows: Rows, event: CampaignClosing) -> None:
    _change(rows, event.campaign, event.at, _CLOSES_AT, lambda _: event.closes_at)


def _refunded(rows: Rows, event: CampaignRefunded) -> None:
    _change(rows, event.campaign, event.at, _REFUNDED, lambda refunded: str(int(refunded) + event.amount))


def _use_recorded(rows: Rows, event: UseRecorded) -> None:
    at, campaign, index, subject, category = event
    block, timestamp, _, tx_hash = at
    rows.changed["recorded_uses"][campaign, index] = (subject, category, block, timestamp, tx_hash)
    row = _campaign(rows, campaign, at)
    rows.changed["campaigns"][campaign,] = (*row[:_USES], index + 1, *row[_CLOSES_AT:_BLOCK], block)


def _settled(rows: Rows, event: Settled) -> None:
    block, timestamp, _, tx_hash = event.at
    amounts = (str(event.total), str(event.gross))
    row = (event.root, *amounts, event.log_digest, block, timestamp, tx_hash)
    rows.put("settlements", (event.operator, event.epoch), row)


def _claimed(rows: Rows, event: Claimed) -> None:
    block, timestamp, log_index, tx_hash = event.at
    row = (event.subject, event.operator, event.to, str(event.amount), timestamp, tx_hash)
    rows.put("claims", (block, log_index), row)


def _withdrawn(rows: Rows, event: Withdrawn) -> None:
    block, timestamp, log_index, tx_hash = event.at
    row = (event.subject, event.to, str(event.amount), timestamp, tx_hash)
    rows.put("withdrawals", (block, log_index), row)


def _recipient_key_set(rows: Rows, event: RecipientKeySet) -> None:
    rows.put("recipient_keys", (event.advertiser,), (event.key, event.at.block))


APPLY: dict[type, Apply] = {
    CampaignOpened: _opened,
    CampaignToppedUp: _topped_up,
    CampaignClosing: _closing,
    CampaignRefunded: _refunded,
    UseRecorded: _use_recorded,
    Settled: _settled,
    Claimed: _claimed,
    Withdrawn: _withdrawn,
    RecipientKeySet: _recipient_key_set,
}
TOUCH: dict[type, Touch] = {
    CampaignOpened: lambda event: [("campaigns", (event.campaign,))],
    CampaignToppedUp: lambda event: [("campaigns", (event.campaign,))],
    CampaignClosing: lambda event: [("campaigns", (event.campaign,))],
    CampaignRefunded: lambda event: [("campaigns", (event.campaign,))],
    UseRecorded: lambda event: [
        ("campaigns", (event.campaign,)),
        ("recorded_uses", (event.campaign, event.use_index)),
    ],
    Settled: lambda event: [("settlements", (event.operator, event.epoch))],
    Claimed: lambda event: [("claims", (event.at.block, event.at.log_index))],
    Withdrawn: lambda event: [("withdrawals", (event.at.block, event.at.log_index))],
    RecipientKeySet: lambda event: [("recipient_keys", (event.advertiser,))],
}
