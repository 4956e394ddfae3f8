"""Figures of merit of message-level decisions, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairsignal.adapters.embed.heads import INTENTS, combine

from .examples import CLASSES, SLUGS
from .messages import Labelled

__all__ = ["Decisions", "Score", "Share", "by_class", "by_interest", "decide", "figures", "interest_f1", "markdown"]

Array = np.ndarray
_DRAWS = 1000


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
        return f"{self.value:.3f} ({low:.2f}-{high:.2f}; {self.of})" if self.of else "-"


@dataclass(frozen=True, slots=True)
class Score:
    """A figure of merit with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.2f}-{self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the shipped thresholds make of N messages."""

    interests: Array
    """(N, interests) bool, before the screen."""
    blocked: Array
    """(N,) bool"""
    intents: Array
    """(N,) indices into ``INTENTS``"""

    def of(self, rows: Sequence[int]) -> Decisions:
        """Those of some messages."""
        return Decisions(self.interests[rows], self.blocked[rows], self.intents[rows])


def decide(logits: Array, interest: float, block: float) -> Decisions:
    """What the thresholds make of (N, outputs) logits."""
    scores = combine(logits, len(SLUGS), len(CLASSES))
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


def figures(messages: Sequence[Labelled], decisions: Decisions) -> dict[str, object]:
    """All figures of a set of messages: a ``Share``, a ``Score`` or a number each."""
    truth = _truth(messages)
    sensitive = np.array([bool(message.sensitive) for message in messages])
    implicit = np.array([message.is_implicit for message in messages])
    near = np.array([bool(message.near_misses) for message in messages]) & ~sensitive
    blocked, emits = decisions.blocked, decisions.interests.any(axis=1)
    found, wanted = decisions.interests[~sensitive], truth[~sensitive]
    _, precision, recall = interest_f1(found, wanted)
    kept = (decisions.interests & ~blocked[:, None])[~sensitive]
    intents = np.array([INTENTS.index(message.intent) for message in messages])
    return {
        "messages": len(messages),
        "interest F1": _score(lambda rows: interest_f1(found[rows], wanted[rows])[0], len(found)),
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "interest F1 after the screen": _score(lambda rows: interest_f1(kept[rows], wanted[rows])[0], len(kept)),
        "sensitive recall, open": _share(blocked, sensitive & ~implicit),
        "sensitive recall, implied": _share(blocked, implicit),
        "harmless blocked": _share(blocked, ~sensitive),
        "near misses blocked": _share(blocked, near),
        "others blocked": _share(blocked, ~sensitive & ~near),
        "leaks": _share(~blocked & emits, sensitive),
        "intent F1": _score(lambda rows: _macro_f1(decisions.intents[rows], intents[rows]), len(intents)),
    }


def by_interest(messages: Sequence[Labelled], decisions: Decisions) -> dict[str, dict[str, object]]:
    """Slug -> figures, on messages that are not sensitive."""
    harmless = np.array([not message.sensitive for message in messages])
    found, wanted = decisions.interests[harmless], _truth(messages)[harmless]
    result: dict[str, dict[str, object]] = {}
    for column, slug in enumerate(SLUGS):
        own = slice(column, column + 1)
        f1, precision, recall = interest_f1(found[:, own], wanted[:, own])
        result[slug] = {
            "messages": int(wanted[:, column].sum()),
            "precision": round(precision, 2),
            "recall": round(recall, 2),
            "F1": round(f1, 2),
        }
    return result


def by_class(messages: Sequence[Labelled], decisions: Decisions) -> dict[str, dict[str, object]]:
    """Prohibited class -> how many of its messages are blocked, for whatever class, and how many of its near misses."""
    result: dict[str, dict[str, object]] = {}
    for slug in CLASSES:
        inside = np.array([slug in message.sensitive for message in messages])
        implicit = np.array([message.is_implicit for message in messages])
        near = np.array([slug in message.near_misses and not message.sensitive for message in messages])
        result[slug] = {
            "recall, open": _share(decisions.blocked, inside & ~implicit),
            "recall, implied": _share(decisions.blocked, inside & implicit),
            "near misses blocked": _share(decisions.blocked, near),
        }
    return result


def markdown(rows: Mapping[str, Mapping[str, object]], what: str = "") -> str:
    """A table with one row per group of messages."""
    names = list(next(iter(rows.values())))
    lines = [f"| {what} | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    lines += [f"| {group} | " + " | ".join(str(row[name]) for name in names) + " |" for group, row in rows.items()]
    return "\n".join(lines)


def _truth(messages: Sequence[Labelled]) -> Array:
    return np.array([[slug in message.interests for slug in SLUGS] for message in messages])


def _share(hit: Array, among: Array) -> Share:
    return Share(hits=int((hit & among).sum()), of=int(among.sum()))


def _score(score: Callable[[Array], float], count: int) -> Score:
    """With the 95 % interval of a bootstrap over messages (Efron 1979)."""
    rng = np.random.default_rng(0)
    drawn = [score(rng.integers(0, count, count)) for _ in range(_DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Score(score(np.arange(count)), float(low), float(high))


def _macro_f1(predicted: Array, truth: Array) -> float:
    """Mean over the intents that occur."""
    scores = []
    for index in np.unique(truth):
        hits = int(((predicted == index) & (truth == index)).sum())
        scores.append(2 * hits / max(int((predicted == index).sum() + (truth == index).sum()), 1))
    return float(np.mean(scores))
