"""Labelled messages as the networks see them: scrubbed, with word-list features and targets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairsignal.adapters.embed.heads import INTENTS
from fairsignal.adapters.embed.lexicon import Lexicon
from fairsignal.domain.categories import INTERESTS, PROHIBITED
from fairsignal.pipeline.language import identify
from fairsignal.pipeline.scrub import scrub_text

from .fit import Targets
from .messages import Labelled

__all__ = ["CLASSES", "QUESTIONS", "SLUGS", "Examples", "read_examples", "starting_bias"]

Array = np.ndarray
SLUGS = tuple(item.slug for item in INTERESTS)
CLASSES = tuple(item.slug for item in PROHIBITED)
QUESTIONS = len(SLUGS) + len(CLASSES) + 1
_SENSITIVE_WEIGHT = 2.0
"""The question that must not be answered wrong counts twice."""


@dataclass(frozen=True, slots=True)
class Examples:
    """N messages."""

    messages: list[Labelled]
    texts: list[str]
    lexicon: Array
    """(N, features)"""
    targets: Targets

    @property
    def sensitive(self) -> Array:
        """(N,) bool"""
        return self.targets.questions[:, -1] > 0

    @property
    def interests(self) -> Array:
        """(N, interests) bool"""
        return self.targets.questions[:, : len(SLUGS)] > 0


def read_examples(messages: list[Labelled], lexicon: Lexicon) -> Examples:
    texts = [scrub_text(item.text, identify(item.text))[0] for item in messages]
    answers = [
        [slug in item.interests for slug in SLUGS]
        + [slug in item.sensitive for slug in CLASSES]
        + [bool(item.sensitive)]
        for item in messages
    ]
    return Examples(
        messages=messages,
        texts=texts,
        lexicon=lexicon.features(texts),
        targets=Targets(
            questions=np.array(answers, dtype=np.float32).reshape(len(messages), QUESTIONS),
            weights=np.array([1.0] * (QUESTIONS - 1) + [_SENSITIVE_WEIGHT], dtype=np.float32),
            intents=np.array([INTENTS.index(item.intent) for item in messages]),
        ),
    )


def starting_bias() -> Array:
    """(outputs,) logits of how rare the answers are before anything is learnt."""
    return np.array([-3.0] * (QUESTIONS - 1) + [-1.0] + [0.0] * len(INTENTS), dtype=np.float32)
