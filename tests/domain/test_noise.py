"""Noise on published counts."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from fairsignal.domain.noise import coarse, geometric_noise


@pytest.mark.parametrize("epsilon", [0.5, 1.0])
def test_noise_falls_off_by_the_same_factor_on_both_sides(epsilon: float) -> None:
    source = random.Random(7)
    draws = Counter(geometric_noise(epsilon, source) for _ in range(200_000))
    decay = math.exp(-epsilon)
    for step in (-3, -2, -1, 1, 2, 3):
        expected = 200_000 * (1 - decay) / (1 + decay) * decay ** abs(step)
        assert draws[step] == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    ("value", "told"),
    [(0, 0), (7.4, 7), (99.4, 99), (104, 100), (12_345, 12_000), (19_950, 20_000), (987_654, 990_000)],
)
def test_amounts_keep_two_digits(value: float, told: int) -> None:
    assert coarse(value) == told
