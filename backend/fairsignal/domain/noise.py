"""Noise for published counts: two-sided geometric, the whole-number form of Laplace noise (Ghosh, Roughgarden,
Sundararajan 2009, "Universally utility-maximizing privacy mechanisms")."""

from __future__ import annotations

import math
import random

__all__ = ["coarse", "geometric_noise"]


def geometric_noise(epsilon: float, source: random.Random) -> int:
    """A draw with probability proportional to ``exp(-epsilon * |n|)``: it makes a count ``epsilon``-differentially
    private where one person changes it by at most one."""
    decay = math.exp(-epsilon)
    # The difference of two geometric variables.
    first, second = (math.floor(math.log(1.0 - source.random()) / math.log(decay)) for _ in range(2))
    return first - second


def coarse(value: float) -> int:
    """Rounded to two significant digits."""
    if value < 100:
        return round(value)
    scale: int = 10 ** (len(str(int(value))) - 2)
    return round(value / scale) * scale
