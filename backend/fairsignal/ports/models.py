"""Models that read texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Classifier", "Embedder", "Scores"]


class Embedder(Protocol):
    """Turns texts into vectors. Heads are trained for one embedder and refuse any other."""

    @property
    def id(self) -> str:
        """Name and content hash of the weights, e.g. ``use-multilingual-v3@sha256:1a2b...``."""

    @property
    def dimension(self) -> int:
        """Length of one vector."""

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Embed texts -> (len(texts), dimension), L2-normalised float32.

        Raises:
            ModelUnavailable: the weights are missing or not the expected ones, or a remote endpoint failed.
        """


class Scores(Protocol):
    """Scores of a batch of N messages; columns as the classifier's ``interests`` and ``sensitive`` name them."""

    @property
    def interests(self) -> npt.NDArray[np.float32]: ...
    @property
    def sensitive(self) -> npt.NDArray[np.float32]: ...
    @property
    def intents(self) -> npt.NDArray[np.float32]: ...


class Classifier(Protocol):
    """Scores vectors of the embedder it was trained for."""

    @property
    def id(self) -> str:
        """Content hash of the head's weights."""

    @property
    def embedder_id(self) -> str: ...

    @property
    def interests(self) -> tuple[str, ...]:
        """Slugs of the columns of ``Scores.interests``."""

    @property
    def sensitive(self) -> tuple[str, ...]:
        """Slugs of the columns of ``Scores.sensitive``. Those of ``Scores.intents`` are in the order of ``Intent``."""

    @property
    def certain(self) -> float:
        """Score of a prohibited class, 0..1, from which a message also costs its neighbours their interests."""

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Slug of an interest or prohibited class -> threshold on its score, 0..1."""

    def score(self, vectors: npt.NDArray[np.float32], texts: Sequence[str]) -> Scores:
        """Score (N, dimension) vectors; ``texts`` are the scrubbed messages they came from."""
