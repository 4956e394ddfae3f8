"""A keeper's HPKE keys: one per epoch, two that open deposits, and none that is older."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from fairsignal.adapters.keys import KeyRing, RingEpochKeys

WEEK = 604_800
START = 3_000 * WEEK
"""Begin of an epoch, Unix seconds."""


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys", None, clear_allowed=True)


def weekly(ring: KeyRing) -> RingEpochKeys:
    return RingEpochKeys(ring, timedelta(weeks=1))


@pytest.fixture
def keys(ring: KeyRing) -> RingEpochKeys:
    return weekly(ring)


def test_key_stays_for_an_epoch_and_opens_for_the_next_one_too(keys: RingEpochKeys) -> None:
    first, until = keys.current(START)
    assert until == START + 2 * WEEK
    assert keys.current(START + WEEK - 1) == (first, until)
    second, until = keys.current(START + WEEK)
    assert second != first
    assert until == START + 3 * WEEK
    assert keys.usable(START + 2 * WEEK - 1) == [first, second]
    assert first not in keys.usable(START + 2 * WEEK)


def test_keys_are_the_same_after_a_restart(ring: KeyRing, keys: RingEpochKeys) -> None:
    first, _ = keys.current(START)
    second, _ = keys.current(START + WEEK)
    assert weekly(ring).usable(START + WEEK) == [first, second]


def test_keeper_that_was_down_for_an_epoch_has_one_key(ring: KeyRing, keys: RingEpochKeys) -> None:
    keys.current(START)
    assert len(keys.usable(START + 2 * WEEK)) == 1
    assert ring.names() == ["epoch-3000", "epoch-3002"]


def test_asking_what_opens_deposits_makes_no_key_of_the_past(ring: KeyRing, keys: RingEpochKeys) -> None:
    assert len(keys.usable(START)) == 1
    assert ring.names() == ["epoch-3000"]


def test_old_keys_are_deleted_for_good(ring: KeyRing, keys: RingEpochKeys, tmp_path: Path) -> None:
    old = [keys.current(START + epoch * WEEK)[0] for epoch in range(4)]
    keys.forget_expired(START + 3 * WEEK)
    assert ring.names() == ["epoch-3002", "epoch-3003"]
    assert keys.usable(START + 3 * WEEK) == old[2:]
    left = b"".join(file.read_bytes() for file in (tmp_path / "keys").iterdir())
    assert all(key.hex().encode() not in left for key in old[:2])
    # Nor in memory: a clock set back gets another key.
    assert keys.current(START)[0] != old[0]


def test_deleting_twice_is_harmless_and_leaves_other_keys_alone(ring: KeyRing, keys: RingEpochKeys) -> None:
    for name in ("storage", "epoch-old", "epochal"):
        ring.hpke_key(name)
    keys.current(START)
    for _ in range(2):
        keys.forget_expired(START + 2 * WEEK)
    assert ring.names() == ["epoch-old", "epochal", "storage"]


def test_shorter_key_epochs_of_an_earlier_setting_are_deleted_too(ring: KeyRing, keys: RingEpochKeys) -> None:
    """Their numbers are higher than today's."""
    daily = RingEpochKeys(ring, timedelta(days=1))
    daily.current(START)
    assert ring.names() == ["epoch-21000"]
    keys.current(START)
    keys.forget_expired(START)
    assert ring.names() == ["epoch-3000"]


def test_clock_put_back_a_little_does_not_cost_a_key_that_was_given_out(ring: KeyRing, keys: RingEpochKeys) -> None:
    given_out, _ = keys.current(START)
    keys.forget_expired(START - 1)
    assert keys.current(START)[0] == given_out
    assert weekly(ring).current(START)[0] == given_out
