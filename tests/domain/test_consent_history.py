"""What counted when, from events alone. tests/audit/test_history_on_chain.py compares with the contract itself."""

from __future__ import annotations

import pytest

from fairsignal.domain.consent import Consent, lane_of
from fairsignal.domain.consent_history import ConsentHistory

ANNA, BEN = bytes.fromhex("aa" * 20), bytes.fromhex("bb" * 20)
ADS, MESSAGES = lane_of("0x" + "0f" * 20, 1), lane_of("0x" + "0f" * 20, 3)
NOON = 1_700_000_000


def word(*, granted_at: int = NOON, ends_at: int = NOON + 1000, guarded: bool = False) -> int:
    return 1 | granted_at << 128 | ends_at << 160 | 5 << 224 | 1 << 236 | int(guarded) << 255


def asked(history: ConsentHistory, block: int, *, subject: bytes = ANNA, lane: int = ADS, at: int = NOON) -> bool:
    return history.in_force(subject, lane, block=block, timestamp=at) is not None


def test_a_consent_counts_from_its_block_on_and_for_its_person_and_lane_only() -> None:
    history = ConsentHistory()
    history.stored(ANNA, ADS, word(), block=10, log_index=3)
    assert [asked(history, block) for block in (9, 10, 11)] == [False, True, True]
    assert not asked(history, 10, subject=BEN)
    assert not asked(history, 10, lane=MESSAGES)
    assert history.in_force(ANNA, ADS, block=10, timestamp=NOON) == Consent.from_word(word())


def test_a_consent_ends_with_the_second_it_names() -> None:
    history = ConsentHistory()
    history.stored(ANNA, ADS, word(ends_at=NOON + 7), block=10, log_index=0)
    assert asked(history, 11, at=NOON + 6)
    assert not asked(history, 11, at=NOON + 7)


def test_a_block_counts_as_it_is_after_all_of_its_transactions() -> None:
    history = ConsentHistory()
    history.stored(ANNA, ADS, word(), block=10, log_index=0)
    history.stored(ANNA, ADS, word(ends_at=NOON), block=10, log_index=5)
    assert not asked(history, 10)


def test_a_use_recorded_at_once_meets_the_consent_as_it_is_just_before_it() -> None:
    history = ConsentHistory()
    history.stored(ANNA, ADS, word(), block=10, log_index=2)
    history.stored(ANNA, ADS, word(ends_at=NOON), block=10, log_index=5)
    counting = [history.in_force(ANNA, ADS, block=10, timestamp=NOON, log_index=log) is not None for log in (2, 4, 6)]
    assert counting == [False, True, False]


def test_revoking_everything_ends_what_was_granted_up_to_that_second() -> None:
    history = ConsentHistory()
    history.stored(ANNA, ADS, word(granted_at=NOON), block=10, log_index=0)
    history.revoked_all(ANNA, block=12, log_index=0, timestamp=NOON)
    history.stored(ANNA, MESSAGES, word(granted_at=NOON + 1), block=13, log_index=0)
    assert [asked(history, block) for block in (11, 12)] == [True, False]
    assert asked(history, 13, lane=MESSAGES, at=NOON + 1)


def test_a_minors_consent_counts_once_approved_and_never_for_messages() -> None:
    history = ConsentHistory()
    history.revoked_all(ANNA, block=5, log_index=0, timestamp=NOON - 1)
    history.guardian_set(ANNA, True, block=5, log_index=1)
    history.stored(ANNA, ADS, word(), block=10, log_index=0)
    history.stored(ANNA, MESSAGES, word(guarded=True), block=10, log_index=1)
    history.stored(ANNA, ADS, word(guarded=True), block=11, log_index=0)
    assert [asked(history, block) for block in (10, 11)] == [False, True]
    assert not asked(history, 11, lane=MESSAGES)


def test_naming_a_guardian_keeps_what_was_revoked() -> None:
    history = ConsentHistory()
    history.stored(ANNA, ADS, word(), block=10, log_index=0)
    history.revoked_all(ANNA, block=11, log_index=0, timestamp=NOON)
    history.guardian_set(ANNA, False, block=12, log_index=0)
    assert not asked(history, 12)


def test_what_is_forgotten_changes_no_later_answer() -> None:
    history = ConsentHistory()
    history.stored(ANNA, ADS, word(), block=10, log_index=0)
    history.stored(ANNA, ADS, word(ends_at=NOON), block=11, log_index=0)
    history.stored(ANNA, ADS, word(granted_at=NOON + 2), block=12, log_index=0)
    history.revoked_all(BEN, block=9, log_index=0, timestamp=NOON - 9)
    before = [asked(history, block) for block in (11, 12, 13)]
    history.forget_before(11)
    assert [asked(history, block) for block in (11, 12, 13)] == before == [False, True, True]
    history.forget_before(99)
    assert asked(history, 99)


def test_events_out_of_order_are_a_mistake() -> None:
    history = ConsentHistory()
    history.stored(ANNA, ADS, word(), block=10, log_index=1)
    with pytest.raises(ValueError, match="in the chain's order"):
        history.stored(ANNA, ADS, word(), block=10, log_index=1)
