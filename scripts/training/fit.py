"""Fit a network: warm-up and linear decay, batches of messages of about the same length, clipped gradients.

Every random number comes from one seeded generator and every sum has a fixed order.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .workers import Learner, Workers

__all__ = ["Settings", "Targets", "fit", "loss_of"]

Array = np.ndarray
_LONGEST_STEP = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Found on the tune part."""

    rate: float
    epochs: int
    batch: int
    dropout: float = 0.1
    decay: float = 0.01
    warm_up: float = 0.1
    seed: int = 0
    speeds: Mapping[str, float] = field(default_factory=dict)
    """Learning rate of each weight as a multiple of ``rate``; one where it is not named."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What N messages are labelled with."""

    questions: Array
    """(N, Q) 0 or 1: interests, prohibited classes, and whether it is sensitive at all."""
    weights: Array
    """(Q,) how much each question counts."""
    intents: Array
    """(N,) indices"""


def fit(learner: Learner, lengths: Array, how: Settings) -> None:
    """Train ``learner`` in place; ``lengths`` (N,) are the messages' tokens."""
    rng = np.random.default_rng(how.seed)
    steps = how.epochs * -(-len(lengths) // how.batch)
    number = 0
    with Workers.of(learner, how.speeds, how.decay) as workers:
        for epoch in range(how.epochs):
            total = 0.0
            for chosen in _batches(lengths, how.batch, rng):
                number += 1
                pace = min(number / (how.warm_up * steps), (steps - number) / (steps * (1 - how.warm_up)))
                total += workers.step(chosen, (how.seed, number), how.rate * pace, number, _LONGEST_STEP)
            mean = total / len(lengths)
            print(f"  epoch {epoch + 1} of {how.epochs}: loss {mean:.3f}", file=sys.stderr, flush=True)


def loss_of(logits: Array, targets: Targets, chosen: Array) -> tuple[float, Array]:
    """Cross-entropy of every question and of the intent -> (sum over the messages, slope by the logits)."""
    count = targets.questions.shape[1]
    truth, asked, rest = targets.questions[chosen], logits[:, :count], logits[:, count:]
    loss = (np.logaddexp(0, asked) - truth * asked) * targets.weights
    answers = (1 / (1 + np.exp(-asked)) - truth) * targets.weights
    odds = np.exp(rest - rest.max(axis=1, keepdims=True))
    share = odds / odds.sum(axis=1, keepdims=True)
    here, picked = np.arange(len(chosen)), targets.intents[chosen]
    loss_of_intents = -np.log(np.maximum(share[here, picked], 1e-12))
    share[here, picked] -= 1
    return float(loss.sum() + loss_of_intents.sum()), np.concatenate([answers, share], axis=1).astype(np.float32)


def _batches(lengths: Array, size: int, rng: np.random.Generator) -> list[Array]:
    """Messages of about the same length together, batches in random order."""
    order = np.argsort(lengths + rng.random(len(lengths)) * 8, kind="stable")
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    return [batches[place] for place in rng.permutation(len(batches))]
