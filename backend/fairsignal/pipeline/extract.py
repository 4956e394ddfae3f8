"""A person's messages -> screened interests. Reads in batches, keeps no text, and emits nothing that it cannot clear.

messages -> scrub -> embed -> classify -> screen -> aggregate
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

from fairsignal.domain.errors import ModelUnavailable
from fairsignal.domain.signals import (
    Dropped,
    ExtractionReport,
    Intent,
    Message,
    Reading,
    ScreenedProfile,
    ScrubbedMessage,
)
from fairsignal.pipeline.aggregate import signals_of
from fairsignal.pipeline.language import is_readable
from fairsignal.pipeline.screen import CERTAIN, screen
from fairsignal.pipeline.scrub import scrub
from fairsignal.ports import Classifier, Embedder, Scores

__all__ = ["Extractor"]

_BATCH = 512
SUSPECTED = "suspected:"
UNREADABLE = "language"
_WARY = 0.5
"""Share of the threshold at which a message is dropped whose conversation is known to be sensitive."""
_INTENTS = tuple(Intent)


class Extractor:
    """The whole way from messages to a ``ScreenedProfile``. Deterministic for a given embedder and classifier."""

    def __init__(self, embedder: Embedder, classifier: Classifier) -> None:
        """
        Raises:
            ModelUnavailable: the classifier was trained for another embedder.
        """
        if classifier.embedder_id != embedder.id:
            raise ModelUnavailable(
                f"The classifier was trained for {classifier.embedder_id}, not for {embedder.id}.",
                remedy="Use the embedder that it was trained for, or run `make train`; nothing was extracted.",
            )
        self._embedder = embedder
        self._classifier = classifier
        self._limits = np.array([classifier.thresholds[slug] for slug in classifier.sensitive], dtype=np.float32)
        self._least = np.array([classifier.thresholds[slug] for slug in classifier.interests], dtype=np.float32)

    @property
    def model_id(self) -> str:
        """Names embedder and heads; the same id gives the same result."""
        return f"{self._embedder.id}+{self._classifier.id}"

    def read(self, messages: Iterable[Message]) -> Iterator[Reading]:
        """Judge message by message, in order, in batches.

        Raises:
            ModelUnavailable: the embedder failed, or answered nonsense.
        """
        for batch in _batches(messages):
            yield from self._read_batch([scrub(message) for message in batch])

    def extract(
        self,
        messages: Iterable[Message],
        *,
        now: int,
        allowed: Collection[str] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> ScreenedProfile:
        """Everything that may be known about the writer of ``messages``.

        Args:
            messages: own messages, in order within each conversation.
            now: Unix seconds, to which ages are counted.
            allowed: slugs that the person consented to; nothing else is extracted. None for all.
            progress: called with the number of messages read so far.

        Raises:
            ModelUnavailable: no trusted judgement on some message; nothing comes out.
        """
        readings: list[Reading] = []
        fingerprints: dict[str, str] = {}
        personal: Counter[str] = Counter()
        for batch in _batches(messages):
            scrubbed = [scrub(message) for message in batch]
            for item in scrubbed:
                personal.update(item.removed)
                fingerprints[item.id] = _fingerprint(item.text)
            readings += self._read_batch(scrubbed)
            if progress is not None:
                progress(len(readings))
        screened = screen(readings, wary=float(self._limits.min()) * _WARY)
        signals, evidence = signals_of(screened.kept, fingerprints, now=now, allowed=allowed)
        report = ExtractionReport(
            messages=len(readings),
            used=len({message_id for item in evidence for message_id in item.message_ids}),
            dropped=_counts(screened.dropped),
            personal_data=dict(sorted(personal.items())),
            model_id=self.model_id,
        )
        return ScreenedProfile(signals=signals, report=report, evidence=evidence, dropped=screened.dropped)

    def _read_batch(self, messages: Sequence[ScrubbedMessage]) -> list[Reading]:
        """The screen reads all of a message, interests are read from what its writer does not reject."""
        texts = [message.full_text for message in messages]
        scores = self._score(texts)
        changed = [row for row, message in enumerate(messages) if message.text != message.full_text]
        interests = scores.interests
        if changed:
            interests = interests.copy()
            interests[changed] = self._score([messages[row].text for row in changed]).interests
        return [
            self._reading(message, interests[row], scores.sensitive[row], scores.intents[row])
            for row, message in enumerate(messages)
        ]

    def _score(self, texts: Sequence[str]) -> Scores:
        vectors = self._embedder.embed(texts)
        if vectors.shape != (len(texts), self._embedder.dimension) or not np.isfinite(vectors).all():
            raise ModelUnavailable("The embedder did not give one vector per message.", remedy="Nothing was extracted.")
        scores = self._classifier.score(vectors, texts)
        if not all(np.isfinite(part).all() for part in (scores.interests, scores.sensitive, scores.intents)):
            raise ModelUnavailable("The classifier gave no usable scores.", remedy="Nothing was extracted.")
        return scores

    def _reading(
        self,
        message: ScrubbedMessage,
        interests: npt.NDArray[np.float32],
        sensitive: npt.NDArray[np.float32],
        intents: npt.NDArray[np.float32],
    ) -> Reading:
        reasons = [
            f"{CERTAIN if score >= self._classifier.certain else SUSPECTED}{slug}"
            for slug, score, limit in zip(self._classifier.sensitive, sensitive, self._limits, strict=True)
            if score >= limit
        ]
        reasons.sort(key=lambda reason: reason.startswith(SUSPECTED))
        if not is_readable(message.language):
            reasons.insert(0, f"{UNREADABLE}:{message.language}")
        found = {} if reasons or not message.text.strip() else self._found(interests)
        return Reading(
            message_id=message.id,
            conversation=message.conversation,
            sent_at=message.sent_at,
            language=message.language,
            interests=found,
            sensitive={
                slug: _rounded(score) for slug, score in zip(self._classifier.sensitive, sensitive, strict=True)
            },
            blocked=bool(reasons),
            reasons=tuple(reasons),
            intent=_INTENTS[int(intents.argmax())] if found else Intent.NONE,
        )

    def _found(self, interests: npt.NDArray[np.float32]) -> dict[str, float]:
        return {
            slug: _rounded(score)
            for slug, score, least in zip(self._classifier.interests, interests, self._least, strict=True)
            if score >= least
        }


def _batches(messages: Iterable[Message]) -> Iterator[list[Message]]:
    iterator = iter(messages)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def _rounded(score: np.float32) -> float:
    return math.floor(float(score) * 10_000) / 10_000


def _fingerprint(text: str) -> str:
    """Equal for texts that differ in case and white space only; kept no longer than the extraction takes."""
    return hashlib.blake2b(" ".join(text.lower().split()).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _counts(dropped: Sequence[Dropped]) -> dict[str, int]:
    return dict(sorted(Counter(item.rule for item in dropped).items()))
