"""Word and letter n-grams as features: what the embedding blurs, such as a rare name or an ending.

A text is a bag of words and word pairs; a word is itself and all runs of three to five letters in it. Everything is
additive over words, so that at run time each word costs one look-up.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fairsignal.adapters.embed.words import split_words

__all__ = ["NgramHead", "pair_features", "text_parts", "word_features"]

_Floats = npt.NDArray[np.float32]
_LENGTHS = (3, 4, 5)
_LONGEST_WORD = 40
_CACHED = 40_000


def word_features(word: str) -> list[int]:
    """Hashes (CRC-32) of a word and its letter n-grams, without repeats."""
    framed = f"^{word[:_LONGEST_WORD]}$"
    grams = {f"c{framed[start : start + length]}" for length in _LENGTHS for start in range(len(framed) - length + 1)}
    return sorted(zlib.crc32(item.encode()) for item in {f"w{word}", *grams})


def pair_features(first: str, second: str) -> list[int]:
    """Hash of two words in a row."""
    return [zlib.crc32(f"b{first} {second}".encode())]


def text_parts(text: str) -> list[tuple[str, ...]]:
    """The words of a text, and its pairs of words, each as a tuple."""
    words = split_words(text)
    return [(word,) for word in words] + list(itertools.pairwise(words))


class NgramHead:
    """Scores texts by their n-grams."""

    def __init__(self, hashes: npt.NDArray[np.uint32], idf: _Floats, weights: _Floats) -> None:
        """
        Args:
            hashes: (F,) the features that are known.
            idf: (F,) how much each counts.
            weights: (F, C) for C classes, not yet multiplied by ``idf``.
        """
        self._row_of = {int(value): row for row, value in enumerate(hashes)}
        self._idf = idf
        self._weights = weights
        self._known: dict[tuple[str, ...], tuple[_Floats, float] | None] = {}

    def score(self, texts: Sequence[str]) -> _Floats:
        """-> (len(texts), C)"""
        scores = np.zeros((len(texts), self._weights.shape[1]), dtype=np.float32)
        for row, text in enumerate(texts):
            norm = 0.0
            for part in text_parts(text):
                known = self._part(part)
                if known is not None:
                    scores[row] += known[0]
                    norm += known[1]
            if norm:
                scores[row] /= np.float32(np.sqrt(norm))
        return scores

    def _part(self, part: tuple[str, ...]) -> tuple[_Floats, float] | None:
        """(sum of weights, squared length) of a word or a pair, or None when nothing of it is known."""
        if part in self._known:
            return self._known[part]
        hashes = word_features(*part) if len(part) == 1 else pair_features(*part)
        rows = [row for value in hashes if (row := self._row_of.get(value)) is not None]
        if len(self._known) > _CACHED:
            self._known.clear()
        known = None
        if rows:
            idf = self._idf[rows]
            known = (idf @ self._weights[rows].astype(np.float32), float(idf @ idf))
        self._known[part] = known
        return known
