"""Figures of merit of message-level decisions, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairsignal.adapters.embed.heads import INTENTS, MessageScores

from .messages import Labelled

__all__ = ["Decisions", "Share", "decide", "figures", "interest_f1", "markdown"]

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with Wilson's 95 % interval (Wilson 1927)."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else float("nan")

    def interval(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        z = 1.96
        centre = (self.value + z * z / (2 * self.of)) / (1 + z * z / self.of)
        half = z / (1 + z * z / self.of) * np.sqrt(self.value * (1 - self.value) / self.of + z * z / (4 * self.of**2))
        return max(0.0, float(centre - half)), min(1.0, float(centre + half))

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{self.value:.3f} ({low:.2f} to {high:.2f}, n={self.of})"


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the shipped thresholds make of N messages."""

    interests: Array
    """(N, interests) bool, before the screen."""
    blocked: Array
    """(N,) bool"""
    intents: Array
    """(N,) indices into ``INTENTS``"""


def decide(scores: MessageScores, interest: float, block: float) -> Decisions:
    return Decisions(
        interests=scores.interests >= interest,
        blocked=scores.sensitive.max(axis=1) >= block,
        intents=scores.intents.argmax(axis=1),
    )


def interest_f1(predicted: Array, truth: Array) -> tuple[float, float, float]:
    """Micro (F1, precision, recall)."""
    hits = int((predicted & truth).sum())
    precision, recall = hits / max(int(predicted.sum()), 1), hits / max(int(truth.sum()), 1)
    return 2 * precision * recall / max(precision + recall, 1e-9), precision, recall


def figures(messages: Sequence[Labelled], decisions: Decisions, slugs: Sequence[str]) -> dict[str, object]:
    """All figures of a set of messages; a ``Share`` or a number each."""
    truth = np.array([[slug in message.interests for slug in slugs] for message in messages])
    sensitive = np.array([bool(message.sensitive) for message in messages])
    implicit = np.array([message.is_implicit for message in messages])
    near = np.array([bool(message.near_misses) for message in messages]) & ~sensitive
    blocked, emits = decisions.blocked, decisions.interests.any(axis=1)
    f1, precision, recall = interest_f1(decisions.interests[~sensitive], truth[~sensitive])
    kept = decisions.interests & ~blocked[:, None]
    return {
        "messages": len(messages),
        "interest F1 (micro, before the screen)": round(f1, 3),
        "interest precision": round(precision, 3),
        "interest recall": round(recall, 3),
        "interest precision after the screen": round(interest_f1(kept[~sensitive], truth[~sensitive])[1], 3),
        "sensitive recall, explicit": _share(blocked, sensitive & ~implicit),
        "sensitive recall, implicit": _share(blocked, implicit),
        "false positives, all harmless": _share(blocked, ~sensitive),
        "false positives, near misses": _share(blocked, near),
        "leaks (sensitive, not blocked, emits an interest)": _share(~blocked & emits, sensitive),
        "intent F1 (macro)": round(_macro_f1(decisions.intents, messages), 3),
    }


def markdown(columns: dict[str, dict[str, object]]) -> str:
    """A table with one column per group of messages."""
    names = list(next(iter(columns.values())))
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    lines += [f"| {name} | " + " | ".join(str(column[name]) for column in columns.values()) + " |" for name in names]
    return "\n".join(lines)


def _share(hit: Array, among: Array) -> Share:
    return Share(hits=int((hit & among).sum()), of=int(among.sum()))


def _macro_f1(predicted: Array, messages: Sequence[Labelled]) -> float:
    truth = np.array([INTENTS.index(message.intent) for message in messages])
    scores = []
    for index in range(len(INTENTS)):
        hits = int(((predicted == index) & (truth == index)).sum())
        scores.append(2 * hits / max(int((predicted == index).sum() + (truth == index).sum()), 1))
    return float(np.mean(scores))
