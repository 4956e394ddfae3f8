"""What can be trained: the encoder with its heads, the second reader, or heads alone on a plug-in's vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .dropout import Dropout
from .fit import Settings, Targets, loss_of
from .network import Batch, Network
from .transformer import Transformer

__all__ = ["EncoderLearner", "HeadsLearner", "ReaderLearner"]

Array = np.ndarray
_SLOWER = 0.92
"""Each layer of the second reader learns this much slower than the one above it."""


class EncoderLearner:
    """The encoder behind the token table, and heads on its vector and the word lists."""

    settings = Settings(rate=3e-4, epochs=5, batch=32, speeds={"head": 5.0, "bias": 5.0, "lexicon": 5.0})

    def __init__(self, network: Network, rows: Sequence[Array], table: Array, lexicon: Array, targets: Targets) -> None:
        """
        Args:
            rows: per message, its tokens' rows in ``table`` (V, 512).
            lexicon: (N, features)
        """
        self._network, self._rows, self._table, self._lexicon = network, rows, table, lexicon
        self._targets = targets
        self.lengths = np.array([len(row) for row in rows])
        self.weights = network.weights

    def gradients(self, chosen: Array, seed: tuple[int, ...]) -> tuple[float, dict[str, Array]]:
        self._network.weights = self.weights
        rng = np.random.default_rng(seed)
        logits, kept = self._network.forward(self._batch(chosen), self.settings.dropout, rng)
        loss, slope = loss_of(logits, self._targets, chosen)
        return loss, self._network.backward(kept, slope)

    def _batch(self, chosen: Array) -> Batch:
        return Batch([self._rows[index] for index in chosen], self._table, self._lexicon[chosen])


class ReaderLearner:
    """The upper layers of the second reader, and its head."""

    def __init__(self, network: Transformer, rows: Sequence[Array], table: Array, targets: Targets) -> None:
        """
        Args:
            rows: per message, its tokens' rows in ``table`` (V, 384), begin and end included.
        """
        self._network, self._rows, self._table, self._targets = network, rows, table, targets
        self.lengths = np.array([len(row) for row in rows])
        self.weights = network.weights
        speeds = {"head": 10.0, "bias": 10.0}
        for name in self.weights:
            if name not in speeds:
                speeds[name] = _SLOWER ** (network.layers - 1 - int(name[1:].split(".")[0]))
        self.settings = Settings(rate=1.2e-4, epochs=4, batch=32, speeds=speeds)

    def gradients(self, chosen: Array, seed: tuple[int, ...]) -> tuple[float, dict[str, Array]]:
        self._network.weights = self.weights
        tokens, mask = self._padded(chosen)
        rng = np.random.default_rng(seed)
        logits, kept = self._network.forward(tokens, mask, self.settings.dropout, rng)
        loss, slope = loss_of(logits, self._targets, chosen)
        return loss, self._network.backward(kept, slope)

    def _padded(self, chosen: Array) -> tuple[Array, Array]:
        longest = int(self.lengths[chosen].max())
        rows = np.zeros((len(chosen), longest), dtype=np.int64)
        mask = np.arange(longest) < self.lengths[chosen][:, None]
        for place, index in enumerate(chosen):
            rows[place, : self.lengths[index]] = self._rows[index]
        return self._table[rows], mask


class HeadsLearner:
    """Heads alone, on vectors that stay as they are and the word lists: for an embedder that is a plug-in."""

    settings = Settings(rate=3e-3, epochs=12, batch=32, decay=0.001)

    def __init__(self, vectors: Array, lexicon: Array, targets: Targets) -> None:
        """
        Args:
            vectors: (N, dimension)
            lexicon: (N, features)
        """
        outputs = targets.questions.shape[1] + int(targets.intents.max()) + 1
        self._vectors, self._lexicon, self._targets = vectors, lexicon, targets
        self.lengths = np.ones(len(vectors), dtype=np.int64)
        self.weights: dict[str, Array] = {
            "head": np.zeros((vectors.shape[1], outputs), np.float32),
            "lexicon": np.zeros((lexicon.shape[1], outputs), np.float32),
            "bias": np.zeros(outputs, np.float32),
        }

    def gradients(self, chosen: Array, seed: tuple[int, ...]) -> tuple[float, dict[str, Array]]:
        keep = Dropout(self.settings.dropout, np.random.default_rng(seed))
        vectors, listed = keep("vectors", self._vectors[chosen]), keep("lexicon", self._lexicon[chosen])
        logits = vectors @ self.weights["head"] + listed @ self.weights["lexicon"] + self.weights["bias"]
        loss, slope = loss_of(logits, self._targets, chosen)
        return loss, {"head": vectors.T @ slope, "lexicon": listed.T @ slope, "bias": slope.sum(axis=0)}
