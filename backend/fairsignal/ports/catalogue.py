"""Figures for advertisers: what can be reached, and what refused them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fairsignal.domain.decision import Rule

__all__ = ["CatalogueDays", "CatalogueFigure", "RefusalCounts"]


@dataclass(frozen=True, slots=True)
class CatalogueFigure:
    """One category for one purpose."""

    purpose: int
    category: int
    """Bit."""
    reach: int | None
    """People, noised; None for too few."""
    floors: tuple[int, int, int] | None
    """Quartiles of what they ask for a use, millionths of a token, coarse."""


class CatalogueDays(Protocol):
    async def get(self, day: int) -> list[CatalogueFigure] | None:
        """The catalogue of a UTC day (Unix seconds // 86,400); None when nobody drew it yet."""

    async def keep(self, day: int, figures: Sequence[CatalogueFigure]) -> list[CatalogueFigure]:
        """Keep it, unless another replica was first -> the one that is kept."""


class RefusalCounts(Protocol):
    async def add(self, day: int, counts: Mapping[tuple[bytes, Rule], int]) -> None:
        """Add to the counts of (campaign, rule) on a UTC day."""

    async def of(self, campaign: bytes) -> dict[str, int]:
        """By rule, all days together."""
