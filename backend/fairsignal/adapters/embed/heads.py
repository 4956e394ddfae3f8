"""The classifier: heads on the embedding and the word lists, and a second reader for messages that leave them in doubt.

Every interest, every prohibited class and "is it sensitive at all" is a question of its own, so a message can be about
several things; one more answer says how far its writer is from buying. Where the first answers are in doubt, those of a
larger network are averaged in.

Heads are files: ``heads.npz`` (weights) and ``heads.json`` (what they are for). ``scripts/train.py`` writes both.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fairsignal.adapters.embed.data import HEADS, LEXICON
from fairsignal.adapters.embed.lexicon import Lexicon
from fairsignal.domain.categories import INTERESTS, PROHIBITED
from fairsignal.domain.errors import ModelUnavailable
from fairsignal.domain.signals import Intent

__all__ = ["INTENTS", "Doubt", "LinearHeads", "MessageScores", "Reader", "combine", "load_classifier"]

_Floats = npt.NDArray[np.float32]

INTENTS = (Intent.EXPLORING, Intent.COMPARING, Intent.READY, Intent.OWNS, Intent.NONE)
_FORMAT = 2
_REMEDY = "Restore backend/fairsignal/data from the repository, or run `make train`; nothing is extracted without it."


class Reader(Protocol):
    """A second opinion, from the text itself."""

    @property
    def id(self) -> str: ...

    def score(self, texts: Sequence[str], questions: int) -> _Floats:
        """-> logits (len(texts), outputs), in the order of the heads' own"""


@dataclass(frozen=True, slots=True)
class Doubt:
    """When the second reader is asked, and what its word counts."""

    low: float
    """Probability, 0..1, that a message is sensitive below which nobody doubts that it is harmless."""
    high: float
    """... above which nobody doubts that it is sensitive."""
    interest_low: float
    """Probability, 0..1, of the likeliest interest below which a harmless message is taken to have none."""
    interest_high: float
    """... above which it is taken to have one."""
    weight: float
    """Share of the second opinion in the average, 0..1."""

    def rows(self, logits: npt.NDArray[Any], interests: int, questions: int) -> npt.NDArray[np.intp]:
        """Rows of the messages that are in doubt."""
        sensitive = _sigmoid(logits[:, questions - 1])
        likeliest = _sigmoid(logits[:, :interests].max(axis=1))
        unsure = (likeliest >= self.interest_low) & (likeliest < self.interest_high)
        return np.flatnonzero((sensitive < self.high) & ((sensitive >= self.low) | unsure))


@dataclass(frozen=True, slots=True)
class MessageScores:
    """Scores of N messages, all in 0..1."""

    interests: _Floats
    """(N, interests): probability that the message is about it."""
    sensitive: _Floats
    """(N, classes): the likeliest class carries the probability that the message is sensitive at all."""
    intents: _Floats
    """(N, 5) in the order of ``INTENTS``."""


@dataclass(frozen=True, slots=True)
class LinearHeads:
    """``ports.Classifier`` for the vectors of one embedder."""

    id: str
    embedder_id: str
    interests: tuple[str, ...]
    sensitive: tuple[str, ...]
    thresholds: Mapping[str, float]
    certain: float
    _lexicon: Lexicon = field(repr=False)
    _vector_weights: _Floats = field(repr=False)
    _lexicon_weights: _Floats = field(repr=False)
    _bias: _Floats = field(repr=False)
    _doubt: Doubt | None = field(default=None, repr=False)
    _reader: Reader | None = field(default=None, repr=False)

    def score(self, vectors: _Floats, texts: Sequence[str]) -> MessageScores:
        """Score (N, dimension) vectors and the texts that they came from."""
        return combine(self.logits(vectors, texts), len(self.interests), len(self.sensitive))

    def logits(self, vectors: _Floats, texts: Sequence[str]) -> _Floats:
        """(N, outputs): interests, prohibited classes, sensitive at all, intents."""
        logits = vectors @ self._vector_weights + self._bias
        logits += self._lexicon.features(texts) @ self._lexicon_weights
        if self._doubt is not None and self._reader is not None:
            questions = len(self.interests) + len(self.sensitive) + 1
            rows = self._doubt.rows(logits, len(self.interests), questions)
            if len(rows):
                second = self._reader.score([texts[row] for row in rows], questions)
                logits[rows] += np.float32(self._doubt.weight) * (second - logits[rows])
        return logits


def combine(logits: npt.NDArray[Any], interests: int, classes: int) -> MessageScores:
    """Logits -> scores. Training uses it as well, to set thresholds on exactly what is compared with them."""
    by_class = _sigmoid(logits[:, interests : interests + classes])
    is_sensitive = _sigmoid(logits[:, interests + classes])
    share = by_class / np.maximum(by_class.max(axis=1, keepdims=True), 1e-12)
    return MessageScores(
        interests=_sigmoid(logits[:, :interests]).astype(np.float32),
        sensitive=(share * is_sensitive[:, None]).astype(np.float32),
        intents=_softmax(logits[:, interests + classes + 1 :]).astype(np.float32),
    )


def load_classifier(
    folder: Path = HEADS, lexicon_folder: Path = LEXICON, reader: Callable[[Path], Reader] | None = None
) -> LinearHeads:
    """The heads in ``folder``.

    Args:
        reader: opens the second reader in a folder; the built-in one if not given.

    Raises:
        ModelUnavailable: files are missing or damaged, do not fit each other, or do not know every prohibited class.
    """
    try:
        weights_bytes = (folder / "heads.npz").read_bytes()
        meta = json.loads((folder / "heads.json").read_text("utf-8"))
        with np.load(folder / "heads.npz", allow_pickle=False) as arrays:
            weights = {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ModelUnavailable("The classifier's heads are missing or damaged.", remedy=_REMEDY) from error
    digest = hashlib.sha256(weights_bytes).hexdigest()
    if meta.get("format") != _FORMAT or meta.get("weights_sha256") != digest:
        raise ModelUnavailable("The classifier's weights are not the ones that its description names.", remedy=_REMEDY)
    lexicon = Lexicon(lexicon_folder)
    if meta["lexicon"] != lexicon.id:
        raise ModelUnavailable("The word lists are not the ones that the heads were trained with.", remedy=_REMEDY)
    if set(meta["sensitive"]) != {item.slug for item in PROHIBITED}:
        raise ModelUnavailable("The heads do not know every prohibited class.", remedy=_REMEDY)
    if not set(meta["interests"]) <= {item.slug for item in INTERESTS}:
        raise ModelUnavailable("The heads were trained for other interests.", remedy=_REMEDY)
    second, doubt = None, None
    if meta["second_reader"] is not None:
        doubt = Doubt(**meta["doubt"])
        second = (reader or _builtin_reader)(folder)
        if second.id != meta["second_reader"]:
            raise ModelUnavailable("The second reader is not the one that the heads were trained with.", remedy=_REMEDY)
    # The description decides as much as the weights do: thresholds are in it.
    identity = hashlib.sha256(weights_bytes + json.dumps(meta, sort_keys=True).encode()).hexdigest()
    return LinearHeads(
        id=f"heads@sha256:{identity[:16]}",
        embedder_id=meta["embedder"],
        interests=tuple(meta["interests"]),
        sensitive=tuple(meta["sensitive"]),
        thresholds=meta["thresholds"],
        certain=meta["certain"],
        _lexicon=lexicon,
        _vector_weights=weights["head"],
        _lexicon_weights=weights["lexicon"],
        _bias=weights["bias"],
        _doubt=doubt,
        _reader=second,
    )


def _builtin_reader(folder: Path) -> Reader:
    from fairsignal.adapters.embed.e5 import E5Reader

    return E5Reader(folder)


def _sigmoid(logits: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))  # type: ignore[no-any-return]


def _softmax(logits: npt.NDArray[Any]) -> npt.NDArray[Any]:
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]
