"""Any OpenAI-compatible ``/v1/embeddings`` endpoint (the API's published shapes: a list ``data`` of ``index`` and
``embedding``). Only scrubbed texts get here; that they leave the machine has to be chosen in the settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from fairsignal.adapters.embed.openai_http import Endpoint, nonsense
from fairsignal.adapters.embed.texts import clean

__all__ = ["OpenAiEmbedder"]

_Floats = npt.NDArray[np.float32]

_PROBES = (
    "a two-person tent for a week in the mountains",
    "Rezept für einen saftigen Apfelkuchen",
    "¿cuánto cuesta cambiar los frenos de un coche?",
    "quel livre offrir à une adolescente",
    "come si pota un ulivo",
    "my landlord will not return the deposit",
    "piesek szczeka na listonosza",
    "0123456789",
)
_BITS_PER_PROBE = 32
_MOST_FLIPPED = 16
"""Of 256 bits. Rounding flips a handful at most, another model half of them, a standard deviation being 8."""
_LEAST_LIKENESS = 0.99
"""Cosine between the first probe at the start and with every later request."""
_MOST_LETTERS = 200_000
"""In one request, well below the 300,000 tokens that the largest provider takes."""
_ID = re.compile(r"(?P<head>.+@probes:)(?P<bits>[0-9a-f]{64})")


class _Item(BaseModel):
    model_config = ConfigDict(strict=True)
    index: int = Field(ge=0)
    embedding: list[FiniteFloat] = Field(min_length=1)


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True)
    data: list[_Item]


class OpenAiEmbedder:
    """``ports.Embedder``. The endpoint is asked to embed fixed probes, and the signs of their vectors become part of
    the id. Endpoints do not repeat themselves to the last digit, so the id is no plain hash: when nearly all signs
    are those of the id that the heads were trained for, it is that id, else heads refuse it.
    """

    def __init__(self, endpoint: Endpoint, *, trained_for: str = "", batch: int = 64) -> None:
        """Embeds the probes.

        Args:
            trained_for: ``Classifier.embedder_id`` of the heads to be used, if there are any yet.
            batch: texts in one request.

        Raises:
            ModelUnavailable: the endpoint fails, or answers nonsense.
        """
        self._endpoint = endpoint
        self._batch = batch
        self.dimension = 0
        probes = self._parsed(self._ask([_PROBES])[0], len(_PROBES))
        self.dimension = probes.shape[1]
        self._probe = probes[0]
        places = np.linspace(0, self.dimension - 1, _BITS_PER_PROBE).round().astype(np.int64)
        bits = np.packbits(probes[:, places] > 0)
        self.id = _settled(f"{endpoint.model}/{self.dimension}@probes:", bits, trained_for)

    def embed(self, texts: Sequence[str]) -> _Floats:
        """Embed texts -> (len(texts), dimension), L2-normalised float32.

        Raises:
            ModelUnavailable: the endpoint failed, gave nonsense, or has changed its model since the start.
        """
        # Blank texts are refused by most endpoints, and nothing depends on their vectors.
        chunks = list(self._chunks([clean(text) if text.strip() else "." for text in texts]))
        result = np.empty((len(texts), self.dimension), dtype=np.float32)
        done = 0
        for chunk, answer in zip(chunks, self._ask([(_PROBES[0], *chunk) for chunk in chunks]), strict=True):
            vectors = self._parsed(answer, len(chunk) + 1)
            # A gateway may fall back to another model at any time.
            if float(vectors[0] @ self._probe) < _LEAST_LIKENESS:
                raise nonsense(self._endpoint, "vectors of another model than at the start")
            result[done : done + len(chunk)] = vectors[1:]
            done += len(chunk)
        return result

    def _chunks(self, texts: Sequence[str]) -> Iterator[list[str]]:
        chunk: list[str] = []
        letters = 0
        for text in texts:
            if chunk and (len(chunk) == self._batch or letters + len(text) > _MOST_LETTERS):
                yield chunk
                chunk, letters = [], 0
            chunk.append(text)
            letters += len(text)
        if chunk:
            yield chunk

    def _ask(self, groups: Sequence[Sequence[str]]) -> list[bytes]:
        if not groups:
            return []
        return self._endpoint.post_all(
            "/embeddings",
            [{"model": self._endpoint.model, "input": list(texts), "encoding_format": "float"} for texts in groups],
        )

    def _parsed(self, content: bytes, count: int) -> _Floats:
        try:
            items = _Answer.model_validate_json(content).data
        except ValidationError:  # no cause: it would quote the answer
            raise nonsense(self._endpoint, "an answer that is no list of vectors") from None
        if [item.index for item in sorted(items, key=lambda item: item.index)] != list(range(count)):
            raise nonsense(self._endpoint, f"something else than one vector for each of {count} texts")
        width = self.dimension or len(items[0].embedding)
        if any(len(item.embedding) != width for item in items):
            raise nonsense(self._endpoint, f"vectors that have not {width} dimensions each")
        vectors = np.empty((count, width), dtype=np.float64)
        for item in items:
            vectors[item.index] = item.embedding
        with np.errstate(over="ignore"):
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or lengths.min() < 1e-9:
            raise nonsense(self._endpoint, "vectors without a direction")
        unit: _Floats = (vectors / lengths).astype(np.float32)
        return unit


def _settled(head: str, bits: npt.NDArray[np.uint8], trained_for: str) -> str:
    known = _ID.fullmatch(trained_for)
    if known is not None and known["head"] == head:
        expected = np.frombuffer(bytes.fromhex(known["bits"]), dtype=np.uint8)
        if int(np.unpackbits(bits ^ expected).sum()) <= _MOST_FLIPPED:
            return trained_for
    return head + bits.tobytes().hex()
