"""Uses recorded at once that a correct market could not have let through are named, from events alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fairsignal.domain.at_once_rules import AtOnceCheck
from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.chain_events import (
    At,
    CampaignClosing,
    CampaignOpened,
    CampaignRefunded,
    CampaignToppedUp,
    ChainEvent,
    ConsentStored,
    KeepersSet,
    RevokedAll,
    UseRecorded,
    lane_bytes,
)
from fairsignal.domain.chain_record import ChainRecord
from fairsignal.domain.decision import Rule
from fairsignal.domain.violations import EpochRule, Violation
from tests.domain.epochs import ANNA, BEN, LANE, MUSIC, PRICE, SHARE, TERMS, TIMES, TRAVEL

BOUGHT = replace(TERMS, metered=False)


def at(block: int, log_index: int = 0) -> At:
    return At(block, TIMES[block], log_index, b"t" * 32)


def opened(terms: CampaignTerms = BOUGHT, *, amount: int = 10 * PRICE, block: int = 1) -> CampaignOpened:
    words = (terms.target.to_bytes(32, "big"), terms.bid.to_bytes(32, "big"))
    return CampaignOpened(at(block, 1), terms.id, bytes.fromhex(terms.advertiser[2:]), *words, amount)


def consent(*, block: int = 1, log_index: int = 2, subject: bytes = ANNA, **changed: int) -> ConsentStored:
    fields = {"categories": 1 << TRAVEL, "floor": 50_001, "cap": 2, "ends_at": TIMES[100]} | changed
    word = fields["categories"] | TIMES[block] << 128 | fields["ends_at"] << 160 | fields["floor"] << 192
    word |= fields["cap"] << 224 | 1 << 236
    return ConsentStored(at(block, log_index), subject, lane_bytes(LANE), word.to_bytes(32, "big"))


def used(block: int, index: int, *, log_index: int = 5, **changed: Any) -> UseRecorded:
    fields = {"campaign": BOUGHT.id, "subject": ANNA, "category": TRAVEL} | changed
    return UseRecorded(at(block, log_index), use_index=index, **fields)


def judged(*events: ChainEvent) -> tuple[list[Violation], AtOnceCheck, ChainRecord]:
    record = ChainRecord()
    check = AtOnceCheck(record, decimals=6)
    found: list[Violation] = []
    for event in events:
        found += check.judge(event)
        record.apply(event)
    return found, check, record


def test_uses_that_keep_the_rules_are_booked() -> None:
    found, check, record = judged(opened(), consent(), used(20, 0), used(21, 1), used(25, 2))
    assert found == []
    assert check.earned == {(ANNA, LANE): 3 * SHARE}
    assert check.escrow == {BOUGHT.id: 7 * PRICE}
    assert [use.block for use in record.at_once_between(20, 21)] == [20, 21]


SHUT: tuple[ChainEvent, ...] = (CampaignClosing(at(2), BOUGHT.id, TIMES[20]),)
CASES: list[tuple[str, tuple[ChainEvent, ...]]] = [
    (EpochRule.UNKNOWN_CAMPAIGN, (consent(), used(20, 0))),
    (EpochRule.CAMPAIGN_METERED, (opened(TERMS), consent(), used(20, 0, campaign=TERMS.id))),
    (EpochRule.RECORDS_OUT_OF_ORDER, (opened(), consent(), used(20, 1))),
    (Rule.CAMPAIGN_ENDED, (opened(), consent(), *SHUT, used(20, 0))),
    (Rule.CATEGORY_NOT_IN_CAMPAIGN, (opened(), consent(), used(20, 0, category=3))),
    (Rule.NO_CONSENT, (opened(), used(20, 0))),
    (Rule.NO_CONSENT, (opened(), consent(), used(20, 0, subject=BEN))),
    (Rule.NO_CONSENT, (opened(), consent(), RevokedAll(at(20, 4), ANNA), used(20, 0))),
    (Rule.NO_CONSENT, (opened(), used(20, 0, log_index=1), consent(block=20, log_index=2))),
    (Rule.CATEGORY_NOT_CONSENTED, (opened(), consent(), used(20, 0, category=MUSIC))),
    (Rule.PRICE_BELOW_FLOOR, (opened(), consent(floor=50_002), used(20, 0))),
    (Rule.DAILY_CAP_REACHED, (opened(), consent(cap=1), used(20, 0), used(21, 1))),
    (Rule.BUDGET_EXHAUSTED, (opened(amount=PRICE), consent(), used(20, 0), used(21, 1))),
]


@pytest.mark.parametrize(("rule", "events"), CASES, ids=[f"{rule}-{n}" for n, (rule, _) in enumerate(CASES)])
def test_a_use_that_breaks_a_rule_is_named(rule: str, events: tuple[ChainEvent, ...]) -> None:
    found, _, _ = judged(*events)
    assert [violation.rule for violation in found] == [rule]
    assert found[0].detail.startswith("Use ")


def test_a_consent_revoked_later_in_the_block_held_for_the_use_before() -> None:
    found, _, _ = judged(opened(), consent(), used(20, 0, log_index=3), RevokedAll(at(20, 4), ANNA))
    assert found == []


def test_the_cap_starts_anew_at_midnight() -> None:
    found, _, _ = judged(opened(), consent(cap=1), used(23, 0), used(24, 1))
    assert found == []


def test_money_paid_in_later_and_refunded_is_booked() -> None:
    _, check, _ = judged(
        opened(amount=5), CampaignToppedUp(at(2), BOUGHT.id, 7), CampaignRefunded(at(3), BOUGHT.id, ANNA, 4)
    )
    assert check.escrow == {BOUGHT.id: 8}


def test_keepers_in_office_are_those_of_the_newest_set_by_then() -> None:
    sets = KeepersSet(at(3), (ANNA,), 1), KeepersSet(at(9), (ANNA, BEN), 2)
    _, _, record = judged(*sets)
    assert [record.keepers_at(block) for block in (2, 3, 8, 9)] == [
        ((), 0),
        ((ANNA,), 1),
        ((ANNA,), 1),
        ((ANNA, BEN), 2),
    ]
