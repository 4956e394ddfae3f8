"""The classifier: linear heads over the embedding, the word lists and n-grams.

One softmax over all interests, all prohibited classes and "none" says what a message is about; a second head asks only
whether it is sensitive at all; a third one how far its writer is from buying. The two opinions on sensitivity are
averaged (as log-odds), which on the tuning folds beats either.

Heads are files: ``heads.npz`` (weights) and ``heads.json`` (what they are for). ``scripts/train.py`` writes both.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import fairsignal
from fairsignal.adapters.embed.lexicon import Lexicon
from fairsignal.adapters.embed.ngrams import NgramHead
from fairsignal.domain.categories import INTERESTS, PROHIBITED
from fairsignal.domain.errors import ModelUnavailable
from fairsignal.domain.signals import Intent

__all__ = ["INTENTS", "LinearHeads", "MessageScores", "load_classifier"]

_Floats = npt.NDArray[np.float32]

DATA = Path(fairsignal.__file__).parent / "data"
INTENTS = (Intent.EXPLORING, Intent.COMPARING, Intent.READY, Intent.OWNS, Intent.NONE)
_FORMAT = 1
_REMEDY = "Restore backend/fairsignal/data from the repository, or run `make train`; nothing is extracted without it."


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
    _ngrams: NgramHead = field(repr=False)
    _vector_weights: _Floats = field(repr=False)
    _lexicon_weights: _Floats = field(repr=False)
    _bias: _Floats = field(repr=False)

    def score(self, vectors: _Floats, texts: Sequence[str]) -> MessageScores:
        """Score (N, dimension) vectors and the texts that they came from."""
        logits = vectors @ self._vector_weights + self._bias
        logits += self._lexicon.features(texts) @ self._lexicon_weights
        logits += self._ngrams.score(texts)
        topics = len(self.interests) + len(self.sensitive) + 1
        return combine(logits, len(self.interests), topics)


def combine(logits: npt.NDArray[Any], interests: int, topics: int) -> MessageScores:
    """Logits -> scores. Columns: ``topics`` of the joint softmax (interests first, "none" last), one of the sensitive
    head, five of the intent head. Training uses it as well, to set thresholds on exactly what is compared with them.
    """
    joint = _softmax(logits[:, :topics])
    classes = joint[:, interests : topics - 1]
    from_topics = np.clip(classes.sum(axis=1), 1e-6, 1 - 1e-6)
    log_odds = (np.log(from_topics / (1 - from_topics)) + logits[:, topics]) / 2
    is_sensitive = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    share = classes / np.maximum(classes.max(axis=1, keepdims=True), 1e-12)
    return MessageScores(
        interests=joint[:, :interests].astype(np.float32),
        sensitive=(share * is_sensitive[:, None]).astype(np.float32),
        intents=_softmax(logits[:, topics + 1 :]).astype(np.float32),
    )


def load_classifier(folder: Path = DATA / "heads", lexicon_folder: Path = DATA / "lexicon") -> LinearHeads:
    """The heads in ``folder``.

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
    return LinearHeads(
        id=f"heads@sha256:{digest[:16]}",
        embedder_id=meta["embedder"],
        interests=tuple(meta["interests"]),
        sensitive=tuple(meta["sensitive"]),
        thresholds=meta["thresholds"],
        certain=meta["certain"],
        _lexicon=lexicon,
        _ngrams=NgramHead(weights["hashes"], weights["idf"], weights["ngrams"]),
        _vector_weights=weights["vectors"],
        _lexicon_weights=weights["lexicon"],
        _bias=weights["bias"],
    )


def _softmax(logits: npt.NDArray[Any]) -> npt.NDArray[Any]:
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]
