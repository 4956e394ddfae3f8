"""How often each rule refused, per campaign: what advertisers and operators see, without anybody's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fairsignal.domain.decision import Rule
from fairsignal.domain.decision_index import ALLOWED, RULES
from fairsignal.ports import UnitOfWorkFactory

__all__ = ["Refusals"]

_DAY = 86_400


class Refusals:
    """Counts in memory and brings them to the database from time to time; a crash loses the last seconds' counts."""

    def __init__(self, units: UnitOfWorkFactory, now: Callable[[], int]) -> None:
        self._units = units
        self._now = now
        self._new: Counter[tuple[bytes, Rule]] = Counter()
        self.total: Counter[str] = Counter()
        """By rule, since the process started; ``allowed`` for decisions that no rule refused."""

    def count(self, campaign: bytes, rules: NDArray[np.uint8]) -> None:
        """One campaign's verdicts."""
        for code, count in enumerate(np.bincount(rules).tolist()):
            if count and code == ALLOWED:
                self.total["allowed"] += count
            elif count:
                rule = RULES[code]
                assert rule is not None
                self.add(campaign, rule, count)

    def add(self, campaign: bytes, rule: Rule, count: int = 1) -> None:
        self.total[rule] += count
        self._new[campaign, rule] += count

    async def write(self) -> int:
        """-> refusals that were written."""
        new, self._new = self._new, Counter()
        if not new:
            return 0
        try:
            async with self._units() as work:
                await work.refusals.add(self._now() // _DAY, dict(new))
        except BaseException:
            self._new.update(new)
            raise
        return new.total()
