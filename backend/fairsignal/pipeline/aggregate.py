"""Screened readings of single messages -> signals of a person."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairsignal.domain.signals import Evidence, Intent, Reading, Signal

__all__ = ["HALF_LIFE", "LEAST_CONFIDENCE", "LEAST_EVIDENCE", "signals_of"]

DAY = 86_400
HALF_LIFE = 60 * DAY
"""Seconds after which a message counts half: a kitchen is bought within months, a hobby shows up again."""
LEAST_EVIDENCE = 2
"""Distinct messages that make a signal. One alone was right three times in four, two 99 times in 100 (design, 5)."""
LEAST_CONFIDENCE = 0.6
"""Chance, before age is counted, that not all mentions are mistakes. Two faint ones are no interest."""
_FIRMNESS = (Intent.EXPLORING, Intent.OWNS, Intent.COMPARING, Intent.READY)
"""From the least to the most useful to know, to settle ties."""


@dataclass(frozen=True, slots=True)
class _Mention:
    reading: Reading
    score: float
    sent_at: int
    weight: float


def signals_of(
    readings: Sequence[Reading],
    fingerprints: Mapping[str, str],
    *,
    now: int,
    allowed: Collection[str] | None = None,
) -> tuple[tuple[Signal, ...], tuple[Evidence, ...]]:
    """Signals and what they rest on, both in the order of slugs.

    The score is one minus the chance that every mention is a mistake, each taken as independent and weighted by age:
    ``1 - product(1 - score * weight)``, with ``weight = 2 ** (-age / HALF_LIFE)``.

    Args:
        readings: what the screen kept.
        fingerprints: message id -> hash of its text; repeats of one text count once, as API logs repeat a lot.
        now: Unix seconds. A message without a date, or from the future, counts as written now.
        allowed: slugs that may come out; None for all.
    """
    mentions: dict[str, dict[str, _Mention]] = {}
    for reading in readings:
        sent_at = min(reading.sent_at or now, now)
        weight = 0.5 ** ((now - sent_at) / HALF_LIFE)
        for slug, score in reading.interests.items():
            if allowed is None or slug in allowed:
                mention = _Mention(reading, score, sent_at, weight)
                mentions.setdefault(slug, {}).setdefault(fingerprints[reading.message_id], mention)
    solid = {slug: list(found.values()) for slug, found in sorted(mentions.items()) if _is_solid(found.values())}
    signals = tuple(_signal(slug, found) for slug, found in solid.items())
    evidence = tuple(Evidence(slug, tuple(item.reading.message_id for item in found)) for slug, found in solid.items())
    return signals, evidence


def _is_solid(mentions: Collection[_Mention]) -> bool:
    enough = len(mentions) >= LEAST_EVIDENCE
    return enough and _confidence(mention.score for mention in mentions) >= LEAST_CONFIDENCE


def _confidence(scores: Iterable[float]) -> float:
    """Chance that at least one of several independent mentions is right."""
    return 1 - math.prod(1 - score for score in scores)


def _signal(slug: str, mentions: Sequence[_Mention]) -> Signal:
    times = [mention.sent_at for mention in mentions]
    return Signal(
        slug=slug,
        score=round(_confidence(mention.score * mention.weight for mention in mentions), 4),
        evidence=len(mentions),
        first_seen=min(times) // DAY * DAY,
        last_seen=max(times) // DAY * DAY,
        intent=_intent(mentions),
        language=_language(mentions),
    )


def _intent(mentions: Sequence[_Mention]) -> Intent:
    """The stage with the most recent weight behind it; ``NONE`` only when no mention shows any."""
    weights: dict[Intent, float] = {}
    for mention in mentions:
        weights[mention.reading.intent] = weights.get(mention.reading.intent, 0.0) + mention.weight
    stages = [stage for stage in _FIRMNESS if stage in weights]
    return max(stages, key=lambda stage: (weights[stage], _FIRMNESS.index(stage)), default=Intent.NONE)


def _language(mentions: Sequence[_Mention]) -> str:
    """The commonest language that could be told."""
    counts = Counter(mention.reading.language for mention in mentions if mention.reading.language != "und")
    return min(counts, key=lambda language: (-counts[language], language)) if counts else "und"
