"""Regularised logistic regression, solved in the space of examples (there are fewer of them than features).

Weights are ``features.T @ coefficients``. The loss is convex and everything is float64 in a fixed order, so the same
data gives the same weights. L-BFGS after Nocedal and Wright, *Numerical Optimization*, algorithm 7.4, with inner
products in the space that the kernel spans.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

__all__ = ["fit_sigmoid", "fit_softmax"]

Array = np.ndarray
_MEMORY = 8


class _Point:
    """Coefficients and bias, with the kernel already applied to the coefficients."""

    def __init__(self, coefficients: Array, image: Array, bias: Array) -> None:
        self.coefficients, self.image, self.bias = coefficients, image, bias

    def plus(self, other: _Point, factor: float = 1.0) -> _Point:
        return _Point(
            self.coefficients + factor * other.coefficients,
            self.image + factor * other.image,
            self.bias + factor * other.bias,
        )

    def scaled(self, factor: float) -> _Point:
        return _Point(factor * self.coefficients, factor * self.image, factor * self.bias)

    def dot(self, other: _Point) -> float:
        return float((self.coefficients * other.image).sum() + self.bias @ other.bias)


def fit_softmax(kernel: Array, targets: Array, penalty: float, iterations: int = 100) -> tuple[Array, Array]:
    """Multinomial; ``targets`` (N, C) are distributions. -> (coefficients (N, C), bias (C,))"""

    def loss(logits: Array) -> tuple[float, Array]:
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return -float((targets * (shifted - log_sum)).sum()), np.exp(shifted - log_sum) - targets

    bias = np.log(np.maximum(targets.mean(axis=0), 1e-4))
    return _minimise(kernel, loss, bias, penalty, iterations)


def fit_sigmoid(kernel: Array, targets: Array, penalty: float, iterations: int = 100) -> tuple[Array, Array]:
    """Independent yes/no questions; ``targets`` (N, C) are 0 or 1. -> (coefficients (N, C), bias (C,))"""

    def loss(logits: Array) -> tuple[float, Array]:
        return float((np.logaddexp(0, logits) - targets * logits).sum()), 1 / (1 + np.exp(-logits)) - targets

    rate = np.clip(targets.mean(axis=0), 1e-4, 1 - 1e-4)
    return _minimise(kernel, loss, np.log(rate / (1 - rate)), penalty, iterations)


def _minimise(
    kernel: Array, loss: Callable[[Array], tuple[float, Array]], bias: Array, penalty: float, iterations: int
) -> tuple[Array, Array]:
    count = len(kernel)
    zeros = np.zeros((count, len(bias)))

    def value(point: _Point) -> tuple[float, Array, Array]:
        total, gradient = loss(point.image + point.bias)
        regular = penalty / 2 * float((point.coefficients * point.image).sum())
        return total / count + regular, gradient / count + penalty * point.coefficients, gradient.sum(axis=0) / count

    def gradient_at(direction: Array, bias_direction: Array) -> _Point:
        return _Point(direction, kernel @ direction, bias_direction)

    point = _Point(zeros, zeros.copy(), bias)
    height, *slopes = value(point)
    gradient = gradient_at(*slopes)
    start = np.sqrt(gradient.dot(gradient))
    history: deque[tuple[_Point, _Point, float]] = deque(maxlen=_MEMORY)
    for _ in range(iterations):
        direction = _two_loops(gradient, history)
        slope = gradient.dot(direction)
        step = 1.0
        while True:
            candidate = point.plus(direction, step)
            new_height, *new_slopes = value(candidate)
            if new_height <= height + 1e-4 * step * slope or step < 1e-8:
                break
            step /= 2
        new_gradient = gradient_at(*new_slopes)
        moved, bent = direction.scaled(step), new_gradient.plus(gradient, -1.0)
        curvature = moved.dot(bent)
        if curvature > 1e-14:
            history.append((moved, bent, 1 / curvature))
        point, height, gradient = candidate, new_height, new_gradient
        if np.sqrt(max(gradient.dot(gradient), 0.0)) < 1e-5 * start:
            break
    return point.coefficients, point.bias


def _two_loops(gradient: _Point, history: deque[tuple[_Point, _Point, float]]) -> _Point:
    direction = gradient
    factors = []
    for moved, bent, inverse in reversed(history):
        factor = inverse * moved.dot(direction)
        factors.append(factor)
        direction = direction.plus(bent, -factor)
    if history:
        moved, bent, inverse = history[-1]
        direction = direction.scaled(1 / (inverse * bent.dot(bent)))
    for (moved, bent, inverse), factor in zip(history, reversed(factors), strict=True):
        direction = direction.plus(moved, factor - inverse * bent.dot(direction))
    return direction.scaled(-1.0)
