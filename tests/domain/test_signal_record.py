from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.domain.categories import BY_SLUG, INTERESTS
from fairsignal.domain.errors import BadInput, IntegrityError
from fairsignal.domain.signal_record import EMPTY, RECORD_BYTES, canonical, decode_record, encode_record
from fairsignal.domain.signals import Intent, Signal

DAY = 86_400
SIGNAL = Signal("travel", 0.75, 4, 19_000 * DAY, 19_090 * DAY, Intent.COMPARING, "en")

signals = st.builds(
    lambda category, score, evidence, days, intent, language: Signal(
        category.slug, score, evidence, min(days) * DAY, max(days) * DAY, intent, language
    ),
    st.sampled_from(INTERESTS),
    st.floats(0, 1),
    st.integers(1, 65_535),
    st.tuples(st.integers(0, 100_000), st.integers(0, 100_000)),
    st.sampled_from(Intent),
    st.sampled_from(["en", "de", "und", "es", "zh"]),
)


@given(signals)
def test_a_record_keeps_everything_to_the_day_and_to_16_bits_of_score(signal: Signal) -> None:
    category = BY_SLUG[signal.slug].bit
    record = encode_record(signal)
    assert len(record) == RECORD_BYTES
    read = decode_record(category, record)
    assert read is not None
    assert replace(read, score=signal.score) == signal
    assert abs(read.score - signal.score) <= 0.5 / 65_535 + 1e-12
    assert canonical(category, read) == read
    assert encode_record(read) == record


def test_a_record_of_nothing_but_zeros_is_an_empty_slot() -> None:
    assert decode_record(0, EMPTY) is None
    assert encode_record(replace(SIGNAL, score=0.0, first_seen=0, last_seen=0)) != EMPTY


def test_times_lose_the_time_of_day() -> None:
    read = canonical(0, replace(SIGNAL, first_seen=19_000 * DAY + 12_345, last_seen=19_090 * DAY + 86_399))
    assert read == canonical(0, SIGNAL)


def test_very_much_evidence_is_written_as_the_most_that_fits() -> None:
    read = canonical(0, replace(SIGNAL, evidence=1_000_000))
    assert read is not None
    assert read.evidence == 65_535


@pytest.mark.parametrize(
    "change",
    [
        {"score": 1.01},
        {"score": -0.01},
        {"score": float("nan")},
        {"evidence": 0},
        {"language": ""},
        {"language": "ninechars"},
        {"language": "ü"},
        {"first_seen": 20_000 * DAY},
        {"last_seen": -1, "first_seen": -1},
        {"last_seen": (1 << 32) * DAY},
    ],
)
def test_a_value_outside_its_range_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadInput) as caught:
        encode_record(replace(SIGNAL, **change))  # type: ignore[arg-type]
    assert caught.value.code == "bad-signal"


@pytest.mark.parametrize(
    ("position", "value"),
    [(0, 2), (0, 0), (3, b"\0\0"), (13, 0), (13, 6), (14, b"\0\0"), (14, b"\xff"), (22, 1), (95, 1), (5, b"\xff")],
)
def test_a_record_of_an_unknown_kind_is_not_guessed_at(position: int, value: int | bytes) -> None:
    record = bytearray(encode_record(SIGNAL))
    change = bytes([value]) if isinstance(value, int) else value
    record[position : position + len(change)] = change
    with pytest.raises(IntegrityError):
        decode_record(0, bytes(record))


def test_a_record_in_a_slot_without_category_is_refused() -> None:
    with pytest.raises(IntegrityError):
        decode_record(47, encode_record(SIGNAL))
