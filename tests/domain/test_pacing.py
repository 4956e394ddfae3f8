"""Uses are spread over a campaign's life, and nobody is disturbed at night."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.domain.errors import BadInput
from fairsignal.domain.pacing import Pace, QuietHours

MIDNIGHT = 1_800_000_000 // 86_400 * 86_400


def test_even_pace_grows_with_the_time_that_passed() -> None:
    pace = Pace(1_000, 2_000, 100)
    assert [pace.allowance(at) for at in (0, 1_000, 1_009, 1_010, 1_500, 1_990, 2_000, 9_000)] == [
        1, 1, 1, 2, 51, 100, 100, 100,
    ]  # fmt: skip


@given(st.integers(0, 1 << 40), st.integers(0, 1 << 40), st.integers(0, 1 << 50), st.integers(0, 1 << 41))
def test_pace_never_allows_more_than_all(starts: int, ends: int, uses: int, now: int) -> None:
    assert 0 <= Pace(starts, ends, uses).allowance(now) <= uses


@pytest.mark.parametrize(
    ("hour", "offset", "quiet"),
    [(20, 0, False), (21, 0, True), (2, 0, True), (7, 0, True), (8, 0, False), (19, 120, True), (6, 120, False)],
)
def test_quiet_hours_are_those_of_the_persons_clock(hour: int, offset: int, quiet: bool) -> None:
    assert QuietHours.parse("21:00-08:00").cover(MIDNIGHT + hour * 3_600, offset) is quiet


def test_quiet_hours_within_one_day_and_none_at_all() -> None:
    siesta = QuietHours.parse("13:00-15:30")
    assert [siesta.cover(MIDNIGHT + minutes * 60, 0) for minutes in (779, 780, 929, 930)] == [False, True, True, False]
    assert not QuietHours.parse("00:00-00:00").cover(MIDNIGHT, 0)


@pytest.mark.parametrize("text", ["", "21-08", "24:00-08:00", "21:60-08:00", "21:00-08:00 "])
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="HH:MM-HH:MM"):
        QuietHours.parse(text)
