"""Dropout (Srivastava et al. 2014)."""

from __future__ import annotations

import numpy as np

__all__ = ["Dropout"]

Array = np.ndarray


class Dropout:
    """Sets a share of values to zero and remembers which."""

    def __init__(self, share: float, rng: np.random.Generator | None) -> None:
        self._share, self._rng = np.float32(share), rng
        self._masks: dict[str, Array] = {}

    def __call__(self, name: str, values: Array) -> Array:
        if self._rng is None or not self._share:
            return values
        kept = self._rng.random(values.shape, dtype=np.float32) >= self._share
        self._masks[name] = kept / (1 - self._share)
        return values * self._masks[name]

    def back(self, name: str, slope: Array) -> Array:
        return slope * self._masks[name] if name in self._masks else slope
