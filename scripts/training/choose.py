"""Thresholds, and when to ask the second reader: chosen on the tune part, whose voices the networks have not seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from fairsignal.adapters.embed.heads import Doubt

from .examples import QUESTIONS, SLUGS, Examples
from .figures import interest_f1
from .trained import Trained

__all__ = ["Chosen", "choose"]

Array = np.ndarray
BLOCKED_SHARE = 0.10
"""Harmless messages that may be blocked; one in five of ours is a near miss, far more than in life. See the card."""
CERTAIN_SHARE = 0.03
"""Harmless messages that may cost their neighbours their interests as well ..."""
SURELY = 0.9
"""... though this probability is certainty enough, however few harmless messages reach it."""
DOUBT = Doubt(low=0.05, high=0.9, interest_low=0.1, interest_high=0.7, weight=0.6)
"""One everyday message in ten. Asking of one in twenty-five, only where sensitivity is in doubt, is half as fast again
and costs .03 interest F1; see the card.
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the heads' description says beside the weights."""

    doubt: Doubt | None
    interest: float
    block: float
    certain: float
    logits: Array
    """(N, outputs) of the tune part with both opinions"""
    asked: float
    """Share of the tune part's harmless messages on which the second reader was asked."""

    def summary(self) -> dict[str, object]:
        return {
            "interest": self.interest,
            "block": self.block,
            "certain": self.certain,
            "second reader asked on harmless messages": round(self.asked, 3),
            "doubt": None if self.doubt is None else asdict(self.doubt),
        }


def choose(trained: Trained, tune: Examples) -> Chosen:
    harmless = ~tune.sensitive
    logits, doubt, asked = trained.logits.copy(), None, 0.0
    if trained.second_logits is not None:
        doubt = DOUBT
        rows = doubt.rows(logits, len(SLUGS), QUESTIONS)
        logits[rows] += np.float32(doubt.weight) * (trained.second_logits[rows] - logits[rows])
        asked = float(np.isin(np.flatnonzero(harmless), rows).mean())
    sensitive = _sigmoid(logits[:, QUESTIONS - 1])[harmless]
    block, certain = (round(float(np.quantile(sensitive, 1 - share)), 3) for share in (BLOCKED_SHARE, CERTAIN_SHARE))
    interests, truth = _sigmoid(logits[harmless, : len(SLUGS)]), tune.interests[harmless]
    candidates = [round(0.08 + 0.02 * step, 2) for step in range(36)]
    best = max(candidates, key=lambda value: interest_f1(interests >= value, truth)[0])
    return Chosen(doubt, best, block, max(min(certain, SURELY), round(block + 0.01, 3)), logits, asked)


def _sigmoid(logits: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))  # type: ignore[no-any-return]
