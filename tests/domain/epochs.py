"""A small world for tests of epochs: two people, campaigns of one operator, blocks an hour apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.consent import Purpose, lane_of
from fairsignal.domain.consent_history import ConsentHistory
from fairsignal.domain.epoch_rules import EpochCheck, LoggedCampaign, Record
from fairsignal.domain.person_days import UseAtOnce

ANNA, BEN = bytes.fromhex("aa" * 20), bytes.fromhex("bb" * 20)
OPERATOR = "0x" + "0f" * 20
LANE = lane_of(OPERATOR, Purpose.AD_TARGETING)
MIDNIGHT = 20_000 * 86_400
"""Block 0 is of this time."""
PRICE = 50_001
SHARE = 35_001
TRAVEL, MUSIC = 0, 9
TIMES = {block: MIDNIGHT + 3_600 * block for block in range(101)}

TERMS = CampaignTerms(
    advertiser="0x" + "ad" * 20,
    operator=OPERATOR,
    purpose=Purpose.AD_TARGETING,
    categories=1 << TRAVEL | 1 << MUSIC,
    price_per_use=PRICE,
    ends_at=MIDNIGHT + 3_600 * 90,
    salt=1,
    metered=True,
)


def campaign(*, opened_block: int = 1, closes_at: int = 0, **terms: Any) -> LoggedCampaign:
    changed = replace(TERMS, **terms)
    return LoggedCampaign(changed.id, changed, opened_block, closes_at)


def grant(
    history: ConsentHistory,
    subject: bytes = ANNA,
    *,
    block: int = 1,
    categories: int = 1 << TRAVEL,
    floor: int = 50_001,
    cap: int = 2,
    ends_block: int = 100,
) -> None:
    word = categories | TIMES[block] << 128 | TIMES[ends_block] << 160 | floor << 192 | cap << 224 | 1 << 236
    history.stored(subject, LANE, word, block=block, log_index=0)


def check(history: ConsentHistory, *campaigns: LoggedCampaign | None, **changed: Any) -> EpochCheck:
    """Of an epoch that holds blocks 11 to 60."""
    given: dict[str, Any] = {"operator": OPERATOR, "decimals": 6, "from_block": 10, "to_block": 60} | changed
    return EpochCheck(campaigns=campaigns or (campaign(),), history=history, timestamps=TIMES, **given)


def use(number: int, block: int, *, at: int = 0, category: int = TRAVEL) -> Record:
    return number.to_bytes(16, "big"), at, category, block


def recorded(block: int, index: int, subject: bytes = ANNA) -> UseAtOnce:
    return UseAtOnce(subject, LANE, block, 7, TIMES[block], b"at once".ljust(32), index)
