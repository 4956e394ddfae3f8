"""What advertisers can reach, drawn once a day: small groups are left out, counts are noised, floors are coarse.

One draw a day for all replicas: who asks again learns nothing new, neither by averaging nor from a count that moves by
one during the day.
"""

from __future__ import annotations

import random

import numpy as np

from fairsignal.domain.categories import INTERESTS
from fairsignal.domain.consent import Purpose
from fairsignal.domain.errors import Unavailable
from fairsignal.domain.noise import coarse, geometric_noise
from fairsignal.market.desk import Desk
from fairsignal.ports import CatalogueFigure, Clock, UnitOfWorkFactory

__all__ = ["EPSILON", "Catalogue"]

EPSILON = 0.5
"""Of the noise on each figure."""
_DAY = 86_400
_QUARTILES = (25, 50, 75)


class Catalogue:
    """One operator's."""

    def __init__(self, desk: Desk, units: UnitOfWorkFactory, clock: Clock, *, least: int) -> None:
        """
        Args:
            least: people below which nothing is said of a category (k).
        """
        self._desk = desk
        self._units = units
        self._clock = clock
        self.least = least
        self._random = random.SystemRandom()

    async def today(self) -> tuple[int, list[CatalogueFigure]]:
        """-> UTC day (Unix seconds // 86,400), and figures for every purpose and interest.

        Raises:
            Unavailable: nothing was drawn today, and what we know of the chain is too old to draw from.
        """
        day = self._clock.now() // _DAY
        async with self._units() as work:
            known = await work.catalogue.get(day)
        if known is not None:
            return day, known
        if self._desk.is_stale:
            raise Unavailable(
                "The chain was not heard of for too long to say who can be reached.",
                remedy="Check the indexer and its node.",
                code="stale",
            )
        drawn = [self._figure(purpose, category.bit) for purpose in Purpose for category in INTERESTS]
        async with self._units() as work:
            return day, await work.catalogue.keep(day, drawn)

    def _figure(self, purpose: int, category: int) -> CatalogueFigure:
        floors = self._desk.index.floors(purpose, category)
        noised = len(floors) + geometric_noise(EPSILON, self._random)
        if len(floors) < self.least or noised < self.least:
            return CatalogueFigure(purpose, category, None, None)
        low, middle, high = (coarse(float(value)) for value in np.percentile(floors, _QUARTILES))
        return CatalogueFigure(purpose, category, noised, (low, middle, high))
