"""Word lists per prohibited class, in nine languages, as features (never as the screen itself: a word list alone
misses most carefully worded messages, but it knows the drug names and feast days that a few thousand examples do not).

A file ``data/lexicon/<class>.txt`` has sections ``[strong]`` (hardly ever about anything else) and ``[weak]``, each
with comma-separated terms of one or more words. A word that ends in ``*`` stands for all words that begin so.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fairsignal.adapters.embed.words import fold, split_words

__all__ = ["Lexicon"]

_TERM_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*\*?")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_MOST_HITS = 3
_CACHED = 40_000
_Term = tuple[tuple[str, ...], int]
"""The words after the first one, and the column to count in."""


class _Starts:
    """Terms that begin with one word, sorted by how they go on: common words begin hundreds of them."""

    def __init__(self, terms: Iterable[_Term]) -> None:
        self.single: set[int] = set()
        """Columns of those that are complete."""
        self.exact: dict[str, list[_Term]] = {}
        """Next word -> the words after it, and the column."""
        self.prefix: list[tuple[str, tuple[str, ...], int]] = []
        for rest, column in terms:
            if not rest:
                self.single.add(column)
            elif rest[0].endswith("*"):
                self.prefix.append((rest[0][:-1], rest[1:], column))
            else:
                self.exact.setdefault(rest[0], []).append((rest[1:], column))

    def hits(self, words: list[str], position: int) -> set[int]:
        """Columns of the terms that go on with ``words`` from ``position``."""
        found = set(self.single)
        if position < len(words) and (self.exact or self.prefix):
            word = words[position]
            for rest, column in self.exact.get(word, ()):
                if _follows(words, position + 1, rest):
                    found.add(column)
            for start, rest, column in self.prefix:
                if word.startswith(start) and _follows(words, position + 1, rest):
                    found.add(column)
        return found


class Lexicon:
    """Counts how many terms of each list a text holds."""

    def __init__(self, folder: Path) -> None:
        digest = hashlib.sha256()
        self._exact: dict[str, list[_Term]] = {}
        self._prefix: dict[str, list[_Term]] = {}
        self.columns: list[str] = []
        """``health:strong`` and so on."""
        for path in sorted(folder.glob("*.txt")):
            text = path.read_text("utf-8")
            digest.update(f"{path.name}\n{text}".encode())
            self._read(path.stem, text)
        self.id = digest.hexdigest()[:16]
        """Content hash of the lists."""
        lengths = [len(prefix) for prefix in self._prefix] or [1]
        self._lengths = range(min(lengths), max(lengths) + 1)
        self._known: dict[str, _Starts | None] = {}

    def features(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """-> (len(texts), 3 * len(columns)): whether a list has at least one, two, three hits."""
        counts = np.zeros((len(texts), len(self.columns)), dtype=np.int8)
        for row, text in enumerate(texts):
            self._count(split_words(text), counts[row])
        stacked = np.concatenate([counts >= least for least in range(1, _MOST_HITS + 1)], axis=1)
        return stacked.astype(np.float32)

    def _count(self, words: list[str], counts: npt.NDArray[np.int8]) -> None:
        for position, word in enumerate(words, start=1):
            starts = self._starts(word)
            if starts is not None:
                for column in starts.hits(words, position):
                    counts[column] = min(_MOST_HITS, counts[column] + 1)

    def _starts(self, word: str) -> _Starts | None:
        """Terms whose first word fits, None when there are none."""
        if word in self._known:
            return self._known[word]
        found = list(self._exact.get(word, ()))
        for length in self._lengths:
            if length > len(word):
                break
            found += self._prefix.get(word[:length], ())
        if len(self._known) > _CACHED:
            self._known.clear()
        known = self._known[word] = _Starts(found) if found else None
        return known

    def _read(self, name: str, text: str) -> None:
        column = -1
        for line in text.splitlines():
            line = line.strip()
            if line.startswith("["):
                column = len(self.columns)
                self.columns.append(f"{name}:{line.strip('[]')}")
            elif line and not line.startswith("#"):
                for term in line.split(","):
                    lower = term.strip().lower()
                    for form in {fold(lower), fold(lower.translate(_UMLAUTS))}:
                        self._add(form, column)

    def _add(self, form: str, column: int) -> None:
        words = _TERM_WORD.findall(form)
        if words:
            table = self._prefix if words[0].endswith("*") else self._exact
            terms = table.setdefault(words[0].rstrip("*"), [])
            term = (tuple(words[1:]), column)
            if term not in terms:
                terms.append(term)


def _follows(words: list[str], position: int, rest: tuple[str, ...]) -> bool:
    if position + len(rest) > len(words):
        return False
    return all(
        words[position + offset].startswith(wanted[:-1]) if wanted.endswith("*") else words[position + offset] == wanted
        for offset, wanted in enumerate(rest)
    )
