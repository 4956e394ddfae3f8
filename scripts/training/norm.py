"""Layer normalisation (Ba et al. 2016) and its gradient."""

from __future__ import annotations

import numpy as np

__all__ = ["norm", "norm_back"]

Array = np.ndarray


def norm(rows: Array, gain: Array, bias: Array, epsilon: np.float32) -> tuple[Array, tuple[Array, Array]]:
    centred = rows - rows.mean(axis=1, keepdims=True)
    inverse = 1 / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + epsilon)
    unit = centred * inverse
    return unit * gain + bias, (unit, inverse)


def norm_back(slope: Array, normed: tuple[Array, Array], gain: Array) -> tuple[Array, Array, Array]:
    """-> (slope by the input, by the gain, by the bias)"""
    unit, inverse = normed
    by_unit = slope * gain
    centred = by_unit - by_unit.mean(axis=1, keepdims=True) - unit * (by_unit * unit).mean(axis=1, keepdims=True)
    return centred * inverse, (slope * unit).sum(axis=0), slope.sum(axis=0)
