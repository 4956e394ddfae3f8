"""Features of messages for training, equal to what the heads compute at run time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from fairsignal.adapters.embed.ngrams import pair_features, text_parts, word_features

__all__ = ["NgramSpace"]

Array = np.ndarray
_LEAST_MESSAGES = 3
"""A feature seen in fewer messages says nothing that would carry over."""
_BLOCK = 8192


class NgramSpace:
    """The n-grams of a set of training messages."""

    def __init__(self, texts: Sequence[str]) -> None:
        bags = [_bag(text) for text in texts]
        spread = Counter(value for bag in bags for value in bag)
        self.hashes = np.array(
            sorted(value for value, count in spread.items() if count >= _LEAST_MESSAGES), dtype=np.uint32
        )
        self.idf = np.log(1 + len(texts) / np.array([spread[int(value)] for value in self.hashes])).astype(np.float32)
        self._column = {int(value): column for column, value in enumerate(self.hashes)}
        self.rows = [self._sparse(bag) for bag in bags]

    def sparse(self, texts: Sequence[str]) -> list[tuple[Array, Array]]:
        """(columns, values) of other messages in this space."""
        return [self._sparse(_bag(text)) for text in texts]

    def kernel(self, left: list[tuple[Array, Array]], right: list[tuple[Array, Array]]) -> Array:
        """Inner products (len(left), len(right)), in blocks of columns to bound memory."""
        result = np.zeros((len(left), len(right)))
        for start in range(0, len(self.hashes), _BLOCK):
            block = self._dense(left, start)
            result += block @ (block if right is left else self._dense(right, start)).T
        return result

    def weights(self, rows: list[tuple[Array, Array]], coefficients: Array) -> Array:
        """Features' weights (F, C) from the examples' coefficients (N, C)."""
        parts = [self._dense(rows, start).T @ coefficients for start in range(0, len(self.hashes), _BLOCK)]
        return np.concatenate(parts)

    def _dense(self, rows: list[tuple[Array, Array]], start: int) -> Array:
        width = min(_BLOCK, len(self.hashes) - start)
        block = np.zeros((len(rows), width))
        for row, (columns, values) in enumerate(rows):
            inside = (columns >= start) & (columns < start + width)
            block[row, columns[inside] - start] = values[inside]
        return block

    def _sparse(self, bag: Counter[int]) -> tuple[Array, Array]:
        columns = np.array(sorted(self._column[value] for value in bag if value in self._column), dtype=np.int64)
        counts = np.array([bag[int(self.hashes[column])] for column in columns], dtype=np.float64)
        values = counts * self.idf[columns]
        # The length is taken as if no two words shared an n-gram: then it adds up word by word.
        length = np.sqrt(float((counts * self.idf[columns] ** 2).sum()))
        return columns, values / length if length else values


def _bag(text: str) -> Counter[int]:
    bag: Counter[int] = Counter()
    for part in text_parts(text):
        bag.update(word_features(*part) if len(part) == 1 else pair_features(*part))
    return bag
